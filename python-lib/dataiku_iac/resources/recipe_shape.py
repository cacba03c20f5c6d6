"""What is particular to a recipe type below the surface: its short forms, its defaults, what of it has no effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.fields import FieldTable
from dataiku_iac.resources.short_forms import Part

__all__ = ["Change", "Shape", "leave_as_is"]

Change = Callable[[JsonObject], JsonObject]


def leave_as_is(found: JsonObject) -> JsonObject:
    """Return what has no leftovers."""
    return found


@dataclass(frozen=True, slots=True)
class Shape:
    """One type.

    Attributes:
        payload: short forms of the payload.
        params: short forms of the params.
        defaults: of the payload, folded and sent; below ``*`` those of every element of a list.
        params_defaults: of the params, likewise.
        params_rows: further rows of the field table, relative to the params.
        sent: what a creation of the payload is completed with besides, and what is no default: it is declared or seen.
        complete: adds what a new payload needs and depends on what is declared.
        rows: further rows of the field table, relative to the payload.
        set_aside: takes out of a payload what has no effect.
        set_aside_params: likewise.
    """

    payload: tuple[Part, ...] = ()
    params: tuple[Part, ...] = ()
    defaults: JsonObject = field(default_factory=dict)
    params_defaults: JsonObject = field(default_factory=dict)
    params_rows: FieldTable = field(default_factory=dict)
    sent: JsonObject = field(default_factory=dict)
    rows: FieldTable = field(default_factory=dict)
    complete: Change = leave_as_is
    set_aside: Change = leave_as_is
    set_aside_params: Change = leave_as_is
