"""Refusals of a node: status, Java class and text, in the envelope that the official client reads.

An area with error bodies of its own keeps them in its ``errors.py`` and builds them from ``DssError``.
Sources: api-flow.md 2, api-projects-scenarios-deployer.md 1.4, api-admin-govern.md 1.3.
"""

from typing import Final

from emulator.json_text import JsonObject

__all__ = [
    "USER_NOT_FOUND",
    "DssError",
    "coded_error",
    "forbidden_by_profile",
    "illegal_argument",
    "not_authenticated",
    "not_found",
    "null_pointer",
    "unauthorized",
]

USER_NOT_FOUND: Final = "com.dataiku.dip.server.controllers.NotFoundException"
"""Users and groups have a NotFound class of their own [seen]."""
_EXCEPTIONS: Final = "com.dataiku.dip.exceptions."


class DssError(Exception):
    """A refusal; the server turns it into ``{"errorType", "message", "detailedMessage", ...}`` with ``status``."""

    def __init__(self, status: int, error_type: str, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type
        self.message = message
        self.code = code

    def to_json(self) -> JsonObject:
        """Return the error body; only the first three keys are read by the official client [client]."""
        body: JsonObject = {
            "errorType": self.error_type,
            "message": self.message,
            "detailedMessage": self.message,
            "detailedMessageHTML": f"<span>{_html(self.message)}</span>",
            "stackTraceStr": f"{self.error_type}: {self.message}",
        }
        if self.code is not None:
            body["code"] = self.code
        return body


def not_found(message: str, *, status: int = 404) -> DssError:
    """Missing object inside something the caller may read: 404 [seen]."""
    return DssError(status, _EXCEPTIONS + "NotFoundException", message)


def unauthorized(message: str, *, status: int = 403) -> DssError:
    """Not enough rights: 403 [seen]; 401 for projects (see ``Profile.hidden_project_status``)."""
    return DssError(status, _EXCEPTIONS + "UnauthorizedException", message)


def forbidden_by_profile(profile: str) -> DssError:
    """The user's licence profile does not allow it, whatever the project's permissions say [doc: code]; 403 is [inferred]."""
    error = unauthorized(f"ERR_USER_ACTION_FORBIDDEN_BY_PROFILE: your profile {profile} does not allow this action")
    error.code = "ERR_USER_ACTION_FORBIDDEN_BY_PROFILE"
    return error


def not_authenticated(message: str = "Unknown API Key") -> DssError:
    """Missing, unknown or expired key: 401 [seen]."""
    return DssError(401, _EXCEPTIONS + "NotAuthenticatedException", message)


def illegal_argument(message: str, *, status: int = 400) -> DssError:
    """Bad or missing argument: 400 with the Java class of the JDK [seen]."""
    return DssError(status, "java.lang.IllegalArgumentException", message)


def coded_error(code: str, message: str, *, status: int = 500, io: bool = False) -> DssError:
    """Refusal with a documented ``ERR_...`` code: usually 500 [seen]."""
    name = "CodedIOException" if io else "CodedException"
    return DssError(status, _EXCEPTIONS + name, message, code=code)


def null_pointer() -> DssError:
    """What a node answers to a partial body where it reads a whole one: 500 [seen: project settings]."""
    return DssError(500, "java.lang.NullPointerException", "null")


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
