"""What a plan takes for granted on the node: connections and code environments that its objects name. Checked before any write."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dataiku_iac.core.canonical import Json, is_list
from dataiku_iac.core.errors import NotAllowed
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.mentions import find_mentions
from dataiku_iac.core.plan import Action, Change
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.core.roles import NodeReader

__all__ = ["REQUIREMENTS", "find_missing_requirements"]


@dataclass(frozen=True, slots=True)
class _Requirement:
    """Something that must be on the node already; ``names`` reads those the key may see."""

    sort: str
    what: str
    section: str
    names: Callable[[NodeReader], set[str]]


def _connections(reader: NodeReader) -> set[str]:
    """All connections the key may use; any user may ask (api-admin-govern §2.1)."""
    answer = reader.get("/connections/get-names", params={"type": "all"})
    return {item for item in answer if isinstance(item, str)} if is_list(answer) else set()


def _code_envs(reader: NodeReader) -> set[str]:
    """All code environments the key may see (api-admin-govern §3.1)."""
    answer = reader.get("/admin/code-envs/")
    return {_text(item, "envName") for item in answer} if is_list(answer) else set()


REQUIREMENTS: Final = (
    _Requirement("connection", "connection", "connections", _connections),
    _Requirement("code_env", "code environment", "code_envs", _code_envs),
)


def find_missing_requirements(
    reader: NodeReader, registry: Registry, changes: Sequence[Change], *, node: str
) -> tuple[Problem, ...]:
    """Return an error for every connection or code environment that the changes name and the node lacks.

    What is not changed is not checked: it works or fails on the node already. Costs one call per sort that is named.
    """
    named = dict(_named(registry, changes))
    problems: list[Problem] = []
    for requirement in REQUIREMENTS:
        wanted = {value: change for (sort, value), change in named.items() if sort == requirement.sort}
        if wanted:
            problems += _check(reader, requirement, wanted, node)
    return tuple(problems)


def _named(registry: Registry, changes: Sequence[Change]) -> Iterator[tuple[tuple[str, str], Change]]:
    for change in reversed(changes):  # so that the first change that names it is the one that is reported
        if change.after is None or change.action not in (Action.CREATE, Action.UPDATE, Action.REPLACE):
            continue
        kind = registry[change.address.kind]
        for mention in find_mentions(kind.expand(change.after, change.address), kind.mentions):
            if "${" not in mention.value:  # a variable of DSS, expanded when the object is used
                yield (mention.sort, mention.value), change


def _check(reader: NodeReader, requirement: _Requirement, wanted: Mapping[str, Change], node: str) -> Iterator[Problem]:
    try:
        there = requirement.names(reader)
    except NotAllowed as error:
        yield Problem(
            Severity.WARNING,
            "requirement-unchecked",
            f"the {requirement.section} of the node could not be listed",
            detail=error.what,
            suggestion="the apply may fail on a missing one",
        )
        return
    for name, change in sorted(wanted.items()):
        if name in there:
            continue
        near = difflib.get_close_matches(name, there, n=1)
        yield Problem(
            Severity.ERROR,
            f"missing-{requirement.sort.replace('_', '-')}",
            f"the {requirement.what} does not exist on the node, or the key may not use it",
            detail=f'"{name}" on node "{node}"',
            place=change.place,
            address=str(change.address),
            suggestion=(f'did you mean "{near[0]}"? Otherwise ' if near else "")
            + f"create it there, or map it in the environment file under remap.{requirement.section}",
        )


def _text(item: Json, key: str) -> str:
    value = item.get(key) if isinstance(item, Mapping) else None
    return value if isinstance(value, str) else ""
