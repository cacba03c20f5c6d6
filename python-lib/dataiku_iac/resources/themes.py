"""Themes of charts and dashboards (DSS 14+): each object holds a full copy of its theme, 150 lines of colors and fonts.

The copy of DSS's default theme says nothing, and differs only with the version that made it: it is neither declared nor
compared. Any other theme is declared whole, as nothing says that a node completes one from its id [unknown].
"""

from __future__ import annotations

from typing import Final

from dataiku_iac.core.canonical import Json, is_object
from dataiku_iac.core.fields import Field

__all__ = ["COPY_OF_DEFAULT", "has_default_theme"]

_DEFAULT: Final = "__dku_dss_default_theme__"

COPY_OF_DEFAULT: Final = Field(ignored=True, reason="a copy of DSS's default theme [seen]")
"""Row of ``theme`` where ``has_default_theme``."""


def has_default_theme(holder: Json) -> bool:
    """Tell whether ``holder`` (a dashboard, the params of a chart) has DSS's default theme, untouched."""
    theme = holder.get("theme") if is_object(holder) else None
    return is_object(theme) and theme.get("id") == _DEFAULT and theme.get("isCustomized") is not True
