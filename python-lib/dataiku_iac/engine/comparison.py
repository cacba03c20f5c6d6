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
from dataclasses import dataclass
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.fields import UNSET, Effect, Rules, Unset
from dataiku_iac.core.kind import Document, Kind
from dataiku_iac.core.lens import Difference, Suppressed, differences, let_go, path_text, suppressed
from dataiku_iac.core.plan import Cause, FieldChange

__all__ = ["Comparison", "compare", "drifted_fields", "without_paths"]

_NO_RULES: Final = Rules({}).root  # specs are compared as they stand: the lens removed the noise already


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
    written: bool = False,
    hidden: Sequence[str] = (),
) -> Comparison:
    """Compare one live object with what is declared; ``ignore`` holds spec paths that are left alone.

    ``written``: it was read after it had been written so; see ``core.lens.subtract``. ``hidden`` are parts that could not
    be read, and so are not compared.
    """
    unseen = tuple(part for part in hidden if part in kind.expand(declared, address))
    declared = _visible(kind, declared, address, hidden)
    recorded = None if recorded is None else _visible(kind, recorded, address, hidden)
    wanted = without_paths(declared, ignore)
    before = None if recorded is None else without_paths(recorded, ignore)
    target = kind.put(live, wanted, address, before=before, written=written)
    rules = kind.rules_for(target).root
    native = differences(live, target, rules)
    view = kind.declare(live, address)
    found = differences(view, kind.declare(target, address), _NO_RULES)
    drift: dict[tuple[str, ...], Difference] = {}
    if before is not None:
        restored = kind.declare(kind.put(live, before, address), address)
        drift = {difference.path: difference for difference in differences(view, restored, _NO_RULES)}
    partial = kind.expand(wanted, address)
    quiet = [Suppressed(part, "the API key may not read it") for part in unseen]
    quiet += suppressed(live, partial, rules)
    if before is not None:
        quiet += let_go(kind.expand(before, address), partial, rules)
    if ignore:
        full = kind.declare(kind.put(live, declared, address, before=recorded), address)
        left_alone = differences(kind.declare(target, address), full, _NO_RULES)
        quiet += [Suppressed(path_text(item.path), "listed under lifecycle.ignore") for item in left_alone]
    touched = {difference.path[0] for difference in native}
    return Comparison(
        target=target,
        fields=tuple(_field_change(difference, drift, native, known=before is not None) for difference in found),
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
    """Return how live differs from what was last applied: ``before`` = recorded, ``after`` = live."""
    spec = without_paths(_visible(kind, recorded, address, hidden), ignore)
    restored = kind.declare(kind.put(live, spec, address), address)
    return tuple(
        FieldChange(path_text(difference.path), difference.before, difference.after, Cause.DRIFT, difference.effect)
        for difference in differences(restored, kind.declare(live, address), _NO_RULES)
    )


def _visible(kind: Kind, spec: JsonObject, address: Address, hidden: Sequence[str]) -> JsonObject:
    """Return what ``spec`` says of parts that could be read."""
    if not hidden:
        return spec
    partial = kind.expand(spec, address)
    return kind.shorten({part: value for part, value in partial.items() if part not in hidden}, address)


def _field_change(
    difference: Difference, drift: dict[tuple[str, ...], Difference], native: Sequence[Difference], *, known: bool
) -> FieldChange:
    there = drift.get(difference.path)
    cause = Cause.CONFIG
    recorded: Json | Unset = UNSET
    if known and there is not None:
        recorded = there.after
        cause = Cause.DRIFT if there.after == difference.after else Cause.CONFLICT
    return FieldChange(
        path_text(difference.path), difference.before, difference.after, cause, _effect(difference, native), recorded
    )


def _effect(difference: Difference, native: Sequence[Difference]) -> Effect:
    """Find the effect of a spec path: the field table speaks of document paths, which end in the same words."""
    last = next((part for part in reversed(difference.path) if not part.startswith("[")), "")
    effects = [other.effect for other in native if last in other.path]
    if effects:
        return max(effects)
    return max((other.effect for other in native), default=Effect.METADATA)


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
