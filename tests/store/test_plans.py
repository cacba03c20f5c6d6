"""Plans, reports and pre-images: kept once, read back as they were."""

from __future__ import annotations

import pytest

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import StateConflict, StateError, StoreCorrupt
from dataiku_iac.store.blobs import Blobs
from dataiku_iac.store.envelope import compress
from dataiku_iac.store.plans import ReportForm
from dataiku_iac.store.stack_store import StackStore
from tests.store.world import FakeClock, Ids

PLAN: Json = {"changes": [{"address": "dataset.CRM.ORDERS", "to": "é"}], "serial": 3}


def test_saved_plan_is_listed_and_read_back(store: StackStore, other: StackStore) -> None:
    store.plans.put_plan("p-1", PLAN)
    store.plans.put_plan("p-1", PLAN)  # the same again is harmless
    assert other.plans.get_plan("p-1") == PLAN
    assert [item.name for item in other.plans.list_plans()] == ["p-1"]


def test_plan_id_is_never_used_twice(store: StackStore) -> None:
    store.plans.put_plan("p-1", PLAN)
    with pytest.raises(StateConflict):
        store.plans.put_plan("p-1", {"changes": []})
    assert store.plans.get_plan("p-1") == PLAN


def test_missing_plan_and_bad_name_are_told(store: StackStore) -> None:
    with pytest.raises(StateError, match="no saved plan p-9"):
        store.plans.get_plan("p-9")
    for name in ("../x", "", "a/b", ".hidden", "x" * 129):
        with pytest.raises(StateError, match="cannot be the name"):
            store.plans.put_plan(name, PLAN)


def test_plan_of_another_stack_is_refused(store: StackStore, blobs: Blobs) -> None:
    stranger = StackStore.open_or_init(blobs, environment="dev", stack="crm", clock=FakeClock(), ids=Ids())
    stranger.plans.put_plan("p", PLAN)
    copied = blobs.get("dev/crm/plans/p.json.gz")
    assert copied is not None
    blobs.put("prod/crm/plans/p.json.gz", copied.body)
    with pytest.raises(StoreCorrupt, match="lineage"):
        store.plans.get_plan("p")


def test_run_keeps_its_plan(store: StackStore) -> None:
    store.plans.put_run_plan("r2", PLAN)
    store.plans.put_run_plan("r1", {})
    assert store.plans.get_run_plan("r2") == PLAN
    assert store.plans.list_runs() == ("r1", "r2")


def test_report_is_kept_in_both_forms_and_the_last_version_counts(store: StackStore) -> None:
    store.plans.put_report("plan-7", ReportForm.HTML, b"<p>old</p>")
    store.plans.put_report("plan-7", ReportForm.HTML, b"<p>new</p>")
    store.plans.put_report("plan-7", ReportForm.JSON, b"{}")
    assert store.plans.get_report("plan-7", ReportForm.HTML) == b"<p>new</p>"
    assert store.plans.get_report("plan-8", ReportForm.JSON) is None
    assert [item.name for item in store.plans.list_reports(ReportForm.JSON)] == ["plan-7"]


def test_pre_image_is_kept_once_under_its_digest(store: StackStore, blobs: Blobs) -> None:
    content = b"SELECT 1\n" * 1000
    sha256 = store.plans.put_blob(content)
    assert store.plans.put_blob(content) == sha256
    assert store.plans.get_blob(sha256) == content
    (item,) = blobs.list("prod/crm/blobs/")
    assert item.size < len(content) / 10


def test_altered_or_missing_pre_image_is_refused(store: StackStore, blobs: Blobs) -> None:
    sha256 = store.plans.put_blob(b"x")
    blobs.put(f"prod/crm/blobs/{sha256}", compress(b"y"))
    with pytest.raises(StoreCorrupt):
        store.plans.get_blob(sha256)
    with pytest.raises(StoreCorrupt):
        store.plans.get_blob("0" * 64)
    with pytest.raises(ValueError, match="digest"):
        store.plans.get_blob("../meta.json")
