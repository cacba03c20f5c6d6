"""Import: a whole project as specs that a human would have written, and a list of what is left out. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list
from dataiku_iac.core.errors import NotAllowed, ObjectMissing, UnexpectedShape
from dataiku_iac.core.kind import Document, Live, Registry
from dataiku_iac.core.resource import Relation
from dataiku_iac.core.result import ByHand, ImportReport, NotCovered
from dataiku_iac.core.roles import NodeReader
from dataiku_iac.core.secret import looks_secret
from dataiku_iac.core.state import State
from dataiku_iac.engine.refresh import refresh

__all__ = ["ImportedProject", "import_project"]

# What a project holds besides the kinds, as far as the API lists it, so that nothing is dropped in silence [client].
_OTHERS: Final = (("agent skills", "agents/skills"), ("agent reviews", "agent-reviews/reviews"))


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
    for address, found in sorted(live.objects.items()):
        kind = registry[address.kind]
        if not kind.is_unremarkable(found.document, address):
            resources[address] = kind.declare(found.document, address)
    unfit = _take_out_unfit(resources, live.objects, registry)
    for address in resources:
        kind, found = registry[address.kind], live.objects[address]
        reason = kind.out_of_reach("create", found.document, address)
        if reason:
            by_hand.setdefault((kind.name, reason.replace(f'"{found.name}"', '"<its name>"')), []).append(found.name)
        left_out += [(address, path, "a credential; it stays on the node") for path in _credentials(found.document)]
    not_covered = list(_not_covered(reader, project))
    not_covered += [
        NotCovered(address.kind, (address.name,), reason) for address, reason in sorted(live.unreadable.items())
    ]
    not_covered += [
        NotCovered(kind.replace("_", " ") + "s", (), f"could not be listed: {reason}")
        for (kind, _), reason in sorted(live.unlisted.items())
    ]
    not_covered += [
        NotCovered(f"{kind.replace('_', ' ')}", tuple(names), reason) for (kind, reason), names in sorted(unfit.items())
    ]
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


def _take_out_unfit(
    resources: dict[Address, JsonObject], objects: Mapping[Address, Live], registry: Registry
) -> Mapping[tuple[str, str], list[str]]:
    """Take out of ``resources`` what names something that is not there, and what names that; say of each kind why.

    DSS keeps some such objects and creates none anew: no recipe whose output does not exist [seen]. Declared, they would
    stop every plan.
    """
    found: dict[tuple[str, str], list[str]] = {}
    going = True
    while going:
        going = False
        for address in list(resources):
            missing = _missing(address, resources, objects, registry)
            if missing is not None:
                del resources[address]
                found.setdefault((address.kind, f"names {missing}, which is not declared"), []).append(address.name)
                going = True
    return found


def _missing(
    address: Address, resources: Mapping[Address, JsonObject], objects: Mapping[Address, Live], registry: Registry
) -> Address | None:
    """Return an object of the same project that the one at ``address`` names and that will not be declared."""
    if not address.name:
        return None  # a project may expose what is made by hand
    kind = registry[address.kind]
    for reference in kind.references(resources[address], address):
        to = reference.to
        if reference.relation is Relation.SHOWS:
            continue  # an insight outlives what it shows, in DSS and in files
        if to.project == address.project and to not in resources and not _comes_along(to, objects, registry):
            return to
    return None


def _comes_along(address: Address, objects: Mapping[Address, Live], registry: Registry) -> bool:
    """Tell whether an object is there on every node although nothing declares it."""
    found = objects.get(address)
    return found is not None and registry[address.kind].is_unremarkable(found.document, address)


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


def _not_covered(reader: NodeReader, project: str) -> Iterator[NotCovered]:
    for what, path in _OTHERS:
        try:
            answer = reader.get(f"/projects/{project}/{path}")
        except (ObjectMissing, UnexpectedShape):
            continue  # this version or edition of DSS does not know the family
        except NotAllowed as error:
            yield NotCovered(what, (), f"could not be listed: {error.what}")
            continue
        heads = [item for item in answer if isinstance(item, Mapping)] if is_list(answer) else []
        if heads:
            names = sorted(str(head.get("name") or head.get("id") or "?") for head in heads)
            yield NotCovered(what, tuple(names), "this kind is not covered yet")
