"""The main story on nodes that differ by one switch each: whatever DSS does there, it converges."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args, get_origin

import pytest

from emulator.profile import Profile
from tests.stories.stage import Stage, actions

# What a story of the engine cannot meet: macros, plugins, users, keys, code environments and their building.
_ELSEWHERE: Final = (
    "macro", "plugin", "interpreters", "api_key", "default_group", "future", "folder_info", "missing_folder_file",
    "secret", "ciphertext", "connection_details", "export_right", "imported_creation", "generic_sql", "sql_over_files",
    "graph_fails",
)  # fmt: skip
_OTHER: Final[dict[str, list[Any]]] = {
    "dss_version": ["12.6.0", "13.5.0", "15.0.0"],
    "hidden_project_status": [403],
    "missing_project_status_for_admin": [404],
    "duplicate_name_status": [409, 500],
    "missing_connection_status": [404, 500],
    "missing_recipe_body": ["empty"],
    "name_pattern": [r"[A-Za-z0-9_]+"],
}


def flips() -> list[Any]:
    standard, found = Profile(), []
    for switch in Profile.__dataclass_fields__.values():
        if any(word in switch.name for word in _ELSEWHERE):
            continue
        value = getattr(standard, switch.name)
        if isinstance(value, bool):
            others: list[Any] = [not value]
        elif switch.name in _OTHER:
            others = _OTHER[switch.name]
        else:
            words = get_args(switch.type) if get_origin(switch.type) is Literal else ()
            others = [word for word in words if word != value]
        found += [pytest.param(switch.name, other, id=f"{switch.name}={other}") for other in others]
    return found


FIRST: Final = """
    project: {key: KEY, name: Customers, owner: admin, tags: [a], variables: {standard: {country: FR}}}
    zones: [{name: raw}, {name: gold}]
    folders: [{name: files, connection: filesystem_folders, zone: raw}]
    libraries: [{path: python/lib.py, content: "X = 1\\n"}]
    datasets:
      - {name: IN, type: managed, connection: filesystem_managed, zone: raw, schema: [{name: a, type: string}]}
      - {name: MID, type: managed, connection: filesystem_managed}
      - {name: OUT, type: managed, connection: filesystem_managed, zone: gold}
    recipes:
      - {name: up, type: python, inputs: [IN, "folder:files"], outputs: [MID], code: "up()\\n"}
      - {name: down, type: grouping, inputs: [MID], outputs: [OUT], keys: [a]}
    scenarios:
      - {name: NIGHT, active: true, steps: [{type: build_flowitem, items: [OUT, MID]}]}
    wiki: [{name: Home, content: "# Hi\\n"}, {name: Sub, parent: Home, content: "x"}]
"""
ZONELESS: Final = (
    FIRST.replace("    zones: [{name: raw}, {name: gold}]\n", "").replace(", zone: raw", "").replace(", zone: gold", "")
)


@pytest.mark.parametrize(("switch", "value"), flips())
def test_converges(stage: Stage, switch: str, value: Any) -> None:
    stage.node.set_profile(**{switch: value})
    first = ZONELESS if switch == "flow_zones" else FIRST
    created = stage.change(first)
    assert not actions(stage.plan(first))
    assert set(actions(created).values()) <= {"create"}
    # changed, moved, replaced, a recipe less, an article renamed
    second = (
        first.replace("country: FR", "country: DE")
        .replace("name: MID, type: managed, connection: filesystem_managed", "name: MID, type: Inline, zone: gold")
        .replace("keys: [a]", "keys: [b]")
        .replace("zone: raw, schema", "zone: gold, schema")
        .replace("parent: Home", "tags: [t]")
    )
    if switch == "flow_zones":
        second = second.replace(", zone: gold", "")
    assert actions(stage.change(second))["dataset.MID"] == "replace"
    # by hand
    stage.project.get_recipe("up").delete()
    settings = stage.project.get_dataset("IN").get_settings()
    settings.get_raw()["tags"] = ["by hand"]
    settings.save()
    assert actions(stage.settle(second)) == {"recipe.up": "create"}
    assert stage.project.get_dataset("IN").get_settings().get_raw()["tags"] == ["by hand"]
    stage.change(first)
    # nothing but the project
    stage.settle(first.split("    libraries")[0].split("    zones")[0].split("    folders")[0])
    assert not stage.project.list_recipes()
    assert not stage.project.list_datasets()
