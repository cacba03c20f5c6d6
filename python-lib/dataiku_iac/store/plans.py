"""Saved plans, the plans of runs, results of macros, and pre-images: everything written once and read by name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from dataiku_iac.core.canonical import Json, digest
from dataiku_iac.core.errors import StateConflict, StateError, StoreCorrupt
from dataiku_iac.core.stored import FORMAT_VERSION, Fields
from dataiku_iac.store.blobs import Blobs, Lost
from dataiku_iac.store.crashpoints import around
from dataiku_iac.store.envelope import compress, decompress, seal_gz, unseal_gz

__all__ = ["PlanItem", "PlanStore", "ReportForm"]

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_PLANS: Final = "plans/"
_REPORTS: Final = "reports/"


class ReportForm(StrEnum):
    """The file types of a report."""

    JSON = "json"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One saved plan or report in a listing. ``saved_at`` is the store's time, ``None`` where it tells none."""

    name: str
    size_bytes: int
    saved_at: datetime | None


class PlanStore:
    """Needs no lease: names are never used twice, except those of reports, whose last version counts.

    Plans are opaque JSON here. Names and ids are file names: letters, digits, ``. _ -``, at most 128.
    """

    def __init__(self, blobs: Blobs, *, lineage: str) -> None:
        self._blobs = blobs
        self._lineage = lineage

    def put_plan(self, plan_id: str, plan: Json) -> None:
        """Save a plan before any run.

        Raises:
            StateConflict: another plan has that id.
        """
        self._put_plan(f"{_PLANS}{_name(plan_id)}.json.gz", plan)

    def get_plan(self, plan_id: str) -> Json:
        """Return a saved plan.

        Raises:
            StateError: there is none of that id.
            StoreCorrupt: it was altered, or belongs to another stack.
        """
        return self._get_plan(f"{_PLANS}{_name(plan_id)}.json.gz", what=f"saved plan {plan_id}")

    def list_plans(self) -> tuple[PlanItem, ...]:
        """Return the saved plans by id."""
        return self._items(_PLANS, ".json.gz")

    def put_run_plan(self, run: str, plan: Json) -> None:
        """Keep the plan that ``run`` carries out. Raises as ``put_plan``."""
        with around("run.plan"):
            self._put_plan(f"runs/{_name(run)}/plan.json.gz", plan)

    def get_run_plan(self, run: str) -> Json:
        """Return the plan of ``run``. Raises as ``get_plan``."""
        return self._get_plan(f"runs/{_name(run)}/plan.json.gz", what=f"plan of run {run}")

    def list_runs(self) -> tuple[str, ...]:
        """Return the ids of all runs that left anything, sorted."""
        return tuple(sorted({item.key.split("/")[1] for item in self._blobs.list("runs/")}))

    def put_report(self, name: str, form: ReportForm, body: bytes) -> None:
        """Keep the result of a macro, which DSS itself hands out only once. Replaces an earlier one of that name."""
        self._blobs.put(f"{_REPORTS}{_name(name)}.{form}", body)

    def get_report(self, name: str, form: ReportForm) -> bytes | None:
        """Return a report, ``None`` if there is none."""
        blob = self._blobs.get(f"{_REPORTS}{_name(name)}.{form}")
        return None if blob is None else blob.body

    def list_reports(self, form: ReportForm) -> tuple[PlanItem, ...]:
        """Return the reports of that form by name."""
        return self._items(_REPORTS, f".{form}")

    def put_blob(self, content: bytes) -> str:
        """Keep ``content`` under its own digest and return that, 64 hex digits. Equal content is kept once."""
        sha256 = hashlib.sha256(content).hexdigest()
        with around("blob.put"):
            # Lost means that it is there already; another zlib may have packed the same content differently.
            self._blobs.put_if_absent(f"blobs/{sha256}", compress(content))
        return sha256

    def get_blob(self, sha256: str) -> bytes:
        """Return the content of that digest.

        Raises:
            StoreCorrupt: missing or altered.
        """
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"not a digest: {sha256!r}")
        where = self._blobs.where(f"blobs/{sha256}")
        blob = self._blobs.get(f"blobs/{sha256}")
        content = None if blob is None else decompress(blob.body, where=where)
        if content is None or hashlib.sha256(content).hexdigest() != sha256:
            raise StoreCorrupt(
                "the content kept under this digest is missing or another",
                where=where,
                next_step="bring it back from the bucket's versions",
            )
        return content

    def _put_plan(self, key: str, plan: Json) -> None:
        record: Mapping[str, Json] = {"v": FORMAT_VERSION, "lineage": self._lineage, "plan": plan}
        outcome = self._blobs.put_if_absent(key, seal_gz(record))
        if isinstance(outcome, Lost) and digest(self._get_plan(key, what="plan")) != digest(plan):
            raise StateConflict(
                "another plan has this id", where=self._blobs.where(key), next_step="save it under a fresh id"
            )

    def _get_plan(self, key: str, *, what: str) -> Json:
        where = self._blobs.where(key)
        blob = self._blobs.get(key)
        if blob is None:
            raise StateError(
                f"there is no {what}", where=where, next_step="list what is saved, or make a new plan and save it"
            )
        fields = Fields(unseal_gz(blob.body, where=where), where=where)
        fields.version()
        lineage, plan = fields.text("lineage"), fields.json("plan")
        fields.end()
        if lineage != self._lineage:
            raise StoreCorrupt(
                f"the plan belongs to lineage {lineage}, the store to {self._lineage}",
                where=where,
                next_step="somebody copied files of another stack here; make a new plan",
            )
        return plan

    def _items(self, prefix: str, suffix: str) -> tuple[PlanItem, ...]:
        return tuple(
            PlanItem(item.key.removeprefix(prefix).removesuffix(suffix), item.size, item.last_modified)
            for item in self._blobs.list(prefix)
            if item.key.endswith(suffix)
        )


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise StateError(
            f'"{name}" cannot be the name of a stored object',
            where="state store",
            next_step="use letters, digits, dot, underscore and hyphen, at most 128",
        )
    return name
