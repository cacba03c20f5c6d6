"""Finds what can be touched: ``TOUCHED`` of every area's ``noise`` module and of every module of ``families/kinds``.

A ``Family`` without a row of its own is there all the same: its shape fills it, and it has no noise.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

import emulator
from emulator.families.family import Family
from emulator.noise import Touched

if TYPE_CHECKING:
    from emulator.json_text import JsonObject
    from emulator.profile import Profile

__all__ = ["all_touched", "kinds_by_folder"]


@cache
def all_touched() -> Mapping[str, Touched]:
    """Return the rows by kind, e.g. ``{"DATASET": Touched(...)}``; two rows for one kind are a defect."""
    found: dict[str, Touched] = {}
    for module in _modules():
        for row in getattr(module, "TOUCHED", ()):
            if row.kind in found:
                raise ValueError(f"two rows for {row.kind}: the second in {module.__name__}")
            found[row.kind] = row
    for family in _families():
        found.setdefault(family.tag_kind, _row_of(family))
    return dict(sorted(found.items()))


@cache
def kinds_by_folder() -> Mapping[str, str]:
    """Return ``{"datasets": "DATASET", "web_apps": "WEB_APP", ...}``, for kinds with one document per id."""
    return {
        row.file.partition("/{id}")[0]: row.kind for row in all_touched().values() if row.file.endswith("/{id}.json")
    }


def _row_of(family: Family) -> Touched:
    def fill(profile: "Profile", document: "JsonObject") -> "JsonObject":
        return family.shape.apply(document, keep_unknown=profile.keep_unknown_fields)

    return Touched(family.tag_kind, f"{family.folder}/{{id}}.json", family.tag_kind, fill)


def _modules() -> Iterator[ModuleType]:
    for package in sorted(pkgutil.iter_modules(emulator.__path__), key=lambda found: found.name):
        name = f"emulator.{package.name}.noise"
        if package.ispkg and package.name != "stand_in" and importlib.util.find_spec(name) is not None:
            yield importlib.import_module(name)
    yield from _family_modules()


def _family_modules() -> Iterator[ModuleType]:
    kinds = importlib.import_module("emulator.families.kinds")
    for module in sorted(pkgutil.iter_modules(kinds.__path__), key=lambda found: found.name):
        yield importlib.import_module(f"{kinds.__name__}.{module.name}")


def _families() -> Iterator[Family]:
    for module in _family_modules():
        yield from (value for value in vars(module).values() if isinstance(value, Family))
