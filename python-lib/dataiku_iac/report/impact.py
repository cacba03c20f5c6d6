"""What a plan means beyond its objects, in lines that every form shows alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.fields import Effect
from dataiku_iac.core.impact import Impact, Propagated
from dataiku_iac.core.plan import Action, Plan
from dataiku_iac.report.values import printable
from dataiku_iac.report.words import plural

__all__ = ["ImpactGroup", "view_impact"]

_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class ImpactGroup:
    """One sort of consequence: ``To build again`` and its lines, the first of them if they are many.

    ``Columns to follow`` is what the next propagation of schemas, or the next build, does to columns downstream.
    """

    title: str
    lines: tuple[str, ...]
    count: int = 1


def view_impact(plan: Plan) -> tuple[ImpactGroup, ...]:
    """Return the consequences of ``plan``; nothing if it does nothing on the node, or does not say."""
    impact = plan.impact
    if impact is None or plan.is_empty:
        return ()
    groups = [
        ImpactGroup("Risk", (_risk(plan, impact),)),
        _group("To build again", [(item.address, item.because) for item in impact.stale], "because of"),
        _group("Used by", [(item.address, item.names) for item in impact.touched], "names"),
        ImpactGroup(
            "Other projects",
            _cut(f"{item.project} uses {item.exposed}, which is exposed to it" for item in impact.readers),
            len(impact.readers),
        ),
        ImpactGroup("Columns to follow", _cut(map(_propagated, impact.propagated)), len(impact.propagated)),
        ImpactGroup("Effort", (_effort(impact),)),
    ]
    return tuple(group for group in groups if group.lines and group.lines != ("",))


def _risk(plan: Plan, impact: Impact) -> str:
    changes = [change for change in plan.changes if change.action is not Action.NONE and not change.is_held]
    counts = [
        (sum(change.effect is Effect.DATA_LOSS for change in changes), "can lose data", "can lose data"),
        (sum(change.action in (Action.DELETE, Action.REPLACE) for change in changes), "deletes", "delete"),
        (sum(change.effect is Effect.REBUILD for change in changes), "needs a rebuild", "need a rebuild"),
    ]
    said = ", ".join(f"{plural(count, 'change')} {one if count == 1 else many}" for count, one, many in counts if count)
    return f"{impact.risk.value}: {said}" if said else impact.risk.value


def _group(title: str, items: Sequence[tuple[Address, tuple[Address, ...]]], words: str) -> ImpactGroup:
    lines = _cut(f"{address} ({words} {_few(others)})" for address, others in items)
    return ImpactGroup(title, lines, len(items))


def _few(addresses: Sequence[Address]) -> str:
    more = f" and {len(addresses) - 3} more" if len(addresses) > 3 else ""
    return ", ".join(map(str, addresses[:3])) + more


def _cut(lines: Iterable[str]) -> tuple[str, ...]:
    found = [printable(line) for line in lines]
    return (*found[:_MOST], f"… {len(found) - _MOST} more") if len(found) > _MOST else tuple(found)


def _propagated(item: Propagated) -> str:
    parts = [
        f"{verb} {', '.join(columns)}" for verb, columns in (("gets", item.adds), ("loses", item.drops)) if columns
    ]
    said = "; ".join(filter(None, (*parts, item.note)))
    return f"{item.address} through {item.recipe}: {said}"


def _effort(impact: Impact) -> str:
    if not impact.calls:
        return ""
    time = ""
    if impact.seconds:
        seconds = f"{impact.seconds:.0f} s" if impact.seconds >= 1 else "less than a second"
        time = f", {seconds} at {impact.latency_ms:.0f} ms a call"
    return f"about {plural(impact.calls, 'call')}{time}"
