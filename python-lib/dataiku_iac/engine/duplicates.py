"""Objects that a call made twice: a proxy may deliver a request again, or one that was given up may land late.

Only objects under a temporary name of this very run are touched: nobody else can have made them, and nothing refers to
them yet.
"""

from __future__ import annotations

from dataiku_iac.core.address import Address
from dataiku_iac.core.errors import NodeError, ObjectMissing
from dataiku_iac.core.journal import Absent, Failed, Idempotency, Intent, Verb
from dataiku_iac.core.kind import Live
from dataiku_iac.core.plan import StepVerb
from dataiku_iac.core.roles import NodeApi
from dataiku_iac.engine.actions import temporary_name
from dataiku_iac.engine.capture import capture
from dataiku_iac.engine.context import RunContext
from dataiku_iac.engine.effects import done_record, print_of
from dataiku_iac.store.crashpoints import around

__all__ = ["remove_duplicates"]


def remove_duplicates(context: RunContext) -> None:
    """Delete second copies of what this run created under ids chosen by the server; one list per kind and project.

    Best effort: what cannot be looked at or deleted now is found by the next resume, or shows as unmanaged.
    """
    kept: dict[Address, dict[str, str]] = {}  # any address of the kind and project -> temporary name -> id of ours
    for aid, action in context.index.items():
        address = action.change.address
        done = context.prior.done.get(aid)
        if done is None or done.result.id is None or action.step.verb is not StepVerb.CREATE:
            continue
        if context.kind_of(address).chosen_by_server:
            group = Address(address.kind, address.project)
            kept.setdefault(group, {})[temporary_name(address.name, aid)] = done.result.id
    for group, names in kept.items():
        try:
            there = context.list_kind(group)
        except NodeError:
            continue
        for live in there:
            if live.name in names and live.id != names[live.name]:
                _remove(context, group, live)


def _remove(context: RunContext, group: Address, live: Live) -> None:
    kind = context.kind_of(group)
    address = Address(group.kind, group.project, live.name)

    def call(api: NodeApi) -> None:
        kind.delete(api, group.project, live.id, drop_data=False)

    request = capture(call)
    aid = f"duplicate-{live.id}"
    context.lease.gate()
    context.journal.append(
        Intent(
            aid=aid,
            address=str(address),
            type=kind.name,
            step=1,
            steps=1,
            verb=Verb.DELETE,
            node=context.plan.node,
            method=request.method,
            path=request.path,
            body_sha256=None,
            pre=print_of(context, address, live),
            idem=Idempotency("delete", live.id),
            drain_s=context.drain_s,
        )
    )
    context.lease.gate()
    try:
        with around("dss.write"):
            call(context.api)
    except ObjectMissing:
        pass
    except NodeError as error:
        context.journal.append(Failed(aid, False, type(error).__name__, error.status, error.what))
        try:
            there = context.read(group, live.id) is not None
        except NodeError:
            return  # the intent stays open: resume looks
        if there:
            context.journal.append(Absent(aid))
            return
    context.journal.post(done_record(aid, context, address, None, found=False, entry=None))
