from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).resolve().parents[3]
_MACROS = sorted(path.parent.name for path in (_ROOT / "python-runnables").glob("*/runnable.json"))
_SHARED = (
    "source",
    "source_folder",
    "git_url",
    "git_ref",
    "git_credentials",
    "path",
    "environment",
    "node",
    "state",
    "stack",
)


def _strict(path: Path) -> Any:
    """Read JSON as strictly as it gets: no duplicate keys, no NaN."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in items]
        assert len(keys) == len(set(keys)), f"{path}: a key stands twice"
        return dict(items)

    return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=pairs, parse_constant=pytest.fail)


def _macro(name: str) -> Any:
    return _strict(_ROOT / "python-runnables" / name / "runnable.json")


def test_every_descriptor_is_strict_json() -> None:
    found = [*_ROOT.glob("p*/*/*.json"), _ROOT / "plugin.json", _ROOT / "code-env/python/desc.json"]
    assert len(found) >= 10
    for path in found:
        assert isinstance(_strict(path), dict)


def test_plugin_and_package_have_one_version() -> None:
    package = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    plugin = _strict(_ROOT / "plugin.json")
    assert plugin["id"] == package["name"] == "dataiku-iac"
    assert plugin["version"] == package["version"]


def test_code_env_installs_what_the_package_needs() -> None:
    package = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    lines = (_ROOT / "code-env/python/spec/requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == package


def test_code_env_offers_only_pythons_that_the_package_runs_on() -> None:
    package = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = int(re.fullmatch(r">=3\.(\d+)", package["requires-python"])[1])  # type: ignore[index]
    names = _strict(_ROOT / "code-env/python/desc.json")["acceptedPythonInterpreters"]
    assert min(int(name.removeprefix("PYTHON3")) for name in names) == oldest


def test_macros_are_those_of_the_product() -> None:
    assert _MACROS == ["apply", "drift", "import-project", "plan", "resume"]


@pytest.mark.parametrize("name", _MACROS)
def test_macro_code_is_a_few_lines_with_one_runnable(name: str) -> None:
    text = (_ROOT / "python-runnables" / name / "runnable.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 30
    classes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]
    assert len(classes) == 1
    assert "__file__" not in text


@pytest.mark.parametrize("name", [name for name in _MACROS if name != "import-project"])
def test_shared_parameters_are_equal_in_all_macros(name: str) -> None:
    reference = {param.get("name"): param for param in _macro("plan")["params"]}
    params = {param.get("name"): param for param in _macro(name)["params"]}
    assert [params[key] for key in _SHARED] == [reference[key] for key in _SHARED]


@pytest.mark.parametrize("name", _MACROS)
def test_parameters_can_be_read_by_dss(name: str) -> None:
    macro = _macro(name)
    names = [param["name"] for param in macro["params"]]
    assert len(names) == len(set(names))
    sets = {path.parent.name for path in (_ROOT / "parameter-sets").glob("*/parameter-set.json")}
    for param in macro["params"]:
        assert param["name"].isidentifier()
        assert not param["name"].startswith("_")
        assert {"PRESET": "parameterSetId"}.get(param["type"], "name") in param
        assert param.get("parameterSetId", "dss-node") in sets
        assert set(param.get("triggerParameters", [])) <= set(names)
        for used in re.findall(r"model\.(\w+)", param.get("visibilityCondition", "")):
            assert used in names
    assert macro["resultType"] == "HTML"
    assert (_ROOT / "resource" / macro["paramsPythonSetup"]).is_file()


@pytest.mark.parametrize(
    "path", sorted((_ROOT / "parameter-sets").glob("*/parameter-set.json")), ids=lambda p: p.parent.name
)
def test_presets_are_an_administrators_alone(path: Path) -> None:
    """Whoever can choose the URL can have the key sent there: they must not be set apart."""
    found = _strict(path)
    assert found["params"] == []
    assert found["defaultDefinableInline"] is False
    assert found["defaultDefinableAtProjectLevel"] is False
    secrets = {"api_key", "secret_key", "token"}
    for param in found["pluginParams"]:
        assert (param["type"] == "PASSWORD") == (param["name"] in secrets)
        assert param["name"] not in ("mode", "name")  # taken by references to presets
