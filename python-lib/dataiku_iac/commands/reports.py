"""The durable twin of every result: in the store before anybody sees it, as DSS hands a macro's result out only once."""

from __future__ import annotations

from dataiku_iac.commands.outcome import Outcome
from dataiku_iac.report.json_form import to_text
from dataiku_iac.store.plans import ReportForm
from dataiku_iac.store.stack_store import StackStore

__all__ = ["keep_report", "read_report"]


def keep_report(store: StackStore | None, outcome: Outcome) -> Outcome:
    """Store ``outcome`` under its name ``stored``; without a store or a name, nothing is kept.

    Raises:
        StoreUnavailable: it could not be kept; the caller must not show it as if it were.
    """
    if store is not None and outcome.stored:
        twin = to_text({**outcome.json, "stored": outcome.stored})
        store.plans.put_report(outcome.stored, ReportForm.JSON, twin.encode("utf-8"))
        store.plans.put_report(outcome.stored, ReportForm.HTML, outcome.html.encode("utf-8"))
    return outcome


def read_report(store: StackStore, name: str, form: ReportForm) -> bytes | None:
    """Return a kept report, ``None`` if there is none."""
    return store.plans.get_report(name, form)
