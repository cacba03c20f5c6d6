"""Small projects to declare."""

from __future__ import annotations

from dataiku_iac.core.canonical import Json, JsonObject
from tests.engine.workshop import Specs

__all__ = ["circle", "dataset", "project", "small", "whole"]

CONNECTION = "filesystem_managed"


def project(key: str) -> Specs:
    return {f"project.{key}": {"name": "Customers", "owner": "admin", "tags": ["gold"]}}


def dataset(key: str, name: str, **more: Json) -> Specs:
    return {f"dataset.{key}.{name}": {"type": "managed", "connection": CONNECTION, **more}}


def small(key: str) -> Specs:
    """One of each way to be created: by key, under a server's id, by name in several calls."""
    return {
        **project(key),
        f"zone.{key}.raw": {"color": "#aa0000"},
        **dataset(key, "ORDERS", zone="raw", schema=[{"name": "a", "type": "string"}]),
    }


def whole(key: str) -> Specs:
    return {
        **small(key),
        f"folder.{key}.exports": {"connection": "filesystem_folders", "zone": "raw"},
        f"library.{key}.python/lib.py": {"content": "X = 1\n"},
        **dataset(key, "CLEAN"),
        f"recipe.{key}.prep": {"type": "python", "inputs": ["ORDERS"], "outputs": ["CLEAN"], "code": "print(1)\n"},
        f"scenario.{key}.NIGHT": {"active": False, "steps": []},
    }


def circle(key: str) -> Specs:
    """A project that exposes its folder, and a scenario that exports the dashboard it is started from."""
    exposed: Json = {"ORDERS": ["OTHER"], "folder:out": ["OTHER"]}
    button: JsonObject = {"type": "scenario_run_button", "scenario": "EXPORT"}
    pages: Json = [{"tiles": [{"insight": "Button", "at": [0, 0, 9, 9]}]}]
    steps: Json = [{"export_dashboard": "dashboard:Sales"}]
    readable: Json = {"folder:out": ["READ"]}
    return {
        f"project.{key}": {
            "name": "Customers",
            "owner": "admin",
            "exposed": exposed,
            "dashboard_authorizations": readable,
        },
        f"folder.{key}.out": {"connection": "filesystem_folders"},
        f"insight.{key}.Button": button,
        f"dashboard.{key}.Sales": {"pages": pages},
        f"scenario.{key}.EXPORT": {"active": False, "steps": steps},
    }
