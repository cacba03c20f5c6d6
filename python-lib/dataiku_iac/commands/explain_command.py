"""``explain``: why a plan does what it does to one object. Reads the node; writes nothing."""

from __future__ import annotations

import difflib

from dataiku_iac.commands.inputs import PlanInputs
from dataiku_iac.commands.outcome import Outcome
from dataiku_iac.commands.plan_command import plan_on
from dataiku_iac.commands.progress import Stages
from dataiku_iac.commands.surroundings import Surroundings
from dataiku_iac.commands.wiring import open_bench
from dataiku_iac.core.address import Address
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.plan import Plan
from dataiku_iac.core.roles import Progress
from dataiku_iac.report import html
from dataiku_iac.report.explanation import Explanation, explain, explanation_json, render_explanation

__all__ = ["explain_address", "explain_in"]


def explain_address(
    inputs: PlanInputs, address: str, surroundings: Surroundings, registry: Registry, progress: Progress
) -> Outcome:
    """Make a plan and explain what it does to ``address``, e.g. ``dataset.CRM.ORDERS``.

    Raises:
        ConfigError: the address is neither declared nor recorded.
        IacError: no plan can be made.
    """
    with open_bench(inputs.target, surroundings, registry) as bench:
        stages = Stages(progress)
        stages.enter(5, "reading the files")
        bench.load(strict=inputs.strict)
        made = plan_on(bench, stages, save=False).plan
        stages.enter(100, "explained")
    found = explain_in(made, address)
    text, twin = render_explanation(found), explanation_json(found)
    return Outcome(text=text, json=twin, html=html.render_text("Explanation", text, twin))


def explain_in(plan: Plan, text: str) -> Explanation:
    """Return the explanation of one address of ``plan``.

    Raises:
        ConfigError: the plan does not know the address; the nearest one is named.
    """
    try:
        found = explain(plan, Address.parse(text))
    except ValueError as error:
        raise ConfigError(str(error), where=text, next_step="write kind.PROJECT.name") from error
    if found is None:
        near = difflib.get_close_matches(text, [str(change.address) for change in plan.changes], n=1)
        raise ConfigError(
            f"{text} is neither declared nor recorded",
            where=f"stack {plan.stack}, environment {plan.environment}",
            next_step=f'did you mean "{near[0]}"?' if near else "the plan lists all addresses with --unchanged",
        )
    return found
