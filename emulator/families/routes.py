"""The routes of all families: every module in ``kinds`` has ``ROUTES``, so that a new one is a new file and nothing else."""

import importlib
import pkgutil
from typing import Final

from emulator.families import kinds
from emulator.routing import Route

__all__ = ["ROUTES"]

ROUTES: Final[tuple[Route, ...]] = tuple(
    route
    for module in sorted(pkgutil.iter_modules(kinds.__path__), key=lambda found: found.name)
    for route in importlib.import_module(f"{kinds.__name__}.{module.name}").ROUTES
)
