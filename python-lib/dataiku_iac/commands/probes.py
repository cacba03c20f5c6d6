"""What can be found out about rights without writing: for a dry run."""

from __future__ import annotations

from dataiku_iac.core.address import Address
from dataiku_iac.core.errors import NotAllowed
from dataiku_iac.core.plan import Action, Plan
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.dss.identity import read_identity
from dataiku_iac.dss.session import NodeSession

__all__ = ["find_missing_rights"]


def find_missing_rights(session: NodeSession, plan: Plan) -> tuple[Problem, ...]:
    """Return a warning for every project that the plan writes to and whose rights cannot be confirmed.

    Only administrators of a project may read its permissions, and they may write to it; nobody else is told anything,
    so "cannot be confirmed" is all that can be said of the others. Costs a call per project.
    """
    identity = read_identity(session)
    if identity.is_admin:
        return ()
    created = {change.address.project for change in plan.changes if _creates_project(change.address, change.action)}
    touched = {change.address.project for change in plan.changes if change.tasks and change.address.project}
    problems = [_unconfirmed(project, identity.login, "create projects") for project in sorted(created)]
    for project in sorted(touched - created):
        try:
            session.get(f"/projects/{project}/permissions")
        except NotAllowed:
            problems.append(_unconfirmed(project, identity.login, "write to it"))
    return tuple(problems)


def _creates_project(address: Address, action: Action) -> bool:
    return address.kind == "project" and action is Action.CREATE


def _unconfirmed(project: str, login: str, what: str) -> Problem:
    return Problem(
        Severity.WARNING,
        "rights-unchecked",
        "the right could not be confirmed",
        detail=f'whether "{login}" may {what}',
        address=f"project.{project}",
        suggestion="the apply may be refused; it can be resumed once the right is given",
    )
