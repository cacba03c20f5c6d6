"""What a command finds around it: clock, names, environment, the node it runs on, if any."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from dataiku_iac.commands.in_node import LocalNode
from dataiku_iac.core.roles import Ids
from dataiku_iac.store.clock import RandomIds, StoreClock, SystemClock

__all__ = ["Surroundings", "read_version"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Handed to every command.

    Attributes:
        environ: the process's environment, for programs we start and for the keys of nodes.
        visible: the part of it that ``{{ env.X }}`` in files can see. Empty inside a node: a macro's environment holds
            the ticket of the user who runs it.
        local: the node we run on, ``None`` in the program.
        home: where ``.dataiku/config.json`` is looked for, ``None`` inside a node.
        directory: what relative paths of the program are relative to, ``None`` inside a node.
    """

    clock: StoreClock = field(default_factory=SystemClock)
    ids: Ids = field(default_factory=RandomIds)
    environ: Mapping[str, str] = field(default_factory=dict)
    visible: Mapping[str, str] = field(default_factory=dict)
    local: LocalNode | None = None
    home: Path | None = None
    directory: Path | None = None

    @property
    def plugin_version(self) -> str:
        """The version of the plugin, for the records of runs."""
        return read_version()


def read_version() -> str:
    """Return the version, e.g. ``0.1.0``: from the plugin's descriptor, or from the installed package."""
    descriptor = Path(__file__).resolve().parents[3] / "plugin.json"
    if descriptor.is_file():
        found = json.loads(descriptor.read_text(encoding="utf-8")).get("version")
        return found if isinstance(found, str) else ""
    try:
        return version("dataiku-iac")
    except PackageNotFoundError:
        return ""
