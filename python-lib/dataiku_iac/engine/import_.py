"""Import: a whole project as specs that a human would have written, and a list of what is left out. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list
from dataiku_iac.core.errors import NotAllowed, ObjectMissing, UnexpectedShape
from dataiku_iac.core.kind import COMPUTABLE, Document, Kind, Live, Registry
from dataiku_iac.core.mentions import find_mentions
from dataiku_iac.core.result import ByHand, ImportReport, NotCovered
from dataiku_iac.core.roles import NodeReader
from dataiku_iac.core.secret import looks_secret
from dataiku_iac.core.state import State
from dataiku_iac.engine.refresh import refresh

__all__ = ["ImportedProject", "import_project"]


@dataclass(frozen=True, slots=True)
class _Other:
    """A family of objects that no kind covers yet; ``name`` is the key of a list item that people know it by."""

    what: str
    path: str
    name: str = "name"


# Every list a project has besides the kinds, so that nothing is dropped in silence (api-flow §11-13, projects §4, §11).
_OTHERS: Final = (
    _Other("webapps", "webapps/"),
    _Other("Jupyter notebooks", "jupyter-notebooks/"),
    _Other("SQL notebooks", "sql-notebooks/", "id"),
    _Other("API services", "apiservices/", "id"),
    _Other("code studios", "code-studios/"),
)
_NOT_YET: Final = "this kind is not covered yet"


@dataclass(frozen=True, slots=True)
class ImportedProject:
    """All covered objects of a project as specs in normal form, and the report."""

    resources: Mapping[Address, JsonObject]
    report: ImportReport


def import_project(reader: NodeReader, registry: Registry, project: str, *, node_url: str) -> ImportedProject:
    """Read ``project`` whole.

    Raises:
        ObjectMissing: there is no such project, or the key may not see it (DSS does not tell these apart).
        NodeError: something could not be read.
    """
    live = refresh(reader, registry, [project], state=State("", ""), declared={}, everything=True)
    if Address("project", project) not in live.objects:
        raise ObjectMissing(
            f'project "{project}" is not on the node, or this key may not see it',
            where=node_url,
            next_step="check the project key and the rights of the API key",
        )
    resources: dict[Address, JsonObject] = {}
    left_out: list[tuple[Address, str, str]] = []
    by_hand: dict[tuple[str, str], list[str]] = {}
    unfit: list[str] = []
    for address, found in sorted(live.objects.items()):
        kind = registry[address.kind]
        if kind.is_unremarkable(found.document, address):
            continue
        if kind.falls_with and _names_uncovered(kind, found.document, registry, live.objects, project):
            unfit.append(f"{address.kind} {address.name}")
            continue
        resources[address] = kind.declare(found.document, address)
        reason = kind.out_of_reach("create", found.document, address)
        if reason:
            by_hand.setdefault((kind.name, reason.replace(f'"{found.name}"', '"NAME"')), []).append(found.name)
        left_out += [(address, path, "a credential; it stays on the node") for path in _credentials(found.document)]
    not_covered = list(_not_covered(reader, project, [a.name for a in resources if a.kind == "dataset"]))
    not_covered += [
        NotCovered(address.kind, (address.name,), reason) for address, reason in sorted(live.unreadable.items())
    ]
    not_covered += [
        NotCovered(kind.replace("_", " ") + "s", (), f"could not be listed: {reason}")
        for (kind, _), reason in sorted(live.unlisted.items())
    ]
    if unfit:
        not_covered.append(NotCovered("objects that use such", tuple(unfit), "they could not be created without them"))
    counts = {kind.name: sum(1 for address in resources if address.kind == kind.name) for kind in registry.kinds}
    report = ImportReport(
        project=project,
        node_url=node_url,
        counts=tuple(counts.items()),
        not_covered=tuple(not_covered),
        left_out=tuple(left_out),
        by_hand=tuple(ByHand(kind, tuple(names), reason) for (kind, reason), names in sorted(by_hand.items())),
    )
    return ImportedProject(resources, report)


def _names_uncovered(
    kind: Kind, document: Document, registry: Registry, objects: Mapping[Address, Live], project: str
) -> bool:
    """Tell whether something it reads or writes is of a kind that is not covered: a saved model, say.

    Such ids are valid on this node only, and DSS creates no recipe whose output does not exist [seen].
    """
    for mention in find_mentions(kind.stripped(document), kind.mentions):
        named = any(mention.value.startswith(meant.prefix) for meant in registry.meant_by(mention.sort))
        own = mention.sort == COMPUTABLE and not named and "." not in mention.value
        if own and Address("dataset", project, mention.value) not in objects:
            return True
    return False


def _credentials(document: Document) -> Iterator[str]:
    waiting: list[tuple[str, Json]] = [("", document)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, Mapping):
            for key, item in value.items():
                here = f"{path}.{key}" if path else key
                if looks_secret(key, item):
                    yield here
                else:
                    waiting.append((here, item))
        elif is_list(value):
            waiting += [(f"{path}[{i}]", item) for i, item in enumerate(value)]


def _not_covered(reader: NodeReader, project: str, datasets: Sequence[str]) -> Iterator[NotCovered]:
    for other in _OTHERS:
        try:
            names = _names(reader.get(f"/projects/{project}/{other.path}"), other.name)
        except ObjectMissing:
            continue  # this version or edition of DSS does not know the family
        except (NotAllowed, UnexpectedShape) as error:
            yield NotCovered(other.what, (), f"could not be listed: {error.what}")
            continue
        if names:
            yield NotCovered(other.what, tuple(names), _NOT_YET)
    tasks = _labeling_tasks(reader.get(f"/projects/{project}/flow/graph/"))
    if tasks:
        yield NotCovered("labeling tasks", tuple(tasks), _NOT_YET)
    paths = [f"/projects/{project}/datasets/{quote(name, safe='')}/statistics/worksheets/" for name in datasets]
    sheets = [name for answer in reader.get_many(paths) for name in _names(answer, "name")]
    if sheets:
        yield NotCovered("statistics worksheets", tuple(sorted(sheets)), _NOT_YET)


def _labeling_tasks(graph: Json) -> Sequence[str]:
    """Return the ids of labeling tasks; no call lists them, but they are nodes of the flow (api-flow §9.2)."""
    nodes = graph.get("nodes") if isinstance(graph, Mapping) else None
    found = nodes.values() if isinstance(nodes, Mapping) else ()
    return sorted(
        str(node.get("ref"))
        for node in found
        if isinstance(node, Mapping) and node.get("type") == "RUNNABLE_LABELING_TASK"
    )


def _names(answer: Json, key: str) -> Sequence[str]:
    items = answer if is_list(answer) else []
    heads = [item for item in items if isinstance(item, Mapping)]
    return sorted(
        str(head.get(key) or head.get("name") or head.get("id") or head.get("analysisId") or "?") for head in heads
    )
