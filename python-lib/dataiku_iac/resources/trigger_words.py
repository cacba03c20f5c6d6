"""Triggers of scenarios in one word each, both ways.

::

    triggers:
      - {daily: "02:30", timezone: Europe/Paris}           # timezone: of the server, unless given; every: 2 = each second day
      - {weekly: "06:00", days: [Monday, Friday]}
      - {monthly: "01:00", startingFrom: "2026-01-31"}     # monthlyRunOn: LAST_DAY_OF_THE_MONTH, FIRST_WEEK, …
      - {hourly: 15}                                       # minute of the hour
      - {minutely: 10}                                     # each ten minutes
      - {cron: "30 6 * * mon-fri"}                         # as far as DSS can say it
      - {changed: [RAW, "folder:exports"], delay: 900}
      - {after: OTHER.NIGHTLY}
      - {sql: "select …", connection: pg}                  # fires when the result changes
      - {python: "…", code_env: py311}
      - {type: pytrigger_x_y, config: {…}}                 # any other: DSS's type, and its params beside it

Everything beside the word is DSS's own. Source: api-projects-scenarios-deployer.md 4.6, object-shapes.md 9.1. All [seen].
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.resources.exact_forms import shortest, unwrapped
from dataiku_iac.resources.scenario_steps import TRIGGERS
from dataiku_iac.resources.selections import STEP_CODE_ENV

__all__ = ["TRIGGER_KEYS", "TRIGGER_WORDS", "expand_trigger", "lean_trigger", "shorten_trigger", "usual_delay"]

_AT_A_TIME: Final[Mapping[str, str]] = {"daily": "Daily", "weekly": "Weekly", "monthly": "Monthly"}
_FREQUENCIES: Final[Mapping[str, str]] = {**_AT_A_TIME, "hourly": "Hourly", "minutely": "Minutely"}
_WORD_OF_FREQUENCY: Final = {dss: word for word, dss in _FREQUENCIES.items()}
_PARAM_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "changed": ("ds_modified", "items"),
    "after": ("follow_scenariorun", "scenario"),
    "sql": ("sql_query", "sql"),
    "python": ("custom_python", "code"),
    "cron": ("temporal", "cron"),
}
_WORD_OF_TYPE: Final = {kind: word for word, (kind, _) in _PARAM_WORDS.items() if word != "cron"}
TRIGGER_WORDS: Final = (*_FREQUENCIES, *_PARAM_WORDS)
TRIGGER_KEYS: Final = ("every", "days", "code_env", "name", "type", "items", "scenario", "cron", "active", "delay")
_TIME: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_COUNTS: Final[Mapping[str, frozenset[str]]] = {
    "Minutely": frozenset(),
    "Hourly": frozenset({"minute"}),
    "Daily": frozenset({"minute", "hour"}),
    "Weekly": frozenset({"minute", "hour", "daysOfWeek"}),
    "Monthly": frozenset({"minute", "hour", "monthlyRunOn"}),
}
"""Which params count in which frequency; the editor stores all of them whatever the frequency [seen]."""


def expand_trigger(trigger: JsonObject) -> JsonObject:
    """Return DSS's trigger; what is no short form is read as the flat form.

    >>> expand_trigger({"daily": "02:30"})["params"]
    {'frequency': 'Daily', 'hour': 2, 'minute': 30}
    """
    wrapped = unwrapped(trigger)
    if wrapped is not None:
        return wrapped
    words = [word for word in TRIGGER_WORDS if word in trigger]
    if "type" in trigger or len(words) != 1:
        return TRIGGERS.expand(trigger)
    word = words[0]
    rest = {key: value for key, value in trigger.items() if key != word}
    if word in _FREQUENCIES:
        when = _expand_when(word, trigger[word])
        days: JsonObject = {"daysOfWeek": rest.pop("days")} if "days" in rest else {}
        every: JsonObject = {"repeatFrequency": rest.pop("every")} if "every" in rest else {}
        return TRIGGERS.expand({"type": "temporal", **when, **days, **every, **rest})
    kind, key = _PARAM_WORDS[word]
    main = trigger[word]
    if key == "items" and not is_list(main):
        main = [main]
    env: JsonObject = {"envSelection": STEP_CODE_ENV.expand(rest.pop("code_env"))} if "code_env" in rest else {}
    return TRIGGERS.expand({"type": kind, key: main, **env, **rest})


def shorten_trigger(raw: JsonObject) -> JsonObject:
    """Return the shortest form that says exactly the same."""
    found = shortest(raw, lambda value: expand_trigger(value) if is_object(value) else value, _proposals(raw))
    return found if is_object(found) else raw


def usual_delay(kind: str) -> int:
    """Return how often a trigger of a type is evaluated unless it says otherwise, in seconds [seen]."""
    return 5 if kind == "temporal" else 900


def lean_trigger(raw: JsonObject) -> JsonObject:
    """Return a stripped trigger without the usual delay of its type, and without params that do not count in its frequency."""
    if raw.get("delay") == usual_delay(str(raw.get("type"))):
        raw = {key: value for key, value in raw.items() if key != "delay"}
    params = raw.get("params")
    counts = _COUNTS.get(str(params.get("frequency"))) if is_object(params) else None
    if not is_object(params) or counts is None or raw.get("type") != "temporal":
        return raw
    idle = frozenset({"minute", "hour", "daysOfWeek", "monthlyRunOn"}) - counts
    return {**raw, "params": {key: value for key, value in params.items() if key not in idle}}


def _expand_when(word: str, value: Json) -> JsonObject:
    frequency = _FREQUENCIES[word]
    if word == "minutely":
        return {"frequency": frequency, "repeatFrequency": value}
    if word == "hourly":
        return {"frequency": frequency, "minute": value}
    time = _TIME.fullmatch(value) if isinstance(value, str) else None
    at: JsonObject = {"hour": int(time[1]), "minute": int(time[2])} if time else {"time": value}
    return {"frequency": frequency, **at}


def _proposals(raw: JsonObject) -> Iterator[Json]:
    flat = TRIGGERS.shorten(raw)
    rest = {key: value for key, value in flat.items() if key != "type"}
    kind = str(flat.get("type"))
    if "params" not in flat and kind == "temporal" and flat.get("frequency") in _WORD_OF_FREQUENCY:
        yield _shorten_when(_WORD_OF_FREQUENCY[str(rest.pop("frequency"))], rest)
    elif "params" not in flat and kind in _WORD_OF_TYPE:
        word = _WORD_OF_TYPE[kind]
        main = rest.pop(_PARAM_WORDS[word][1], None)
        if "envSelection" in rest:
            rest["code_env"] = STEP_CODE_ENV.shorten(rest.pop("envSelection"))
        one = word == "changed" and is_list(main) and len(main) == 1 and isinstance(main[0], str)
        if main is not None:
            yield {word: main[0] if one and is_list(main) else main, **rest}
    yield flat


def _shorten_when(word: str, rest: dict[str, Json]) -> JsonObject:
    found: dict[str, Json] = {}
    if word == "minutely":
        found[word] = rest.pop("repeatFrequency", 1)
    elif word == "hourly":
        found[word] = rest.pop("minute", None)
    else:
        hour, minute = rest.pop("hour", None), rest.pop("minute", None)
        found[word] = f"{hour:02d}:{minute:02d}" if isinstance(hour, int) and isinstance(minute, int) else None
    renamed = {"repeatFrequency": "every", "daysOfWeek": "days"}
    return {**found, **{renamed.get(key, key): value for key, value in rest.items()}}
