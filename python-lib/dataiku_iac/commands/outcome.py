"""What a command gives back, and the exit codes of the program."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.errors import ConfigError, IacError, LeaseHeld, NotAllowed, ObjectMissing
from dataiku_iac.report.views import Check

__all__ = ["DriftFound", "ExitCode", "Outcome", "RunFailed", "exit_code_of"]


class ExitCode(IntEnum):
    """Exit codes of the program; 2 is a wrong command line and never "there are changes"."""

    OK = 0
    GENERAL = 1
    USAGE = 2
    VALIDATION = 3
    AUTHENTICATION = 4
    NOT_FOUND = 5
    LOCKED = 6
    CHANGES = 7
    TESTS = 8


def exit_code_of(error: IacError) -> ExitCode:
    """Return the code for a command that ended by ``error``."""
    match error:
        case ConfigError():
            return ExitCode.VALIDATION
        case NotAllowed():
            return ExitCode.AUTHENTICATION
        case ObjectMissing():
            return ExitCode.NOT_FOUND
        case LeaseHeld():
            return ExitCode.LOCKED
        case _:
            return ExitCode.GENERAL


class DriftFound(IacError):
    """Drift was found by somebody who asked to fail on it."""

    code = "DRIFT-FOUND"


class RunFailed(IacError):
    """A run ended, and not all of its plan is done. What was done is recorded."""

    code = "RUN-FAILED"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one command, in every form.

    Attributes:
        html: a page that holds ``json`` too.
        stored: name of the report in the state store (``.json`` and ``.html``); empty where there is no store.
        failure: set if the command came to its end and yet did not do what was asked (a run that did not finish): the
            report is stored all the same, and a macro raises this.
        checks: what was verified for a plan.
    """

    text: str
    json: JsonObject
    html: str
    exit_code: ExitCode = ExitCode.OK
    stored: str = ""
    failure: IacError | None = None
    checks: tuple[Check, ...] = ()
