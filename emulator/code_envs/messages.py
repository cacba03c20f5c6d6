"""The InfoMessages object by which code envs and plugins report: also refusals, with HTTP 200. Source: api-projects-scenarios-deployer.md 2.1."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from emulator.json_text import JsonObject

__all__ = ["Message", "info_messages"]

Severity = Literal["INFO", "SUCCESS", "WARNING", "ERROR"]
_ORDER: Final = ("INFO", "SUCCESS", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class Message:
    """One line, e.g. ``Message("ERROR", "ERR_CODEENV_EXISTING_ENV", "Code env exists", "PYTHON env x already exists")``."""

    severity: Severity
    code: str
    title: str
    text: str

    def to_json(self) -> JsonObject:
        """Return the message as the node writes it."""
        return {
            "severity": self.severity,
            "isFatal": False,
            "code": self.code,
            "title": self.title,
            "message": self.text,
            "details": self.text,
        }


def info_messages(messages: Sequence[Message] = ()) -> JsonObject:
    """Return the object; ``success`` says only that there is a SUCCESS message, not that the work was done [seen]."""
    severities = {message.severity for message in messages}
    document: JsonObject = {
        "messages": [message.to_json() for message in messages],
        "anyMessage": bool(messages),
        "success": "SUCCESS" in severities,
        "warning": "WARNING" in severities,
        "error": "ERROR" in severities,
        "fatal": False,
    }
    if severities:
        document["maxSeverity"] = max(severities, key=_ORDER.index)
    return document
