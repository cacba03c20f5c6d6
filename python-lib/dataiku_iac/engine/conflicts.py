"""An object that somebody changed between plan and apply: what the plan saw, what the node has, what is declared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.fields import Unset
from dataiku_iac.core.kind import Kind, Live
from dataiku_iac.core.lens import same
from dataiku_iac.core.plan import Change, FieldChange
from dataiku_iac.engine.comparison import Comparison, drifted_fields
from dataiku_iac.report.values import changed_lines, is_code, printable, value_text

__all__ = ["both_versions"]

_MOST: Final = 8


def both_versions(kind: Kind, change: Change, live: Live, now: Comparison | None) -> str:
    """Return a line per field that is not as the plan saw it, each on a line of its own, indented; cut after eight.

    ``now`` is what applying the change to the object as it is would do; ``None`` for a deletion.
    """
    if now is None:
        recorded = change.before or {}
        fields = drifted_fields(kind, change.address, live.document, recorded, change.lifecycle.ignore, live.hidden)
        lines = [f"{_path(f)}: recorded {_text(f, f.before)}, the node has {_text(f, f.after)}" for f in fields]
    else:
        lines = list(_changed(change.fields, now.fields))
    if not lines:
        lines = ["none of the declared fields: something else of the object was changed"]
    if len(lines) > _MOST:
        lines = [*lines[:_MOST], f"… {len(lines) - _MOST} more fields"]
    return "".join(f"\n  {line}" for line in lines)


def _changed(planned: Sequence[FieldChange], now: Sequence[FieldChange]) -> Iterator[str]:
    then = {(field.path, field.op): field for field in planned}
    seen = set()
    for field in now:
        key = (field.path, field.op)
        seen.add(key)
        old = then.get(key)
        if old is None:
            yield (
                f"{_path(field)}: the plan saw {_text(field, field.after)} as declared, "
                f"the node has {_text(field, field.before)}"
            )
        elif not _same(old.before, field.before):
            yield (
                f"{_path(field)}: the plan saw {_text(field, old.before)}, the node has {_text(field, field.before)}, "
                f"declared is {_text(field, field.after)}{_lines(old.before, field.before)}"
            )
    for key, old in then.items():
        if key not in seen:
            yield f"{_path(old)}: the plan saw {_text(old, old.before)}, the node has it as declared by now"


def _path(field: FieldChange) -> str:
    return printable(field.path)


def _text(field: FieldChange, value: Json | Unset) -> str:
    return value_text(value, key=field.path.rpartition(".")[2].partition("[")[0])


def _lines(planned: Json | Unset, found: Json | Unset) -> str:
    if is_code(planned) and is_code(found) and isinstance(planned, str) and isinstance(found, str):
        return f" ({changed_lines(planned, found)} lines were changed since)"
    return ""


def _same(left: Json | Unset, right: Json | Unset) -> bool:
    if isinstance(left, Unset) or isinstance(right, Unset):
        return left is right
    return same(left, right)
