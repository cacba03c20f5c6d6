"""Refusals of the user, group and key routes. Source: api-admin-govern.md 1.3."""

from emulator.errors import USER_NOT_FOUND, DssError, coded_error, illegal_argument

__all__ = [
    "group_exists",
    "group_missing",
    "invalid_settings",
    "key_missing",
    "no_user_behind_key",
    "password_too_short",
    "self_deletion",
    "user_exists",
    "user_missing",
]


def user_missing(login: str) -> DssError:
    """No such user: 404 is natural, the class is [seen]."""
    return DssError(404, USER_NOT_FOUND, f"User '{login}' not found")


def group_missing(name: str) -> DssError:
    """No such group: 404 is natural, the class is [seen]."""
    return DssError(404, USER_NOT_FOUND, f"Group '{name}' not found")


def key_missing(key_id: str) -> DssError:
    """No such key; class and text are [inferred]."""
    return DssError(404, USER_NOT_FOUND, f"API key '{key_id}' not found")


def user_exists(login: str) -> DssError:
    """Login taken [doc: code]."""
    return coded_error("ERR_SECURITY_USER_EXISTS", f"User '{login}' already exists", status=400)


def group_exists(name: str) -> DssError:
    """Group name taken [doc: code]."""
    return coded_error("ERR_SECURITY_GROUP_EXISTS", f"Group '{name}' already exists", status=400)


def invalid_settings(message: str) -> DssError:
    """Login, display name or group name against the rules [doc: code]."""
    return coded_error("ERR_SECURITY_CRUD_INVALID_SETTINGS", message, status=400)


def password_too_short() -> DssError:
    """Passwords have at least 5 characters [doc]."""
    return coded_error("ERR_SECURITY_INVALID_NEW_PASSWORD", "Password is too short (minimum 5 characters)", status=400)


def no_user_behind_key() -> DssError:
    """A global key has no user of its own [doc]; the text is [inferred]."""
    return illegal_argument("This API key is not associated to a user")


def self_deletion() -> DssError:
    """Deleting oneself needs ``allowSelfDeletion`` [client]; the text is [inferred]."""
    return illegal_argument("You may not delete your own user without allowSelfDeletion")
