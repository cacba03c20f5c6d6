"""Messages of scenarios: who is told, how and when; in reporters, and in steps that send.

::

    reporters:
      - {mail: {to: team@example.org, subject: "…"}, when: failed}      # failed, succeeded, always, or a formula
      - {slack: {channel: ops, message: "…"}, phase: START}
      - {teams: {…}}       # webhook, dataset, google_chat; or type: and DSS's own configuration

Addresses of web hooks hold their credential: they stay on the node and are never written to files.
Source: object-shapes.md 9.2, api-projects-scenarios-deployer.md 4.6. All [seen].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.resources.exact_forms import shortest, unwrapped

__all__ = [
    "CONFIGURATION_DEFAULTS",
    "MESSAGE_WORDS",
    "REPORTER_KEYS",
    "expand_message",
    "expand_reporter",
    "lean_reporter",
    "shorten_message",
    "shorten_reporter",
]

_WORDS: Final[Mapping[str, str]] = {
    "mail": "mail-scenario",
    "slack": "slack-scenario",
    "teams": "msft-teams-scenario",
    "google_chat": "google-chat-scenario",
    "dataset": "dataset-scenario",
    "webhook": "webhook-scenario",
}
MESSAGE_WORDS: Final = tuple(_WORDS)
REPORTER_KEYS: Final = ("when", "phase", "name", "active", "type", "messaging", "description")
_WORD_OF: Final = {kind: word for word, kind in _WORDS.items()}
_KEYS: Final[Mapping[str, Mapping[str, str]]] = {
    "mail": {
        "to": "recipient",
        "cc": "ccRecipient",
        "bcc": "bccRecipient",
        "from": "sender",
        "channel": "channelId",
    },
    "slack": {"channel": "channelId"},
    "teams": {"channel": "channelId"},
    "google_chat": {"channel": "channelId"},
    "dataset": {"dataset": "datasetName", "project": "projectKey"},
}
"""Friendly names within a configuration, by word."""

CONFIGURATION_DEFAULTS: Final[Mapping[str, JsonObject]] = MappingProxyType(
    {
        "mail-scenario": {
            "sendAsHTML": False,
            "messageSource": "TEMPLATE_FILE",
            "templateFormat": "FREEMARKER",
            "templateName": "default.ftl",
            "attachments": [],
        },
        "slack-scenario": {
            "mode": "WEBHOOK",
            "messageMode": "TEXT_MESSAGE",
            "useProxy": True,
            "asUser": False,
            "linkNames": False,
        },
        "msft-teams-scenario": {"useProxy": True},
        "google-chat-scenario": {"useProxy": True},
        "webhook-scenario": {"method": "POST", "useProxy": True, "headers": [], "parameters": [], "form": []},
    }
)
"""What the editor fills in, by type [seen]."""

_FORMULAS: Final[Mapping[str, str]] = {
    "failed": "outcome != 'SUCCESS'",  # what the editor proposes [seen]
    "succeeded": "outcome == 'SUCCESS'",
}
_WORD_OF_FORMULA: Final = {formula: word for word, formula in _FORMULAS.items()}
_ALWAYS: Final = "always"


def expand_message(value: Json) -> Json:
    """Return DSS's ``messaging``.

    >>> expand_message({"mail": {"to": "a@b.c"}})
    {'type': 'mail-scenario', 'configuration': {'recipient': 'a@b.c'}}
    """
    if not is_object(value) or len(value) != 1:
        return value
    ((word, given),) = value.items()
    if word not in _WORDS or not is_object(given):
        return value
    keys = _KEYS.get(word, {})
    configuration: JsonObject = {keys.get(key, key): item for key, item in given.items()}
    return {"type": _WORDS[word], **({"configuration": configuration} if given else {})}


def shorten_message(raw: Json) -> Json:
    """Return the short form of ``messaging``, if it says exactly the same."""
    if not is_object(raw):
        return raw
    word, configuration = _WORD_OF.get(str(raw.get("type"))), raw.get("configuration", {})
    if word is None or not is_object(configuration):
        return raw
    names = {dss: key for key, dss in _KEYS.get(word, {}).items()}
    return shortest(raw, expand_message, [{word: {names.get(key, key): item for key, item in configuration.items()}}])


def expand_reporter(reporter: Json) -> Json:
    """Return DSS's reporter; what is no short form is returned as it is.

    >>> expand_reporter({"slack": {"message": "x"}, "when": "failed"})["runCondition"]
    "outcome != 'SUCCESS'"
    """
    if not is_object(reporter) or "messaging" in reporter:
        return reporter
    wrapped = unwrapped(reporter)
    words = [word for word in MESSAGE_WORDS if word in reporter]
    if wrapped is not None or len(words) != 1 or not is_object(reporter[words[0]]):
        return reporter if wrapped is None else wrapped
    rest = {key: value for key, value in reporter.items() if key not in (*words, "when")}
    condition: JsonObject = {}
    if "when" in reporter:
        when = reporter["when"]
        always: JsonObject = {"runConditionEnabled": False}
        formula = _FORMULAS.get(str(when), when)
        condition = always if when == _ALWAYS else {"runConditionEnabled": True, "runCondition": formula}
    return {**rest, **condition, "messaging": expand_message({words[0]: reporter[words[0]]})}


def shorten_reporter(raw: Json) -> Json:
    """Return the short form of a reporter, if it says exactly the same."""
    return shortest(raw, expand_reporter, _proposals(raw))


def _proposals(raw: Json) -> Iterator[Json]:
    message = shorten_message(raw.get("messaging")) if is_object(raw) else None
    if not is_object(raw) or not is_object(message):
        return
    rest = {key: value for key, value in raw.items() if key != "messaging"}
    enabled = rest.pop("runConditionEnabled", None)
    if enabled is True and isinstance(rest.get("runCondition"), str):
        formula = str(rest.pop("runCondition"))
        yield {**message, "when": _WORD_OF_FORMULA.get(formula, formula), **rest}
    elif enabled is False:
        yield {**message, "when": _ALWAYS, **rest}
    else:
        yield {**message, **rest}


def lean_reporter(raw: JsonObject) -> JsonObject:
    """Return a stripped reporter without a condition that does not count."""
    idle = raw.get("runConditionEnabled") is not True
    return {key: value for key, value in raw.items() if not (idle and key == "runCondition")}
