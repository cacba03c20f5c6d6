"""Refusals of the macro routes. Source: api-projects-scenarios-deployer.md 6, plugin-components.md 7.5."""

from emulator.errors import DssError, illegal_argument, not_found, unauthorized
from emulator.json_text import JsonObject

__all__ = ["macro_failed", "macro_forbidden", "macro_missing", "no_choices", "run_missing", "still_running"]


def macro_missing(runnable_type: str) -> DssError:
    """No plugin has such a macro."""
    return not_found(f"Runnable not found: {runnable_type}")


def macro_forbidden(runnable_type: str, needed: str) -> DssError:
    """The caller lacks a right that the macro's descriptor asks for [doc]."""
    return unauthorized(f"You may not run {runnable_type} (missing: {needed})")


def run_missing(run_id: str) -> DssError:
    """The run is unknown, its result was fetched, or the node was restarted [client]."""
    return not_found(f"No such run: {run_id}")


def still_running(run_id: str) -> DssError:
    """A result is there only after the end [client]."""
    return illegal_argument(f"The run {run_id} is still running")


def macro_failed(error: JsonObject, status: int) -> DssError:
    """The run ended by an exception; that its result is an error is [inferred]."""
    return DssError(status, str(error.get("errorType")), str(error.get("detailedMessage")))


def no_choices(runnable_type: str, param: str) -> DssError:
    """The parameter has no choices from Python."""
    return illegal_argument(f"Parameter '{param}' of {runnable_type} does not get its choices from Python")
