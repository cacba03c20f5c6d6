"""The mark of a stack on its projects: the tag ``iac:<stack>``. Two stacks never share a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, is_list
from dataiku_iac.core.errors import NodeError, StateError
from dataiku_iac.core.journal import Absent, Failed, Idempotency, Intent, Verb
from dataiku_iac.core.kind import Document, Live, Registry
from dataiku_iac.core.plan import Action, Plan
from dataiku_iac.core.result import ChangeStatus
from dataiku_iac.core.roles import NodeApi
from dataiku_iac.engine.actions import mark_id
from dataiku_iac.engine.capture import capture
from dataiku_iac.engine.context import RunContext
from dataiku_iac.engine.effects import Ended, done_record, print_of
from dataiku_iac.engine.undo import PreImage
from dataiku_iac.store.crashpoints import around

__all__ = ["MARK_PREFIX", "check_marks", "ensure_mark", "find_marked", "foreign_marks", "projects_to_mark", "with_mark"]

MARK_PREFIX: Final = "iac:"
_PART: Final = "metadata"


def check_marks(plan: Plan, projects: Mapping[str, Live]) -> None:
    """Refuse projects that carry the mark of another stack; ``projects`` are those of the plan that exist.

    Raises:
        StateError: naming all of them.
    """
    named = [f"{key} ({', '.join(marks)})" for key, marks in foreign_marks(plan, projects).items()]
    if named:
        raise StateError(
            f"project {', '.join(named)} belongs to another stack",
            where=f'stack "{plan.stack}" on node "{plan.node}" ({plan.node_url})',
            next_step="take the project out of this configuration; or, to hand it over, forget it in the other stack "
            "and remove that tag from the project",
        )


def foreign_marks(plan: Plan, projects: Mapping[str, Live]) -> Mapping[str, Sequence[str]]:
    """Return the marks of other stacks by project."""
    own = MARK_PREFIX + plan.stack
    found = {key: [mark for mark in _marks(live.document) if mark != own] for key, live in sorted(projects.items())}
    return {key: marks for key, marks in found.items() if marks}


def projects_to_mark(plan: Plan, registry: Registry) -> tuple[str, ...]:
    """Return the projects that this plan works on and that stay, sorted."""
    if "project" not in registry:
        return ()
    removed = {c.address.project for c in plan.changes if c.address.kind == "project" and c.action is Action.DELETE}
    worked = {c.address.project for c in plan.changes if c.tasks or c.action is Action.ADOPT}
    return tuple(sorted(worked - removed - {""}))


def ensure_mark(context: RunContext, project: str) -> bool:
    """Put the stack's mark on ``project``; one call, journalled like any other. ``False``: nothing was to do.

    Raises:
        Ended: it cannot be put there.
        LeaseLost: stop everything.
    """
    address, mark = Address("project", project), MARK_PREFIX + context.plan.stack
    try:
        live = context.read(address, project, (_PART,))
    except NodeError as error:
        raise Ended(ChangeStatus.FAILED, str(error), halts=True) from error
    if live is None or mark in _marks(live.document):
        return False
    marked = with_mark(live.document, mark)
    kind = context.kind_of(address)

    def call(api: NodeApi) -> None:
        kind.write(api, project, project, _PART, marked)

    request = capture(call)
    aid = mark_id(context.run, project)
    intent = Intent(
        aid=aid,
        address=str(address),
        type="project",
        step=1,
        steps=1,
        verb=Verb.UPDATE,
        node=context.plan.node,
        method=request.method,
        path=request.path,
        body_sha256=request.body_sha256,
        pre=print_of(context, address, live),
        idem=Idempotency("whole-put", mark),
        undo=context.images.put_blob(PreImage.of(kind, address, live).to_bytes()),
        drain_s=context.drain_s,
    )
    context.lease.gate()
    context.journal.append(intent)
    context.lease.gate()
    try:
        with around("dss.write"):
            call(context.api)
        after = context.read(address, project, (_PART,))
    except NodeError as error:
        context.journal.append(Failed(aid, False, type(error).__name__, error.status, error.what))
        after = _second_look(context, address, error)
    if after is None or mark not in _marks(after.document):
        context.journal.append(Absent(aid))
        raise Ended(ChangeStatus.FAILED, f'the tag "{mark}" could not be put on project {project}; resume the run')
    context.journal.post(done_record(aid, context, address, after, found=False, entry=None))
    return True


def find_marked(context: RunContext, project: str) -> Live | None:
    """Return the project if it carries the stack's mark."""
    live = context.read(Address("project", project), project, (_PART,))
    return live if live is not None and MARK_PREFIX + context.plan.stack in _marks(live.document) else None


def _second_look(context: RunContext, address: Address, error: NodeError) -> Live | None:
    try:
        with around("dss.look"):
            return context.read(address, address.project, (_PART,))
    except NodeError:
        raise Ended(
            ChangeStatus.UNKNOWN, f"it is not known whether the project was marked: {error}", halts=True
        ) from error


def _marks(document: Document) -> Sequence[str]:
    metadata = document.get(_PART)
    tags: Json = metadata.get("tags") if isinstance(metadata, Mapping) else None
    return [tag for tag in tags if isinstance(tag, str) and tag.startswith(MARK_PREFIX)] if is_list(tags) else []


def with_mark(document: Document, mark: str) -> Document:
    """Return a project's document with ``mark`` among its tags."""
    metadata = document.get(_PART)
    held: dict[str, Json] = dict(metadata) if isinstance(metadata, Mapping) else {}
    tags: Json = held.get("tags")
    held["tags"] = [*(tags if is_list(tags) else ()), mark]
    return {**document, _PART: held}
