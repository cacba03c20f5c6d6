"""What can be said only of all resources together: references, writers, circles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Final

from dataiku_iac.config.cycles import find_cycles
from dataiku_iac.config.findings import Findings, did_you_mean
from dataiku_iac.core.address import Address
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.resource import Reference, Relation, Resource

__all__ = ["check_references"]

_MANY: Final = 100
"""From so many unresolved references on, nobody is helped by a search for similar names, which costs a pass each."""


def check_references(
    resources: Mapping[Address, Resource], known: Set[Address], registry: Registry, findings: Findings
) -> None:
    """Note references to nothing, outputs with two writers, and circles.

    ``known`` are the addresses of all entries, also of those whose spec is not valid and which are not in ``resources``.
    """
    references = {
        address: registry[address.kind].references(resource.spec, address) for address, resource in resources.items()
    }
    prefixes = {kind.name: kind.prefix for kind in registry if kind.is_computable}
    _check_targets(resources, known, references, prefixes, findings)
    _check_writers(resources, references, findings)
    _check_circles(resources, references, findings)


def _check_targets(
    resources: Mapping[Address, Resource],
    known: Set[Address],
    references: Mapping[Address, Sequence[Reference]],
    prefixes: Mapping[str, str],
    findings: Findings,
) -> None:
    declared: dict[tuple[str, str], list[str]] = {}
    for address in known:
        declared.setdefault((address.kind, address.project), []).append(address.name)
    projects = {address.project for address in known}
    missing = 0
    for address, found in references.items():
        for reference in found:
            to = reference.to
            if not address.name:
                continue  # a project may expose what is made by hand
            if to in known or (to.project != address.project and to.project not in projects):
                continue
            place = resources[address].place_of(reference.path)
            if to.project != address.project:
                findings.warning(
                    "undeclared-foreign",
                    f"{reference.path} names {to}",
                    place=place,
                    address=address,
                    suggestion="declare it there too, unless it is made by hand",
                )
                continue
            missing += 1
            hint = "" if missing > _MANY else _hint(to, known, declared, prefixes)
            note = findings.warning if reference.relation is Relation.SHOWS else findings.error
            note(
                "unresolved-reference",
                f"{reference.path} names {to}",
                place=place,
                address=address,
                suggestion=hint or f"declare it; a {to.kind} of another project is written PROJECT.name",
            )
    for address, resource in resources.items():
        for target in resource.depends_on:
            if target not in known:
                findings.error(
                    "unresolved-reference",
                    f"depends_on names {target}",
                    place=resource.place_of("depends_on"),
                    address=address,
                    suggestion=_hint(target, known, declared, prefixes) or "declare it, or remove the line",
                )


def _hint(
    to: Address,
    known: Set[Address],
    declared: Mapping[tuple[str, str], Sequence[str]],
    prefixes: Mapping[str, str],
) -> str:
    for kind, prefix in prefixes.items() if to.kind == "dataset" else ():
        if Address(kind, to.project, to.name) in known:
            return f'there is a {kind.replace("_", " ")} of that name: write "{prefix}{to.name}"'
    if to.kind in prefixes and Address("dataset", to.project, to.name) in known:
        return f'there is a dataset of that name: write "{to.name}"'
    return did_you_mean(to.name, declared.get((to.kind, to.project), ()))


def _check_writers(
    resources: Mapping[Address, Resource], references: Mapping[Address, Sequence[Reference]], findings: Findings
) -> None:
    writers: dict[Address, tuple[Address, str]] = {}
    for address, found in references.items():
        for reference in found:
            if reference.relation is not Relation.WRITES:
                continue
            first, path = writers.setdefault(reference.to, (address, reference.path))
            if first != address:
                findings.error(
                    "two-writers",
                    f"{reference.to} is written by {first} ({resources[first].place_of(path)}) and by {address}",
                    place=resources[address].place_of(reference.path),
                    address=address,
                    suggestion="give one of them another output",
                )


def _check_circles(
    resources: Mapping[Address, Resource], references: Mapping[Address, Sequence[Reference]], findings: Findings
) -> None:
    flow: dict[Address, list[Address]] = {address: [] for address in resources}
    needs: dict[Address, list[Address]] = {address: list(resources[address].depends_on) for address in resources}
    for address, found in references.items():
        for reference in found:
            if reference.to not in resources or reference.relation is Relation.MENTIONS:
                continue
            needs[address].append(reference.to)
            if reference.relation is Relation.READS:
                flow[reference.to].append(address)
            elif reference.relation is Relation.WRITES:
                flow[address].append(reference.to)
    for edges, what in ((flow, "the flow"), (needs, "dependencies")):
        for cycle in find_cycles(edges):
            findings.error(
                "cycle",
                f"{what}: {' → '.join(map(str, cycle))}",
                place=resources[cycle[0]].place,
                address=cycle[0],
                suggestion="remove one of the links",
            )
