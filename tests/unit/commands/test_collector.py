from __future__ import annotations

import gc

import click
import pytest

from dataiku_iac.commands import macro, program
from dataiku_iac.commands.collector import rarely_collecting
from dataiku_iac.core.errors import Defect


def test_thresholds_are_put_back_even_after_an_error() -> None:
    before, seen = gc.get_threshold(), []

    @rarely_collecting()
    def work() -> None:
        seen.append(gc.get_threshold())
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        work()
    assert gc.isenabled()
    assert seen[0][0] > 10 * before[0]
    assert gc.get_threshold() == before


def test_the_program_collects_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    before, seen = gc.get_threshold(), []

    @click.command()
    def command() -> None:
        seen.append(gc.get_threshold())

    monkeypatch.setattr(program, "cli", command)
    assert program.main([]) == 0
    assert seen[0] > before
    assert gc.get_threshold() == before


def test_macros_collect_rarely() -> None:
    before, seen = gc.get_threshold(), []

    def command(*_: object) -> None:
        seen.append(gc.get_threshold())
        raise ValueError("enough")

    with pytest.raises(Defect, match="enough"):
        macro.run_macro(command, None, print)  # type: ignore[arg-type]
    assert seen[0] > before
    assert gc.get_threshold() == before
