"""Real project trees load as they are, and nothing in them is lost. Facts: object-shapes.md 2, 4, 17."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import REAL_PROJECTS, Dss, opened

FOLDERS = (
    sorted(path.name for path in REAL_PROJECTS.iterdir() if (path / "SOURCE.md").exists())
    if REAL_PROJECTS.is_dir()
    else []
)


def config_of(folder: str) -> Path:
    source = REAL_PROJECTS / folder
    return source / "project_config" if (source / "project_config").is_dir() else source


def on_disk(folder: str, family: str) -> dict[str, Any]:
    return {path.stem: json.loads(path.read_bytes()) for path in sorted((config_of(folder) / family).glob("*.json"))}


NEWEST = "air-traffic-observatory"
"""Written by a DSS of 2026: an older node would drop its newest fields."""
ENDED = {"optionalDependencies", "runOnBuild", "readColsWithUnknownTzAsDates", "readSQLDateColsAsDSSDates"}
"""Fields that today's classes no longer have (object-shapes.md 17.1); ``runOnBuild`` is gone from datasets only."""


def has_ended(where: str) -> bool:
    """Whether a later version of DSS has dropped this field of a dataset or recipe."""
    field = where.rpartition(".")[2]
    return field in ENDED and (field != "runOnBuild" or where.endswith("metricsChecks.runOnBuild"))


def lost(before: Any, after: Any, where: str = "") -> list[str]:
    """Return where ``after`` lacks something of ``before`` or says something else; additions are defaults.

    Tags are sets and come back sorted [seen].
    """
    if where.endswith(".tags") and isinstance(before, list):
        before = sorted(before)
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            found
            for key, value in before.items()
            for found in ([f"{where}.{key} is gone"] if key not in after else lost(value, after[key], f"{where}.{key}"))
            if key in after or not has_ended(f"{where}.{key}")
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [
            found
            for index, pair in enumerate(zip(before, after, strict=True))
            for found in lost(*pair, f"{where}[{index}]")
        ]
    return [] if before == after else [f"{where}: {before!r} became {after!r}"]


@pytest.fixture(scope="module", params=FOLDERS)
def loaded(request: pytest.FixtureRequest, node: NodeProcess) -> Iterator[tuple[str, str, Dss]]:
    folder: str = request.param
    key = folder.upper().replace("-", "_")
    version = node.profile()["dss_version"]
    if folder == NEWEST:
        node.set_profile(dss_version="15.0.0")
    node.load_project(key, REAL_PROJECTS / folder)
    with opened(node) as dss:
        yield folder, key, dss
    node.set_profile(dss_version=version)


def get(dss: Dss, path: str) -> Any:
    return dss.client()._perform_json("GET", path)


def compare(folder: str, family: str, shown: dict[str, Any]) -> None:
    stored = on_disk(folder, family)
    assert sorted(shown) == sorted(stored)
    problems = [
        problem
        for name, document in stored.items()
        for problem in lost({k: v for k, v in document.items() if k not in {"projectKey", "id"}}, shown[name], name)
    ]
    assert problems == []


def test_datasets(loaded: tuple[str, str, Dss]) -> None:
    """Every key of every dataset file comes back, old version tags too."""
    folder, key, dss = loaded
    listed = {item["name"]: item for item in get(dss, f"/projects/{key}/datasets/")}
    compare(folder, "datasets", listed)
    for name, item in listed.items():
        assert get(dss, f"/projects/{key}/datasets/{name}") == item


def test_recipes_and_payloads(loaded: tuple[str, str, Dss]) -> None:
    """Head and payload; the payload to the byte."""
    folder, key, dss = loaded
    shown = {
        item["name"]: get(dss, f"/projects/{key}/recipes/{item['name']}")
        for item in get(dss, f"/projects/{key}/recipes/")
    }
    compare(folder, "recipes", {name: found["recipe"] for name, found in shown.items()})
    for name, found in shown.items():
        files = [path for path in (config_of(folder) / "recipes").glob(f"{name}.*") if path.suffix != ".json"]
        texts = [path.read_text() for path in files if path.stem == name]
        assert ([found["payload"]] if "payload" in found else []) == texts


def test_scenarios(loaded: tuple[str, str, Dss]) -> None:
    """Files up to version 11 hold ``projectKey`` and ``id`` of their origin; the API tells those of here [seen]."""
    folder, key, dss = loaded
    ids = [item["id"] for item in get(dss, f"/projects/{key}/scenarios/")]
    shown = {scenario_id: get(dss, f"/projects/{key}/scenarios/{scenario_id}") for scenario_id in ids}
    compare(folder, "scenarios", shown)
    assert {document["projectKey"] for document in shown.values()} <= {key}


def test_folders_and_zones(loaded: tuple[str, str, Dss]) -> None:
    """Folders whole; zones with their items."""
    folder, key, dss = loaded
    compare(folder, "managed_folders", {item["id"]: item for item in get(dss, f"/projects/{key}/managedfolders/")})
    zones = {item["id"]: item for item in get(dss, f"/projects/{key}/flow/zones")}
    if not (config_of(folder) / "zones").is_dir():
        zones.pop("default")
    compare(folder, "zones", zones)


def test_settings_permissions_variables(loaded: tuple[str, str, Dss]) -> None:
    """params.json comes back in two calls, variables with their order."""
    folder, key, dss = loaded
    params = json.loads((config_of(folder) / "params.json").read_bytes())
    shown = {**get(dss, f"/projects/{key}/settings"), **get(dss, f"/projects/{key}/permissions")}
    assert lost(params, shown) == []
    variables = get(dss, f"/projects/{key}/variables/")
    for name, part in (("variables.json", "standard"), ("localvariables.json", "local")):
        file = config_of(folder) / name
        expected = json.loads(file.read_bytes()) if file.exists() else {}
        assert list(variables[part].items()) == list(expected.items())


def test_wiki(loaded: tuple[str, str, Dss]) -> None:
    """Every article of the tree, by id."""
    folder, key, dss = loaded
    for path in (config_of(folder) / "wiki" / "articles").glob("*.json"):
        found = get(dss, f"/projects/{key}/wiki/{path.stem}")
        assert lost(json.loads(path.read_bytes()), found["article"]) == []


@pytest.mark.parametrize(
    ("route", "family"),
    [("savedmodels", "saved_models"), ("webapps", "web_apps"), ("dashboards", "dashboards"), ("insights", "insights")],
)
def test_families(loaded: tuple[str, str, Dss], route: str, family: str) -> None:
    """Every key of every file comes back."""
    folder, key, dss = loaded
    stored = on_disk(folder, family)
    assert sorted(item["id"] for item in get(dss, f"/projects/{key}/{route}/")) == sorted(stored)
    for object_id, document in stored.items():
        shown = get(dss, f"/projects/{key}/{route}/{object_id}/")
        assert lost({k: v for k, v in document.items() if k not in {"projectKey", "id"}}, shown) == []


def test_analyses_and_worksheets(loaded: tuple[str, str, Dss]) -> None:
    """Analyses, ML tasks, statistics worksheets are listed."""
    folder, key, dss = loaded
    analyses = sorted(path.parent.name for path in config_of(folder).glob("analysis/*/core_params.json"))
    assert [item["id"] for item in get(dss, f"/projects/{key}/lab/")] == analyses
    tasks = sorted(path.parent.name for path in config_of(folder).glob("analysis/*/ml/*/params.json"))
    assert sorted(item["mlTaskId"] for item in get(dss, f"/projects/{key}/models/lab/")) == tasks
    worksheets = on_disk(folder, "statistics_worksheets")
    shown = [
        item["id"]
        for dataset in get(dss, f"/projects/{key}/datasets/")
        for item in get(dss, f"/projects/{key}/datasets/{dataset['name']}/statistics/worksheets/")
    ]
    assert sorted(shown) == sorted(worksheets)


def test_saving_what_was_read_changes_nothing_but_the_tag(loaded: tuple[str, str, Dss]) -> None:
    """PUT of a GET: +1 on the version, everything else as it was."""
    _, key, dss = loaded
    session = dss.http()
    for path in [f"/datasets/{item['name']}" for item in get(dss, f"/projects/{key}/datasets/")]:
        before = get(dss, f"/projects/{key}{path}")
        assert session.put(dss.api(f"/projects/{key}{path}"), json=before).status_code == 200
        after = get(dss, f"/projects/{key}{path}")
        tags = before.pop("versionTag", None), after.pop("versionTag")
        assert after == before
        assert tags[0] is None or tags[1]["versionNumber"] >= tags[0]["versionNumber"]
