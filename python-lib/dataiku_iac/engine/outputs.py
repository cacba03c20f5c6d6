"""What builds write besides us: the schema of what a recipe makes.

It serves when the object is created. Afterwards it binds only where the files say so (``lifecycle.enforce``) or were changed
since the last apply; what builds made of it in the meantime is no drift. Source: object-shapes.md 1 (10), 15.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.fields import Rules
from dataiku_iac.core.kind import Kind, Registry
from dataiku_iac.core.lens import Difference, differences, same
from dataiku_iac.core.resource import Relation

__all__ = ["LOOSE", "loose_keys", "made_by_recipes"]

LOOSE = "made by a recipe: builds write it too; lifecycle.enforce makes it binding"


def made_by_recipes(specs: Iterable[tuple[Address, JsonObject]], registry: Registry) -> frozenset[Address]:
    """Return everything that one of ``specs`` writes."""
    return frozenset(
        reference.to
        for address, spec in specs
        for reference in registry[address.kind].references(spec, address)
        if reference.relation is Relation.WRITES
    )


def loose_keys(
    kind: Kind, address: Address, declared: JsonObject, recorded: JsonObject | None, enforce: Iterable[str]
) -> tuple[str, ...]:
    """Return the keys of ``declared`` that are not compared where a recipe makes the object, e.g. ``("schema",)``.

    They are those whose every field stays as others left it (``Field.stays``) and which the files did not change.
    """
    if not any(field.stays for field in kind.table.values()):
        return ()
    bound = set(enforce)
    return tuple(
        key
        for key, value in declared.items()
        if key not in bound and _is_unchanged(key, value, recorded) and _stays(kind, address, declared, key)
    )


def _is_unchanged(key: str, value: Json, recorded: JsonObject | None) -> bool:
    return recorded is None or (key in recorded and same(value, recorded[key]))


def _stays(kind: Kind, address: Address, declared: JsonObject, key: str) -> bool:
    without: Mapping[str, Json] = {name: value for name, value in declared.items() if name != key}
    document = kind.expand(declared, address)
    found = differences(kind.expand(without, address), document, kind.rules_for(document).root)
    return bool(found) and all(_is_under_staying(difference, kind.rules_for(document)) for difference in found)


def _is_under_staying(difference: Difference, rules: Rules) -> bool:
    node = rules.root
    for part in difference.path:
        node = node.child("*" if part.startswith("[") else part)
        if node.field.stays:
            return True
    return False
