"""``import``: a project as files. Changes nothing in the project that is imported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from dataiku_iac.commands.destinations import (
    Destination,
    DirectoryDestination,
    FolderDestination,
    LibraryDestination,
    write_files,
)
from dataiku_iac.commands.inputs import ImportInputs, Source, SourceSort, Target
from dataiku_iac.commands.outcome import Outcome
from dataiku_iac.commands.progress import Stages
from dataiku_iac.commands.surroundings import Surroundings
from dataiku_iac.commands.wiring import Bench, open_bench
from dataiku_iac.config.writing import write_project
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.roles import Progress
from dataiku_iac.engine.import_ import import_project
from dataiku_iac.report import html, text
from dataiku_iac.report.json_form import import_json, to_text

__all__ = ["run_import"]

_KEY: Final = re.compile(r"[A-Za-z0-9_]+")


def run_import(inputs: ImportInputs, surroundings: Surroundings, registry: Registry, progress: Progress) -> Outcome:
    """Read the whole project, then write all files.

    The report is written beside the files (``import-<PROJECT>.json`` and ``.html``), so that it outlives the result.

    Raises:
        IacError: it could not be read (nothing was written), or not all files could be written.
    """
    if not _KEY.fullmatch(inputs.imported):
        raise ConfigError(
            f'"{inputs.imported}" is not a project key', where="form", next_step="letters, digits and underscores"
        )
    with _bench(inputs, surroundings, registry) as bench:
        stages = Stages(progress)
        node = bench.connect()
        stages.enter(5, f"reading {inputs.imported} of {node.name}")
        found = import_project(node.session, registry, inputs.imported, node_url=node.url)
        files = dict(write_project(list(found.resources.items()), registry, report=found.report))
        stages.enter(60, f"writing {len(files)} files")
        destination = _destination(inputs, bench, surroundings)
        shown = text.render_import(found.report)
        twin = {**import_json(found.report, files if destination is None else None), "text": shown}
        paths = tuple(sorted(files))
        page = html.render_import(found.report, {**twin, "written": list(paths)}, files=paths)
        if destination is not None:
            name = f"import-{inputs.imported}"
            twin = {**twin, "written": list(paths)}
            files |= {f"{name}.json": to_text(twin) + "\n", f"{name}.html": page}
            leftovers = write_files(destination, files, overwrite=inputs.overwrite)
            shown += f"\nWritten: {len(files)} files to {destination.label}\n"
            if leftovers:
                shown += "Still there, and not part of this import:\n" + "".join(f"  - {path}\n" for path in leftovers)
                twin = {**twin, "leftovers": list(leftovers)}
        stages.enter(100, "imported")
        return Outcome(text=shown, json=twin, html=page)


@contextmanager
def _bench(inputs: ImportInputs, surroundings: Surroundings, registry: Registry) -> Iterator[Bench]:
    with ExitStack() as stack:
        target = Target(Source(SourceSort.DIRECTORY), environment="", node=inputs.node)
        yield stack.enter_context(open_bench(target, surroundings, registry))


def _destination(inputs: ImportInputs, bench: Bench, surroundings: Surroundings) -> Destination | None:
    if inputs.destination == "none":
        return None
    if inputs.destination == "directory":
        return DirectoryDestination((surroundings.directory or Path()) / inputs.path)
    if surroundings.local is None:
        raise ConfigError(
            "a library or managed folder can be written inside a node only",
            where="destination",
            next_step="give a directory",
        )
    api = bench.local_session()
    if inputs.destination == "library":
        return LibraryDestination(api, inputs.project, inputs.path)
    return FolderDestination(api, surroundings.local, inputs.project, inputs.folder, inputs.path)
