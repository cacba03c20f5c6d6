"""What a plan takes for granted on the node: connections, code environments, users and groups that its objects name.

Checked before any write.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dataiku_iac.core.canonical import Json, is_list
from dataiku_iac.core.errors import NotAllowed, ObjectMissing, UnexpectedShape
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.mentions import find_mentions
from dataiku_iac.core.plan import Action, Change
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.core.roles import NodeReader

__all__ = ["REQUIREMENTS", "find_missing_requirements"]


@dataclass(frozen=True, slots=True)
class _Requirement:
    """Something that must be on the node already; ``names`` reads those the key may see.

    ``strict_at``: paths in new objects at which a missing one stops the plan; ``None`` = everywhere. Elsewhere it is not
    known what DSS does with the name of nobody, so that is a warning.
    """

    sort: str
    what: str
    section: str
    names: Callable[[NodeReader], set[str]]
    strict_at: frozenset[str] | None = None

    def stops(self, path: str, change: Change) -> bool:
        """Tell whether ``change`` cannot be carried out without what it names at ``path``."""
        return self.strict_at is None or (path in self.strict_at and change.action is Action.CREATE)


@dataclass(frozen=True, slots=True)
class _Named:
    """The first change that names something, where it does, and how many others do."""

    change: Change
    path: str
    others: int = 0


def _connections(reader: NodeReader) -> set[str]:
    """All connections the key may use; any user may ask (api-admin-govern §2.1)."""
    answer = reader.get("/connections/get-names", params={"type": "all"})
    return {item for item in answer if isinstance(item, str)} if is_list(answer) else set()


def _code_envs(reader: NodeReader) -> set[str]:
    """All code environments the key may see (api-admin-govern §3.1)."""
    answer = reader.get("/admin/code-envs/")
    return {_text(item, "envName") for item in answer} if is_list(answer) else set()


def _users(reader: NodeReader) -> set[str]:
    """All logins: the list of administrators, else the public one, which DSS has since 14.0 (api-admin-govern §6)."""
    return {_text(item, "login") for item in _public_list(reader, "/admin/users/", "/users")}


def _groups(reader: NodeReader) -> set[str]:
    """All groups, likewise."""
    return {_text(item, "name") for item in _public_list(reader, "/admin/groups/", "/groups")}


def _public_list(reader: NodeReader, of_administrators: str, of_everybody: str) -> Sequence[Json]:
    try:
        answer = reader.get(of_administrators)
    except NotAllowed as refused:
        try:
            answer = reader.get(of_everybody)
        except (ObjectMissing, UnexpectedShape):
            raise refused from None
    return answer if is_list(answer) else ()


REQUIREMENTS: Final = (
    _Requirement("connection", "connection", "connections", _connections),
    _Requirement("code_env", "code environment", "code_envs", _code_envs),
    # A project is created for an existing login only [seen]; what becomes of other unknown names is not known.
    _Requirement("user", "user", "users", _users, frozenset({"permissions.owner"})),
    _Requirement("group", "group", "groups", _groups, frozenset()),
)


def find_missing_requirements(
    reader: NodeReader, registry: Registry, changes: Sequence[Change], *, node: str
) -> tuple[Problem, ...]:
    """Return a problem for everything that the changes name and the node lacks.

    What is not changed is not checked: it works or fails on the node already. Costs one call per sort that is named.
    """
    named = _named(registry, changes)
    problems: list[Problem] = []
    for requirement in REQUIREMENTS:
        wanted = {value: found for (sort, value), found in named.items() if sort == requirement.sort}
        if wanted:
            problems += _check(reader, requirement, wanted, node)
    return tuple(problems)


def _named(registry: Registry, changes: Sequence[Change]) -> Mapping[tuple[str, str], _Named]:
    found: dict[tuple[str, str], _Named] = {}
    for change in changes:
        if change.after is None or change.action not in (Action.CREATE, Action.UPDATE, Action.REPLACE):
            continue
        kind = registry[change.address.kind]
        for mention in find_mentions(kind.expand(change.after, change.address), kind.mentions):
            if "${" in mention.value:  # a variable of DSS, expanded when the object is used
                continue
            first = found.setdefault((mention.sort, mention.value), _Named(change, mention.path))
            if first.change is not change:
                found[mention.sort, mention.value] = replace(first, others=first.others + 1)
    return found


def _check(reader: NodeReader, requirement: _Requirement, wanted: Mapping[str, _Named], node: str) -> Iterator[Problem]:
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
    for name, found in sorted(wanted.items()):
        if name in there:
            continue
        near = difflib.get_close_matches(name, there, n=1)
        more = f", named {found.others} more time{'s' if found.others > 1 else ''}" if found.others else ""
        yield Problem(
            Severity.ERROR if requirement.stops(found.path, found.change) else Severity.WARNING,
            f"missing-{requirement.sort.replace('_', '-')}",
            f"the {requirement.what} does not exist on the node, or the key may not use it",
            detail=f'"{name}" on node "{node}"{more}',
            place=found.change.place,
            address=str(found.change.address),
            suggestion=(f'did you mean "{near[0]}"? Otherwise ' if near else "")
            + f"create it there, or map it in the environment file under remap.{requirement.section}",
        )


def _text(item: Json, key: str) -> str:
    value = item.get(key) if isinstance(item, Mapping) else None
    return value if isinstance(value, str) else ""
