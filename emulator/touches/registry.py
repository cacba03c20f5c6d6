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
from emulator.common_noise import EMPTY_TEXTS
from emulator.families.family import Family
from emulator.noise import Dice, Touched

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
    of_kind: dict[str, list[Family]] = {}
    for family in _families():
        of_kind.setdefault(family.tag_kind, []).append(family)
    for kind, families in of_kind.items():
        found.setdefault(kind, _row_of(families))
    return dict(sorted(found.items()))


@cache
def kinds_by_folder() -> Mapping[str, str]:
    """Return ``{"datasets": "DATASET", "web_apps": "WEB_APP", ...}``, for kinds with one document per id."""
    return {
        row.file.partition("/{id}")[0]: row.kind for row in all_touched().values() if row.file.endswith("/{id}.json")
    }


def _row_of(families: list[Family]) -> Touched:
    """Several families may share a folder (saved models and agents): each document is filled by the one that holds it."""

    def fill(profile: "Profile", document: "JsonObject", _dice: Dice) -> "JsonObject":
        family = next((family for family in families if family.holds(document)), families[0])
        return family.shape.apply(document, keep_unknown=profile.keep_unknown_fields, version=profile.version)

    first = families[0]
    noise = [row for family in families for row in family.noise]
    noise += EMPTY_TEXTS if "shortDesc" in first.shape.fields else ()
    return Touched(first.tag_kind, f"{first.folder}/{{id}}.json", first.tag_kind, fill, tuple(noise))


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
