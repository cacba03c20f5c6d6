"""Cron lines as time triggers of scenarios, as far as DSS can express them (api-projects-scenarios-deployer.md 4.6)."""

from __future__ import annotations

from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject

__all__ = ["NotExpressible", "temporal_of_cron"]

_DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_SHORT: Final = {day[:3].lower(): i for i, day in enumerate(_DAYS)}


class NotExpressible(ValueError):
    """A time trigger of DSS cannot say this cron line; the message says which field and what is possible."""


def temporal_of_cron(line: str) -> JsonObject:
    """Return the params of a time trigger.

    >>> temporal_of_cron("30 2 * * mon-fri")["daysOfWeek"]
    ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday']
    >>> temporal_of_cron("*/15 * * * *")
    {'frequency': 'Minutely', 'repeatFrequency': 15}

    Raises:
        NotExpressible: lists of minutes or hours, days of the month and months have no counterpart.
    """
    fields = line.split()
    if len(fields) != 5:
        raise NotExpressible(f'"{line}" has {len(fields)} fields, cron has 5: minute hour day month weekday')
    minute, hour, day, month, weekday = fields
    if (day, month) != ("*", "*"):
        raise NotExpressible(f'days of the month and months ("{day} {month}") cannot be said; use frequency: Monthly')
    if hour == "*" or hour.startswith("*/"):
        if weekday != "*":
            raise NotExpressible(f'"{weekday}" needs one fixed hour')
        return _within_a_day(minute, hour)
    at: dict[str, Json] = {"hour": _number(hour, 23, "hour"), "minute": _number(minute, 59, "minute")}
    if weekday == "*":
        return {"frequency": "Daily", **at}
    return {"frequency": "Weekly", "daysOfWeek": [_DAYS[i] for i in _weekdays(weekday)], **at}


def _within_a_day(minute: str, hour: str) -> JsonObject:
    if hour == "*" and (minute == "*" or minute.startswith("*/")):
        return {"frequency": "Minutely", "repeatFrequency": _every(minute, 59, "minute")}
    return {
        "frequency": "Hourly",
        "repeatFrequency": _every(hour, 23, "hour"),
        "minute": _number(minute, 59, "minute"),
    }


def _every(text: str, highest: int, name: str) -> int:
    if text == "*":
        return 1
    every = _number(text.removeprefix("*/"), highest, name)
    if every == 0 or (highest + 1) % every:
        raise NotExpressible(f'"{text}" does not divide {highest + 1} {name}s, so cron and DSS would differ')
    return every


def _number(text: str, highest: int, name: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > highest:
        raise NotExpressible(f'"{text}" as {name}: one number from 0 to {highest} can be said')
    return int(text)


def _weekdays(text: str) -> list[int]:
    days: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = part.partition("-")
        low = _weekday(first)
        high = _weekday(last) if dash else low
        if high < low:
            high += 7  # sat-mon
        days |= {day % 7 for day in range(low, high + 1)}
    return sorted(days, key=lambda day: (day - 1) % 7)


def _weekday(text: str) -> int:
    if text in _SHORT:
        return _SHORT[text]
    return _number(text, 7, "weekday") % 7
