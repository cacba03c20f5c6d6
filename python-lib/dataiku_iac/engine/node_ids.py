"""Ids of this node that stand in files, where portable names belong: somebody pasted one, or an import did not know what it names.

Live documents hold names, so such files would differ from the node for ever. They are compared as if they held the names;
the state keeps them as they are written, so that what nobody touched costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.kind import Document, Kind
from dataiku_iac.core.mentions import find_mentions
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.core.resource import Resource
from dataiku_iac.engine.translate import Names, to_portable

__all__ = ["find_node_ids", "with_names"]


def with_names(spec: JsonObject, kind: Kind, address: Address, names: Names) -> JsonObject:
    """Return ``spec`` with names in place of ids that ``names`` knows; ``spec`` itself if it holds none."""
    if not (names.knows_ids and names.registry.translated_mentions(kind.name)):
        return spec
    document = kind.expand(spec, address)
    portable = to_portable(document, kind, address.project, names)
    return spec if portable is document else kind.shorten(portable, address)


def find_node_ids(resource: Resource, document: Document, kind: Kind, names: Names) -> Iterator[Problem]:
    """Yield a warning for each id of the node that ``document``, what ``resource`` says, holds; with the name to write."""
    if not names.knows_ids:
        return
    address = resource.address
    portable = to_portable(document, kind, address.project, names)
    if portable is document:
        return
    rows = names.registry.translated_mentions(kind.name)
    found = zip(find_mentions(document, rows), find_mentions(portable, rows), strict=True)
    for written, named in sorted({(old.value, new.value) for old, new in found if old.value != new.value}):
        yield Problem(
            Severity.WARNING,
            "node-id",
            "an id that one node chose stands where a name belongs; on another node it means nothing",
            detail=f"{written} is {named} here",
            place=resource.place_of(_path_to(written, resource.spec)),
            address=str(address),
            suggestion=f'write "{named}"',
        )


def _path_to(value: str, spec: JsonObject) -> str:
    """Return where ``value`` stands in a spec, e.g. ``inputs[0]``; empty if nothing stands there alone or after a word."""
    waiting: list[tuple[str, Json]] = [("", spec)]
    while waiting:
        path, item = waiting.pop(0)
        if item == value or (isinstance(item, str) and item.endswith(f" {value}")):
            return path
        if is_object(item):
            waiting += [(f"{path}.{key}" if path else key, inner) for key, inner in item.items()]
        elif is_list(item):
            waiting += [(f"{path}[{i}]", inner) for i, inner in enumerate(item)]
    return ""
