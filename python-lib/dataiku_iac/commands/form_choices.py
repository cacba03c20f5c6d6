"""Finding the values of ``choices``."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from dataiku_iac.commands.form import Form
from dataiku_iac.commands.inputs import Source, SourceSort, Target
from dataiku_iac.commands.macro import node_surroundings
from dataiku_iac.commands.sources import list_paths, open_source
from dataiku_iac.commands.surroundings import Surroundings
from dataiku_iac.commands.wiring import open_bench
from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.dss.session import NodeSession
from dataiku_iac.resources.registry import KINDS

__all__ = ["find_choices"]

Pairs = Sequence[tuple[str, str]]


def find_choices(name: str, config: Mapping[str, object], plugin_config: Mapping[str, object]) -> tuple[str, Pairs]:
    """Return the text of the empty choice, and value and label of the others.

    Raises:
        IacError: what is needed to list them is missing or wrong.
    """
    surroundings = node_surroundings()
    form = Form(cast("Mapping[str, Json]", config), where="form")
    settings = Form(cast("Mapping[str, Json]", plugin_config), where="settings of the plugin")
    local = surroundings.local
    project = local.project() if local is not None else ""
    source = Source.read(form, settings, project=project)
    if name == "environment":
        return "the default of the files", _environments(source, surroundings)
    if name == "plan":
        return "none: plan now", _plans(Target.read(form, settings, project=project), surroundings)
    if name == "run":
        return "the one there is", _runs(Target.read(form, settings, project=project), surroundings)
    raise ConfigError(f'there are no choices for "{name}"', where="form")


def _environments(source: Source, surroundings: Surroundings) -> Pairs:
    found = []
    for path in _environment_files(source, surroundings):
        stem, ending = posixpath.splitext(posixpath.basename(path))
        if posixpath.dirname(path) == "environments" and ending in (".yml", ".yaml"):
            found.append((stem, stem))
    return sorted(found)


def _environment_files(source: Source, surroundings: Surroundings) -> Sequence[str]:
    if source.sort is SourceSort.GIT or surroundings.local is None:
        with open_source(source, None, surroundings.environ) as opened:
            return [*opened.tree.list("environments/*")]
    with NodeSession.from_client(surroundings.local.client(), clock=surroundings.clock) as session:
        return list_paths(source, session)  # names alone: no file is read


def _plans(target: Target, surroundings: Surroundings) -> Pairs:
    with open_bench(replace(target, node=None), surroundings, KINDS) as bench:
        store = bench.store_if_any()
        plans = () if store is None else store.plans.list_plans()
    return [(item.name, item.name) for item in reversed(plans)]


def _runs(target: Target, surroundings: Surroundings) -> Pairs:
    with open_bench(replace(target, node=None), surroundings, KINDS) as bench:
        store = bench.store_if_any()
        run = None if store is None else store.heads.read().head.open_run
    return [] if run is None else [(run, run)]
