"""Generated projects in DSS's own layout: a chain of datasets and recipes, spread over zones, with scenarios and a library."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__all__ = ["Size", "write_project"]

_EXAMPLE: Final = Path(__file__).resolve().parents[2] / "examples" / "retail" / "dss-project"


@dataclass(frozen=True)
class Size:
    """How much of everything; the project itself and its default zone come on top."""

    pairs: int
    zones: int = 0
    scenarios: int = 0
    libraries: int = 0

    @classmethod
    def of(cls, objects: int) -> Size:
        """A believable mixture: of 10,000 objects 50 are zones, 200 scenarios, 50 library files, the rest pairs."""
        rest = {"zones": max(1, objects // 200), "scenarios": objects // 50, "libraries": objects // 200}
        return cls((objects - sum(rest.values())) // 2, **rest)


def write_project(tree: Path, size: Size) -> None:
    """Write the project; dataset ``d0007`` is made from ``d0006`` by recipe ``r0007``, both in zone ``7 % zones``."""
    for folder in ("datasets", "recipes", "zones", "scenarios", "lib/python"):
        (tree / folder).mkdir(parents=True)
    (tree / "params.json").write_text((_EXAMPLE / "params.json").read_text())
    (tree / "lib" / "external-libraries.json").write_text((_EXAMPLE / "lib" / "external-libraries.json").read_text())
    dataset, recipe = _read("datasets/orders_prepared.json"), _read("recipes/compute_customers_prepared.json")
    for i in range(size.pairs):
        dataset["params"]["path"] = f"${{projectKey}}/d{i:04}"
        recipe["inputs"] = {"main": {"items": [{"ref": f"d{i - 1:04}", "deps": []}]}} if i else {}
        recipe["outputs"] = {"main": {"items": [{"ref": f"d{i:04}", "appendMode": False}]}}
        _write(tree / "datasets" / f"d{i:04}.json", dataset)
        _write(tree / "recipes" / f"r{i:04}.json", recipe)
        (tree / "recipes" / f"r{i:04}.py").write_text(f"import dataiku\n# recipe {i}\n" * 20)
    _write(tree / "zones" / "default.json", _read("zones/default.json"))
    for zone in range(size.zones):
        members = range(zone, size.pairs, size.zones)
        items = [{"objectId": f"d{i:04}", "objectType": "DATASET"} for i in members]
        items += [{"objectId": f"r{i:04}", "objectType": "RECIPE"} for i in members]
        _write(
            tree / "zones" / f"zone{zone:03}.json",
            {**_read("zones/default.json"), "name": f"area {zone}", "color": "#4a90d9", "items": items},
        )
    for i in range(size.scenarios):
        scenario = _read("scenarios/DAILY_REFRESH.json")
        scenario["name"] = f"Refresh {i}"
        _write(tree / "scenarios" / f"S{i:04}.json", _building(scenario, f"d{i % size.pairs:04}"))
    tag = {"versionNumber": 1, "lastModifiedBy": {"login": "ana"}, "lastModifiedOn": 1_767_225_600_000}
    _write(tree / "version-tags.json", {"tags": {f"SCENARIO.S{i:04}": tag for i in range(size.scenarios)}})
    for i in range(size.libraries):
        (tree / "lib" / "python" / f"module_{i:03}.py").write_text(f"VALUE = {i}\n" * 10)


def _building(scenario: dict[str, Any], dataset: str) -> dict[str, Any]:
    """Leave the step that builds datasets, and let it build ``dataset``."""
    step = scenario["params"]["steps"][0]
    step["params"]["builds"] = [{"type": "DATASET", "itemId": dataset, "partitionsSpec": ""}]
    scenario["params"]["steps"] = [step]
    return scenario


def _read(path: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((_EXAMPLE / path).read_text())
    return document


def _write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document))
