"""Every code a user can meet stands in docs/errors.md, and every code there exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from dataiku_iac.commands.outcome import DriftFound, RunFailed
from dataiku_iac.config.findings import SUMMARIES
from dataiku_iac.core.errors import IacError
from dataiku_iac.engine.requirements import REQUIREMENTS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "python-lib" / "dataiku_iac"
MAKERS = {
    "Problem": 1,
    "problem": 0,
    "_problem": 0,
    "plan_error": 0,
    "error": 0,
    "_error": 0,
    "warning": 0,
    "_warning": 0,
}


def error_codes(error: type[IacError] = IacError) -> Iterator[str]:
    for found in error.__subclasses__():
        if found.__module__.startswith("dataiku_iac"):
            yield found.code
            yield from error_codes(found)


def problem_codes() -> set[str]:
    """The codes that resources and engine give to problems, read from the source."""
    found = {f"missing-{requirement.sort.replace('_', '-')}" for requirement in REQUIREMENTS}
    for path in [*(PACKAGE / "resources").glob("*.py"), *(PACKAGE / "engine").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            at = MAKERS.get(name)
            if at is None or len(node.args) <= at:
                continue
            code = node.args[at]
            if (
                isinstance(code, ast.Constant)
                and isinstance(code.value, str)
                and re.fullmatch(r"[a-z]+(-[a-z]+)*", code.value)
            ):
                found.add(code.value)
    return found


def test_every_code_is_documented_and_every_documented_code_exists() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    documented = {code for row in rows for code in re.findall(r"`([^`]+)`", row)}
    codes = {DriftFound.code, RunFailed.code} | set(error_codes()) | set(SUMMARIES) | problem_codes()
    assert codes - documented == set()
    assert documented - codes == set()
