"""Names of datasets, recipes and the like: what is accepted, and what is taken. Source: api-flow.md 2.3, 3.3."""

import re
from collections.abc import Iterable

from emulator.errors import DssError, illegal_argument
from emulator.profile import Profile

__all__ = ["already_exists", "check_new_name", "is_taken"]


def already_exists(what: str, name: str, profile: Profile) -> DssError:
    """Name conflict: the words "already exists" are sure, status and class are not [unknown]."""
    error = illegal_argument(f"{what} {name} already exists", status=profile.duplicate_name_status)
    error.error_type = "com.dataiku.dip.exceptions.DSSIllegalArgumentException"
    return error


def is_taken(name: str, taken: Iterable[str], profile: Profile) -> bool:
    """Return whether ``name`` collides with one of ``taken``."""
    if profile.names_ignore_case:
        return name.lower() in {other.lower() for other in taken}
    return name in taken


def check_new_name(what: str, name: object, taken: Iterable[str], profile: Profile) -> str:
    """Return ``name`` if it can be given to a new object; raises for a malformed or taken one."""
    if not isinstance(name, str) or not name.strip():
        raise illegal_argument(f"Missing mandatory argument: name of the {what.lower()}")
    if not re.fullmatch(profile.name_pattern, name):
        raise illegal_argument(f"Invalid {what.lower()} name: {name}")
    if is_taken(name, taken, profile):
        raise already_exists(what, name, profile)
    return name
