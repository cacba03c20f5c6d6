"""Finds the areas: every sub-package with a ``routes`` module that has ``ROUTES`` (see ``emulator/routing.py``)."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING

import emulator
from emulator.routing import Route

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["all_routes", "start_hooks"]


def all_routes() -> tuple[Route, ...]:
    """Return the routes of all areas."""
    return tuple(route for module in _modules() for route in module.ROUTES)


def start_hooks() -> "tuple[Callable[[World], None], ...]":
    """Return the ``on_start`` functions of the areas that have one."""
    return tuple(module.on_start for module in _modules() if hasattr(module, "on_start"))


def _modules() -> Iterator[ModuleType]:
    for package in sorted(pkgutil.iter_modules(emulator.__path__), key=lambda found: found.name):
        if package.ispkg and package.name != "stand_in":
            name = f"emulator.{package.name}.routes"
            if importlib.util.find_spec(name) is not None:
                yield importlib.import_module(name)
