"""The values offered in the forms of the macros: environments of the files, saved plans, open runs.

A form is being filled while this runs, so nothing may be complete yet: whatever is missing or wrong becomes a line in
the list, with an empty value, that says so. Imports are made late, as DSS may run this without the plugin's packages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

__all__ = ["Choice", "list_choices"]

Choice: TypeAlias = dict[str, str]

_MOST: Final = 200


def list_choices(
    payload: Mapping[str, object], config: Mapping[str, object], plugin_config: Mapping[str, object]
) -> list[Choice]:
    """Return the choices of ``payload["parameterName"]``, the first one empty."""
    name = payload.get("parameterName")
    try:
        from dataiku_iac.commands import form_choices
        from dataiku_iac.core.errors import IacError
    except ImportError as error:
        return [_line(f"the packages of the plugin are missing here ({error.name}): build its code environment")]
    try:
        first, found = form_choices.find_choices(str(name), dict(config), dict(plugin_config))
    except IacError as error:
        return [_line(f"could not be listed: {error.what}")]
    return [_line(first), *({"value": value, "label": label} for value, label in found[:_MOST])]


def _line(text: str) -> Choice:
    return {"value": "", "label": text}
