"""Three-way comparison of one object: what the files say, what was last applied, what the node has.

* declared = live: nothing.
* declared differs from live, recorded does not: the files changed.
* recorded differs from live as well, and declared = recorded: the object drifted.
* all three differ: conflict, shown as both.

Documents are compared through the lens: the spec is laid over what is live, and what that would change is the
difference. So defaults, order and editor noise never show, and fields nobody declared are never touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.edits import diff, path_of
from dataiku_iac.core.kind import Document, Kind
from dataiku_iac.core.lens import Suppressed, differences, let_go, suppressed
from dataiku_iac.core.plan import Cause, FieldChange
from dataiku_iac.core.resource import Resource
from dataiku_iac.engine.fields import Drift, Effects, field_change, words_of
from dataiku_iac.engine.outputs import LOOSE

__all__ = ["Comparison", "compare", "drifted_fields", "without_paths"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What applying a spec to a live object would change.

    Attributes:
        target: the whole portable document after it.
        fields: the changes in terms of the spec.
        parts: parts of the document that would be written.
        needs_replace: a field changes that DSS cannot change.
        suppressed: differences that are not planned, with reasons.
    """

    target: Document
    fields: tuple[FieldChange, ...]
    parts: tuple[str, ...]
    needs_replace: bool
    suppressed: tuple[Suppressed, ...]


def compare(
    kind: Kind,
    address: Address,
    live: Document,
    declared: JsonObject,
    recorded: JsonObject | None,
    ignore: Sequence[str] = (),
    *,
    loose: Sequence[str] = (),
    written: bool = False,
    hidden: Sequence[str] = (),
    resource: Resource | None = None,
) -> Comparison:
    """Compare one live object with what is declared; ``ignore`` holds spec paths that are left alone, ``loose`` spec keys
    that are left to builds. ``resource`` says where things are declared.

    ``written``: it was read after it had been written so; see ``core.lens.subtract``. ``hidden`` are parts that could not
    be read, and so are not compared.
    """
    unseen = tuple(part for part in hidden if part in kind.expand(declared, address))
    declared = _visible(kind, declared, address, hidden)
    recorded = None if recorded is None else _visible(kind, recorded, address, hidden)
    left = (*ignore, *loose)
    wanted = without_paths(declared, left)
    before = None if recorded is None else without_paths(recorded, left)
    target = kind.put(live, wanted, address, before=before, written=written)
    rules = kind.rules_for(target).root
    native = differences(live, target, rules)
    # Specs are compared as they stand: the lens removed the noise already.
    view, later = kind.declare(live, address), kind.declare(target, address)
    found = diff(view, later)
    drift = Drift(())
    if found and before is not None:
        drift = Drift(diff(view, kind.declare(kind.put(live, before, address), address)))
    effects = Effects(kind, address, view, later, native, resource)
    partial = kind.expand(wanted, address)
    quiet = [Suppressed(part, "the API key may not read it") for part in unseen]
    quiet += suppressed(live, partial, rules)
    if before is not None:
        quiet += let_go(kind.expand(before, address), partial, rules)
    if left:
        full = kind.declare(kind.put(live, declared, address, before=recorded), address)
        quiet += [
            Suppressed(path_of(edit.path), LOOSE if edit.path[0] in loose else "listed under lifecycle.ignore")
            for edit in diff(later, full)
        ]
    touched = {difference.path[0] for difference in native}
    return Comparison(
        target=target,
        fields=tuple(field_change(edit, drift, effects, words_of(kind)) for edit in found),
        parts=tuple(part for part in kind.parts if part in touched),
        needs_replace=any(difference.immutable for difference in native),
        suppressed=tuple(quiet),
    )


def drifted_fields(
    kind: Kind,
    address: Address,
    live: Document,
    recorded: JsonObject,
    ignore: Sequence[str],
    hidden: Sequence[str] = (),
) -> tuple[FieldChange, ...]:
    """Return how live differs from what was last applied: ``before`` = recorded, ``after`` = live. ``ignore`` holds spec paths."""
    spec = without_paths(_visible(kind, recorded, address, hidden), ignore)
    restored = kind.declare(kind.put(live, spec, address), address)
    view = kind.declare(live, address)
    found = diff(restored, view)
    native = differences(kind.put(live, spec, address), live, kind.rules_for(live).root)
    effects = Effects(kind, address, restored, view, native)
    nouns = words_of(kind)
    return tuple(replace(field_change(edit, Drift(()), effects, nouns), cause=Cause.DRIFT) for edit in found)


def _visible(kind: Kind, spec: JsonObject, address: Address, hidden: Sequence[str]) -> JsonObject:
    """Return what ``spec`` says of parts that could be read."""
    if not hidden:
        return spec
    partial = kind.expand(spec, address)
    return kind.shorten({part: value for part, value in partial.items() if part not in hidden}, address)


def without_paths(spec: JsonObject, paths: Sequence[str]) -> JsonObject:
    """Return ``spec`` without the fields that ``paths`` name, e.g. ``("params.path", "steps")``."""
    result: Json = spec
    for path in paths:
        result = _without(result, path.split("."))
    return result if isinstance(result, dict) else spec


def _without(value: Json, parts: Sequence[str]) -> Json:
    if not isinstance(value, dict) or parts[0] not in value:
        return value
    rest = {key: item for key, item in value.items() if key != parts[0]}
    if len(parts) == 1:
        return rest
    return {**rest, parts[0]: _without(value[parts[0]], parts[1:])}
