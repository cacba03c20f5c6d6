"""What a load found, in the order in which somebody needs it."""

from __future__ import annotations

import pytest

from dataiku_iac.config.findings import Findings
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.problem import Place


def test_what_stops_stands_before_what_does_not() -> None:
    findings = Findings()
    findings.warning("no-checks", "ORDERS", place=Place("a.yml", 1))
    findings.error("unknown-key", '"x"', place=Place("b.yml", 1))
    findings.warning("no-checks", "SALES", place=Place("c.yml", 1))
    findings.error("missing-key", '"y"', place=Place("d.yml", 1))
    with pytest.raises(ConfigError) as raised:
        findings.raise_errors(where=".")
    assert [str(problem.place) for problem in raised.value.problems] == ["b.yml:1", "d.yml:1", "a.yml:1", "c.yml:1"]
    with pytest.raises(ConfigError) as raised:
        findings.raise_errors(where=".", strict=True)
    assert [str(problem.place) for problem in raised.value.problems] == ["a.yml:1", "b.yml:1", "c.yml:1", "d.yml:1"]
