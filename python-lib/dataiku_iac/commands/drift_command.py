"""``drift``: how the node differs from what was last applied. Changes nothing on the node."""

from __future__ import annotations

from dataiku_iac.commands.inputs import DriftInputs
from dataiku_iac.commands.names import new_name
from dataiku_iac.commands.outcome import DriftFound, ExitCode, Outcome
from dataiku_iac.commands.progress import Stages
from dataiku_iac.commands.recorded import read_recorded
from dataiku_iac.commands.reports import keep_report
from dataiku_iac.commands.surroundings import Surroundings
from dataiku_iac.commands.trust import keep_proofs, open_trust
from dataiku_iac.commands.wiring import open_bench
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.roles import Progress
from dataiku_iac.engine.drift import find_drift
from dataiku_iac.report import html, text
from dataiku_iac.report.json_form import drift_json
from dataiku_iac.report.words import plural
from dataiku_iac.store.clock import iso

__all__ = ["drift"]


def drift(inputs: DriftInputs, surroundings: Surroundings, registry: Registry, progress: Progress) -> Outcome:
    """Compare every recorded object with the node.

    Raises:
        StateError: nothing is recorded yet.
        IacError: state or node could not be read.
    """
    with open_bench(inputs.target, surroundings, registry) as bench:
        stages = Stages(progress)
        stages.enter(5, "reading the state")
        store = bench.existing_store()
        stack = bench.stack()
        state, head = read_recorded(store, stack=stack.name, environment=stack.environment)
        node = bench.node()
        stages.enter(20, f"reading {node.name}")
        trust = None if inputs.read_all else open_trust(bench, store, may_write=True, survey=True)
        found = find_drift(
            node.session,
            registry,
            state,
            node_url=node.url,
            serial=head.serial,
            at=iso(surroundings.clock),
            trust=trust,
        )
        keep_proofs(trust, store)
        stages.enter(90, "keeping the report")
        shown = text.render_drift(found)
        twin = {**drift_json(found), "text": shown}
        name = f"drift-{new_name(surroundings.clock, surroundings.ids)}"
        failure = None
        if inputs.fail_on_drift and not found.is_clean:
            count = sum(1 for entry in found.entries if entry.status != "unmanaged")
            failure = DriftFound(
                f"{plural(count, 'object')} drifted",
                where=f'stack "{stack.name}", environment "{stack.environment}"',
                next_step=f"read the report {name} in the state store; then import the changes, or plan and apply",
            )
        outcome = Outcome(
            text=shown,
            json=twin,
            html=html.render_drift(found, twin, stored=name),
            exit_code=ExitCode.OK if found.is_clean else ExitCode.CHANGES,
            stored=name,
            failure=failure,
        )
        keep_report(store, outcome)
        stages.enter(100, "compared")
        return outcome
