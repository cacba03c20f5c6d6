"""``validate``: everything that can be said of the files without any node."""

from __future__ import annotations

from dataclasses import dataclass

from dataiku_iac.commands.checks import checks_of_files
from dataiku_iac.commands.inputs import Target
from dataiku_iac.commands.outcome import Outcome
from dataiku_iac.commands.surroundings import Surroundings
from dataiku_iac.commands.wiring import open_bench
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.kind import Registry
from dataiku_iac.report.json_form import REPORT_FORMAT, problem_json
from dataiku_iac.report.views import problem_line
from dataiku_iac.report.words import plural

__all__ = ["ValidateInputs", "validate"]


@dataclass(frozen=True, slots=True)
class ValidateInputs:
    """``validate``. ``strict``: warnings are errors."""

    target: Target
    strict: bool = False


def validate(inputs: ValidateInputs, surroundings: Surroundings, registry: Registry) -> Outcome:
    """Load the files for one environment.

    Raises:
        ConfigError: with every problem.
    """
    with open_bench(inputs.target, surroundings, registry) as bench:
        loaded = bench.load(strict=inputs.strict)
    found = loaded.configuration
    warnings = [problem_line(problem) for problem in found.warnings]
    lines = [
        f"  ✓ {plural(len(found.resources), 'object')} in {plural(len(found.projects), 'project')}",
        *(f"  {'✓' if check.passed else '✗'} {check.text}" for check in checks_of_files(found.warnings)),
    ]
    parts = [f"Environment: {found.environment}\nStack: {found.stack}", "\n".join(["Validations:", *lines])]
    if warnings:
        parts.append("\n".join(["Warnings:", *(f"  - {line}" for line in warnings)]))
    parts.append(f"Validation: PASSED{' (with warnings)' if warnings else ''}")
    twin: JsonObject = {
        "format": REPORT_FORMAT,
        "kind": "validation",
        "summary": {"objects": len(found.resources), "warnings": len(warnings)},
        "stack": found.stack,
        "environment": found.environment,
        "config_digest": found.digest,
        "problems": [problem_json(problem) for problem in found.warnings],
    }
    return Outcome(text="\n\n".join(parts) + "\n", json=twin, html="")
