"""Runs macros the way a CI job does: through DSS's public API, with the official client."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tools.local_nodes import CONTROL_PROJECT, PLUGIN

__all__ = ["MacroFailed", "MacroResult", "RunningMacro", "run_macro", "start_macro"]

_TWIN: Final = re.compile(r'<script type="application/json" id="dataiku-iac-result">(.*?)</script>', re.DOTALL)
_POLL_S: Final = 0.1


class MacroFailed(Exception):
    """The macro ended with an error; the text is what the user sees."""


@dataclass(frozen=True, slots=True)
class MacroResult:
    """The page for people and its twin for programs."""

    page: str

    @property
    def json(self) -> dict[str, Any]:
        """Return the result as data."""
        found = _TWIN.search(self.page)
        if found is None:
            raise MacroFailed("the page holds no result for programs")
        return dict(json.loads(html.unescape(found.group(1))))


@dataclass(slots=True)
class RunningMacro:
    """A macro that was started and not waited for."""

    macro: Any
    run_id: str

    @property
    def is_running(self) -> bool:
        """Whether its process is at work."""
        return bool(self.macro.get_status(self.run_id)["running"])

    def kill(self) -> None:
        """End its process at once; DSS kills it, so nothing in it gets to tidy up."""
        self.macro.abort(self.run_id)

    def wait(self) -> MacroResult:
        """Wait for the end and fetch the result, which can be fetched once."""
        while True:
            status = self.macro.get_status(self.run_id)
            if not status["running"]:
                break
            time.sleep(_POLL_S)
        error = status.get("storedError")
        if error:
            raise MacroFailed(str(error.get("message") or error))
        page = self.macro.get_result(self.run_id, as_type="string")
        return MacroResult(page.decode() if isinstance(page, bytes) else page)


def start_macro(client: Any, macro: str, params: Mapping[str, Any]) -> RunningMacro:
    """Start a macro of the plugin in the control project."""
    handle = client.get_project(CONTROL_PROJECT).get_macro(f"pyrunnable_{PLUGIN}_{macro}")
    return RunningMacro(handle, handle.run(params=dict(params), wait=False))


def run_macro(client: Any, macro: str, params: Mapping[str, Any]) -> MacroResult:
    """Run a macro to its end.

    Raises:
        MacroFailed: with the text the macro gave.
    """
    return start_macro(client, macro, params).wait()
