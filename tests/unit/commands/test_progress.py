from __future__ import annotations

import logging

import pytest

from dataiku_iac.commands.progress import TARGET, Stages, macro_progress


def test_dss_is_told_each_percent_once_and_never_back(caplog: pytest.LogCaptureFixture) -> None:
    told: list[int] = []
    progress = macro_progress(told.append)
    with caplog.at_level(logging.INFO, logger="dataiku_iac"):
        stages = Stages(progress)
        stages.enter(10, "begin")
        part = stages.within(50)
        for done in range(1000):
            part(done, 1000, "object")
        part(0, 0, "nothing to do")
        stages.enter(30, "late")
        stages.enter(100, "end\nFAKE LINE")
    assert told == sorted(set(told))
    assert told[0] == 10
    assert told[-1] == TARGET[0]
    assert 49 in told
    assert "end\\nFAKE LINE" in caplog.text
