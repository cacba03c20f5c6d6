"""Lines of ``moved``: whether they can mean what they say."""

from __future__ import annotations

from collections.abc import Sequence, Set

from dataiku_iac.config.findings import Findings, did_you_mean
from dataiku_iac.core.address import Address
from dataiku_iac.core.resource import Moved

__all__ = ["check_moves"]


def check_moves(moved: Sequence[Moved], declared: Set[Address], findings: Findings) -> None:
    """Note every line that names no declared entry, one that is still declared under its old name, or another sort of object."""
    seen: set[Address] = set()
    for move in moved:
        before, after = move.before, move.after
        if (before.kind, before.project) != (after.kind, after.project) or not after.name:
            findings.error(
                "bad-move",
                f"{before} to {after}",
                place=move.place,
                address=after,
                suggestion="an object keeps its kind and its project, and a project its key",
            )
        elif before in declared:
            findings.error(
                "bad-move",
                f"{before} is still declared",
                place=move.place,
                address=before,
                suggestion="remove that entry, or the line in moved",
            )
        elif after not in declared:
            near = did_you_mean(
                after.name, [a.name for a in declared if (a.kind, a.project) == (after.kind, after.project)]
            )
            findings.error(
                "bad-move",
                f"{after} is not declared",
                place=move.place,
                address=after,
                suggestion=near or "declare the entry under its new name, or remove the line in moved",
            )
        elif seen & {before, after}:
            findings.error(
                "bad-move",
                f"{before} to {after}: one of them is named by another line of moved",
                place=move.place,
                address=after,
                suggestion="write one line from the oldest name to the newest",
            )
        seen |= {before, after}
