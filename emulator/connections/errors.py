"""Refusals of the connection routes. Source: api-admin-govern.md 1.3, 2."""

from emulator.errors import DssError, coded_error, illegal_argument, unauthorized
from emulator.profile import Profile

__all__ = ["connection_exists", "connection_missing", "details_not_readable", "not_usable", "test_not_implemented"]


def connection_missing(name: str, profile: Profile) -> DssError:
    """A JDK class instead of NotFound, and a status that is not always the same [seen]."""
    return illegal_argument(f"Connection '{name}' does not exist", status=profile.missing_connection_status)


def connection_exists(name: str, profile: Profile) -> DssError:
    """Status of a second creation is not known, see ``Profile.duplicate_name_status``."""
    return illegal_argument(f"Connection '{name}' already exists", status=profile.duplicate_name_status)


def details_not_readable(name: str) -> DssError:
    """The caller is not among those who may read details and credentials [doc]."""
    return unauthorized(f"You are not allowed to read the details of connection '{name}'")


def not_usable(name: str) -> DssError:
    """The caller is not among those who may use the connection [doc: code]."""
    return coded_error("ERR_NOT_USABLE_FOR_USER", f"You may not use connection '{name}'", status=403)


def test_not_implemented(connection_type: str) -> DssError:
    """Types without a test fail with this class in the text [seen]."""
    return DssError(
        500,
        "org.apache.commons.lang.NotImplementedException",
        f"NotImplementedException: no test for {connection_type}",
    )
