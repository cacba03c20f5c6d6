"""What every macro does around its command: surroundings of the node, log, the page as result, errors as they are."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import Final, TypeVar

from dataiku_iac.commands.collector import rarely_collecting
from dataiku_iac.commands.in_node import LocalNode
from dataiku_iac.commands.outcome import Outcome
from dataiku_iac.commands.progress import macro_progress
from dataiku_iac.commands.surroundings import Surroundings
from dataiku_iac.core.errors import Defect, IacError
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.roles import Progress
from dataiku_iac.report.values import printable
from dataiku_iac.resources.registry import KINDS

__all__ = ["node_surroundings", "run_macro"]

Inputs = TypeVar("Inputs")
Command = Callable[[Inputs, Surroundings, Registry, Progress], Outcome]

_log: Final = logging.getLogger("dataiku_iac")


def node_surroundings() -> Surroundings:
    """Return the surroundings inside a node."""
    return Surroundings(environ=dict(os.environ), local=LocalNode())


@rarely_collecting()
def run_macro(command: Command[Inputs], inputs: Inputs, callback: Callable[[int], object]) -> str:
    """Return the page of ``command``.

    No API returns a macro's log, so what a caller must know is in the page or in the error (plugin-components.md 7.4).

    Raises:
        IacError: the command could not be done, or did not come to a good end; its text says what to do.
    """
    _log_to_macro()
    try:
        outcome = command(inputs, node_surroundings(), KINDS, macro_progress(callback))
    except IacError as error:
        _log.error("%s", printable(str(error), lines=True))
        raise
    except Exception as error:
        raise Defect(f"{type(error).__name__}: {error}", where="macro") from error
    _log.info("%s", outcome.text)
    if outcome.failure is not None:
        raise outcome.failure
    return outcome.html


def _log_to_macro() -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("[%(asctime)s] [%(levelname)s] %(message)s"))
    _log.handlers = [handler]
    _log.propagate = False
    _log.setLevel(logging.INFO)
