"""Refusals of the project calls."""

from emulator.errors import DssError, coded_error

__all__ = ["bad_project_key", "missing_argument"]


def missing_argument(message: str) -> DssError:
    """Project without owner and the like: 400 with the short class name [seen]."""
    return DssError(400, "IllegalArgumentException", message)


def bad_project_key(message: str) -> DssError:
    """Key that is taken or has other characters than letters, digits, underscore [doc]."""
    return coded_error("ERR_PROJECT_INVALID_PROJECT_KEY", message, status=400)
