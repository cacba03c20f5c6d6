"""``state show``: what is recorded, and whether a run is open. Reads the store only."""

from __future__ import annotations

from dataiku_iac.commands.inputs import Target
from dataiku_iac.commands.outcome import Outcome
from dataiku_iac.commands.recorded import read_recorded
from dataiku_iac.commands.surroundings import Surroundings
from dataiku_iac.commands.wiring import open_bench
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.kind import Registry
from dataiku_iac.report.json_form import REPORT_FORMAT
from dataiku_iac.report.values import printable
from dataiku_iac.report.words import plural

__all__ = ["show_state"]


def show_state(target: Target, surroundings: Surroundings, registry: Registry) -> Outcome:
    """Return the recorded objects of a stack.

    Raises:
        StateError: nothing is stored.
    """
    with open_bench(target, surroundings, registry) as bench:
        store = bench.existing_store()
        stack = bench.stack()
        state, head = read_recorded(store, stack=stack.name, environment=stack.environment)
        lease = store.leases.read()
        where = store.where()
    owner = None if lease is None else lease.lease.owner
    lines = [
        f"Stack: {stack.name}, environment: {stack.environment}",
        f"Store: {where}",
        f"Lineage: {head.lineage}, serial {head.serial}, committed {head.committed_at}",
    ]
    if head.open_run:
        lines.append(f"Open run: {head.open_run} (resume it)")
    if owner is not None:
        lines.append(
            f"Lease: held by {printable(owner.user)} on {printable(owner.host)} for {owner.op}, run {owner.run}"
        )
    lines += ["", f"Recorded: {plural(len(state.resources), 'object')}"]
    entries: list[Json] = []
    for address, recorded in sorted(state.resources.items()):
        marks = [
            word
            for word, is_set in (("adopted", recorded.adopted), ("protected", recorded.lifecycle.protect))
            if is_set
        ]
        lines.append(f"  {printable(str(address))}" + (f"  ({', '.join(marks)})" if marks else ""))
        entries.append(
            {
                "address": str(address),
                "id": recorded.id,
                "adopted": recorded.adopted,
                "protected": recorded.lifecycle.protect,
                "applied_at": recorded.applied_at,
                "run": recorded.run,
            }
        )
    twin: JsonObject = {
        "format": REPORT_FORMAT,
        "kind": "state",
        "summary": {"objects": len(entries), "serial": head.serial, "open_run": head.open_run or ""},
        "stack": stack.name,
        "environment": stack.environment,
        "lineage": head.lineage,
        "where": where,
        "resources": entries,
    }
    return Outcome(text="\n".join(lines) + "\n", json=twin, html="")
