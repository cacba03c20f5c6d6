"""Single fields of a change: why each differs, what that means for data, and the line that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, canonical_text
from dataiku_iac.core.edits import Edit, Item, Op, list_path, path_of
from dataiku_iac.core.fields import UNSET, Effect, Unset
from dataiku_iac.core.kind import Kind
from dataiku_iac.core.lens import Difference, differences, same
from dataiku_iac.core.nouns import NOUNS, Nouns
from dataiku_iac.core.plan import Cause, FieldChange
from dataiku_iac.core.problem import Place
from dataiku_iac.core.resource import Resource
from dataiku_iac.report.phrases import phrase_of

__all__ = ["Drift", "Effects", "field_change", "words_of"]

_Key: TypeAlias = tuple[str, str]


class Drift:
    """What would bring a live object back to what was last applied, to tell drift from a change of the files."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._edits = {_key(edit): edit for edit in edits}
        lasting = [edit for edit in edits if edit.op is not Op.MOVE]
        self._paths = {tuple(map(str, edit.path)) for edit in lasting}
        self._above = {path[:length] for path in self._paths for length in range(len(path))}

    def cause_of(self, edit: Edit) -> tuple[Cause, Json | Unset]:
        """Return why a field differs, and the recorded value where that is not the live one."""
        there = self._edits.get(_key(edit))
        if there is not None:
            return (Cause.DRIFT if _same(there.after, edit.after) else Cause.CONFLICT), there.after
        path = tuple(map(str, edit.path))
        if path in self._above or any(path[:length] in self._paths for length in range(len(path))):
            return Cause.CONFLICT, UNSET  # the node changed a part of it, or all around it
        return Cause.CONFIG, UNSET


def _same(left: Json | Unset, right: Json | Unset) -> bool:
    if isinstance(left, Unset) or isinstance(right, Unset):
        return left is right
    return same(left, right)


def _key(edit: Edit) -> _Key:
    """Return what makes two edits of one live value the same: the field, or for a new element the list and its content."""
    above = list_path(edit)
    if above is not None and not isinstance(edit.after, Unset):
        return above, f"+{canonical_text(edit.after)}"
    return path_of(edit.path), "move" if edit.op is Op.MOVE else ""


@dataclass(slots=True)
class Effects:
    """What changes of a spec mean for data. The field table speaks of documents, so each field is traced to its place there.

    ``native`` are the differences of the documents, ``before`` and ``after`` the two specs; ``resource`` says where and
    how ``after`` is declared.
    """

    kind: Kind
    address: Address
    before: JsonObject
    after: JsonObject
    native: Sequence[Difference]
    resource: Resource | None = None
    _by_key: dict[str, Sequence[Difference]] = field(default_factory=dict)

    def of(self, edit: Edit) -> tuple[Effect, str]:
        """Return the gravest effect of what the edit changes in the document, and the reason that its table gives."""
        traced = self._traced(str(edit.path[0])) if edit.path else self.native
        last = next((part for part in reversed(edit.path) if isinstance(part, str)), "")
        named = [other for other in traced if last in other.path]
        found = max(named or traced or self.native, key=lambda other: other.effect, default=None)
        if found is None:
            return Effect.METADATA, ""
        return found.effect, _reason(found, self.kind) if found.effect or found.immutable else ""

    def rules_of(self, edit: Edit) -> tuple[str, ...]:
        """Return what else led to the difference: variables, lines of ``remap``, defaults."""
        if self.resource is None:
            return ()
        if isinstance(edit.after, Unset):
            return ("no longer declared: it goes back to its default",) if len(edit.path) == 1 else ()
        where, origins = _positional(edit), self.resource.origins
        return tuple(
            rule for path in origins for rule in origins[path] if _is_within(path, where) or _is_within(where, path)
        )

    def place_of(self, edit: Edit) -> Place | None:
        """Return where the field is declared, as near as is known."""
        return None if self.resource is None else self.resource.place_of(_positional(edit))

    def _traced(self, key: str) -> Sequence[Difference]:
        """Return what one key of the spec changes in the document; the others stay as they are after."""
        if key not in self._by_key:
            without: Mapping[str, Json] = {name: value for name, value in self.after.items() if name != key}
            earlier = {**without, key: self.before[key]} if key in self.before else without
            then, now = (self.kind.expand(spec, self.address) for spec in (earlier, self.after))
            self._by_key[key] = differences(then, now, self.kind.rules_for(now).root)
        return self._by_key[key]


def _positional(edit: Edit) -> str:
    """Return the path as it stands in the file: elements by their position."""
    text = ""
    for part in edit.path:
        if isinstance(part, Item):
            if part.to is None:
                break  # what is gone stands nowhere
            text += f"[{part.to}]"
        else:
            text += f".{part}" if text else part
    return text


def _is_within(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith((f"{outer}.", f"{outer}["))


def _reason(difference: Difference, kind: Kind) -> str:
    """Return the reason that the field table gives for the field, or for what it is a part of."""
    node, reason = kind.rules.root, ""
    for part in difference.path:
        node = node.child("*" if part.startswith("[") else part)
        reason = node.field.reason or reason
    return reason


def words_of(kind: Kind) -> Nouns:
    """Return what the parts of this kind's specs are called."""
    return {**NOUNS, **kind.nouns} if kind.nouns else NOUNS


def field_change(edit: Edit, drift: Drift, effects: Effects, nouns: Nouns) -> FieldChange:
    """Return one difference as a plan holds it."""
    cause, recorded = drift.cause_of(edit)
    effect, reason = effects.of(edit)
    item = edit.item
    return FieldChange(
        path_of(edit.path),
        edit.before,
        edit.after,
        cause,
        effect,
        recorded,
        op=edit.op,
        phrase=phrase_of(edit, nouns),
        at=None if item is None else item.at,
        to=None if item is None else item.to,
        place=effects.place_of(edit),
        rules=(*effects.rules_of(edit), *([reason] if reason else ())),
    )
