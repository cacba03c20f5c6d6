"""``resume``: go on with a run that did not finish, whoever began it and wherever; or give it up."""

from __future__ import annotations

from dataiku_iac.commands.inputs import ResumeInputs
from dataiku_iac.commands.outcome import Outcome
from dataiku_iac.commands.progress import Stages
from dataiku_iac.commands.reports import keep_report
from dataiku_iac.commands.run_outcome import render_run
from dataiku_iac.commands.surroundings import Surroundings
from dataiku_iac.commands.wiring import open_bench
from dataiku_iac.core.errors import StateError
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.roles import Progress
from dataiku_iac.engine import resume as engine_resume
from dataiku_iac.store.processes import make_owner

__all__ = ["resume"]


def resume(inputs: ResumeInputs, surroundings: Surroundings, registry: Registry, progress: Progress) -> Outcome:
    """Do what is left of the open run, or with ``inputs.abandon`` close it as it is.

    Raises:
        IacError: there is no open run, its owner lives, or node or store do not answer.
    """
    with open_bench(inputs.target, surroundings, registry) as bench:
        stages = Stages(progress)
        stages.enter(5, "reading the run")
        store = bench.existing_store()
        run = inputs.run or store.heads.read().head.open_run
        if not run:
            raise StateError(
                "no run of this stack is open",
                where=store.where("head.json"),
                next_step="there is nothing to resume; make a plan",
            )
        node = bench.node()
        owner = make_owner(
            run=run,
            op="abandon" if inputs.abandon else "resume",
            user=bench.user(),
            node_url=node.url,
            plugin_version=surroundings.plugin_version,
        )
        stages.enter(10, f"{owner.op} {run}")
        if inputs.abandon:
            result = engine_resume.abandon(
                run,
                session=node.session,
                store=store,
                registry=registry,
                clock=surroundings.clock,
                owner=owner,
                wait_s=float(inputs.wait_s),
            )
        else:
            result = engine_resume.resume(
                run,
                session=node.session,
                store=store,
                registry=registry,
                clock=surroundings.clock,
                owner=owner,
                progress=stages.within(95),
                parallelism=inputs.parallelism or bench.stack().parallelism,
                wait_s=float(inputs.wait_s),
            )
        stages.enter(95, "keeping the report")
        outcome = keep_report(store, render_run(result, ended=inputs.abandon))
        stages.enter(100, "the run is abandoned" if inputs.abandon else "the run has ended")
        return outcome
