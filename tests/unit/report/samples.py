"""Plans, results and reports to render."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.fields import UNSET, Effect
from dataiku_iac.core.lens import Suppressed
from dataiku_iac.core.plan import Action, Base, Cause, Change, FieldChange, Phase, Plan, Step, StepVerb, Task
from dataiku_iac.core.problem import Place, Problem, Severity
from dataiku_iac.core.resource import Lifecycle, OnDelete
from dataiku_iac.core.result import (
    ByHand,
    ChangeResult,
    ChangeStatus,
    Drifted,
    DriftReport,
    DriftStatus,
    ImportReport,
    NotCovered,
    RunResult,
    RunStatus,
)


def make_plan(
    *changes: Change,
    problems: Sequence[Problem] = (),
    suppressed: Mapping[Address, tuple[Suppressed, ...]] | None = None,
) -> Plan:
    """Return a plan of ``changes`` for stack ``crm`` in ``prod``."""
    return Plan(
        id="20261120T164512Z-9f3c2a1b",
        stack="crm",
        environment="prod",
        node="prod-automation",
        node_url="https://dss.example.com",
        base=Base("0d4ffb36", 4, "sha256:" + "0" * 64),
        config_digest="sha256:" + "1" * 64,
        changes=tuple(changes),
        suppressed=suppressed or {},
        problems=tuple(problems),
        created_at="2026-11-20T16:45:12Z",
        created_by="ada",
    )


def create(kind: str, project: str, name: str, spec: JsonObject) -> Change:
    """Return a create."""
    return Change(Address(kind, project, name), Action.CREATE, after=spec, tasks=_task(StepVerb.CREATE))


def update(kind: str, project: str, name: str, *fields: FieldChange) -> Change:
    """Return an update of ``fields``."""
    return Change(
        Address(kind, project, name),
        Action.UPDATE,
        before={},
        after={},
        fields=fields,
        tasks=_task(StepVerb.WRITE),
        expects="sha256:" + "2" * 64,
        live_id=name,
    )


def _task(verb: StepVerb) -> tuple[Task, ...]:
    return (Task(Phase.MAKE, (Step(verb, "definition"),)),)


def field(path: str, before: Json, after: Json, cause: Cause = Cause.CONFIG) -> FieldChange:
    """Return a changed field; for drift and conflict the recorded value is ``"recorded"`` or ``after``."""
    if cause is Cause.CONFIG:
        return FieldChange(path, before, after, cause)
    return FieldChange(path, before, after, cause, recorded=after if cause is Cause.DRIFT else "recorded")


MY_PROJECT = make_plan(
    create("project", "MY_PROJECT", "", {"name": "My First IaC Project"}),
    create("dataset", "MY_PROJECT", "SAMPLE_DATA", {"type": "managed", "format_type": "csv"}),
)

CUSTOMER_ANALYTICS = make_plan(
    create("project", "CUSTOMER_ANALYTICS", "", {"name": "Customer Analytics"}),
    create(
        "dataset",
        "CUSTOMER_ANALYTICS",
        "RAW_CUSTOMERS",
        {"type": "snowflake", "connection": "snowflake_prod", "params": {"schema": "PUBLIC", "table": "customers"}},
    ),
    create("dataset", "CUSTOMER_ANALYTICS", "PREPARED_CUSTOMERS", {"type": "managed", "format_type": "parquet"}),
    create(
        "recipe",
        "CUSTOMER_ANALYTICS",
        "prep_customers",
        {
            "type": "python",
            "inputs": ["RAW_CUSTOMERS"],
            "outputs": ["PREPARED_CUSTOMERS"],
            "code": "import dataiku\ndf = 1\ndf_clean = df\nprint(df_clean)\n",
        },
    ),
)

_OLD_CODE = "".join(f"line {n}\n" for n in range(300))
_NEW_CODE = "".join(f"line {n}\n" if n < 66 else f"row {n}\n" for n in range(300))

# The first plan of the architecture overview; the overview prints one of the three additions only.
OVERVIEW = make_plan(
    create("dataset", "CUSTOMER_ANALYTICS", "NEW_DATA", {"connection": "SNOWFLAKE_PROD"}),
    update("recipe", "CUSTOMER_ANALYTICS", "prep_data", field("code", _OLD_CODE, _NEW_CODE)),
    problems=[Problem(Severity.WARNING, "no-checks", "NEW_DATA has no data quality checks")],
)

_LONG = "SELECT " + ", ".join(f"column_{n}" for n in range(200))

EVERYTHING = make_plan(
    create("zone", "CRM", "raw", {"color": "#4a90d9"}),
    create("folder", "CRM", "exports", {"connection": "s3_managed", "zone": "raw"}),
    update(
        "dataset",
        "CRM",
        "ORDERS",
        field("params.table", "orders", "orders_v2"),
        field("tags", ["a"], ["a", "b"]),
        field("description", "by hand", "from the files", Cause.DRIFT),
        field("label", "node", "files", Cause.CONFLICT),
        FieldChange("schema[email].type", "string", "bigint", Cause.CONFIG, Effect.REBUILD),
        FieldChange("schema[city]", UNSET, {"name": "city", "type": "string"}, Cause.CONFIG),
        FieldChange("params.partitioning", {"dimensions": []}, UNSET, Cause.CONFIG),
        field("query", "SELECT 1", _LONG),
        field("params.password", "hunter2", "correct horse"),
    ),
    update("recipe", "CRM", "prep", field("code", "a = 1\nb = 2\n", "a = 1\nb = 3\n")),
    Change(
        Address("dataset", "CRM", "MOVED_CONNECTION"),
        Action.REPLACE,
        before={},
        after={},
        fields=(FieldChange("type", "S3", "Snowflake", Cause.CONFIG, Effect.DATA_LOSS),),
        tasks=(Task(Phase.REMOVE, (Step(StepVerb.DELETE),)), *_task(StepVerb.CREATE)),
        expects="sha256:" + "3" * 64,
        live_id="MOVED_CONNECTION",
        reason="type cannot be changed",
        lifecycle=Lifecycle(on_delete=OnDelete.DROP_DATA),
    ),
    Change(
        Address("scenario", "CRM", "NIGHTLY"),
        Action.DELETE,
        before={},
        tasks=(Task(Phase.REMOVE, (Step(StepVerb.DELETE),)),),
        expects="sha256:" + "4" * 64,
        live_id="NIGHTLY",
    ),
    Change(Address("wiki", "CRM", "Home"), Action.ADOPT, after={}, expects="sha256:" + "5" * 64, live_id="1"),
    Change(Address("recipe", "CRM", "legacy"), Action.FORGET, before={}, live_id="legacy"),
    Change(Address("dataset", "CRM", "STABLE"), Action.NONE, before={}, after={}),
    problems=[
        Problem(
            Severity.WARNING,
            "unprotected-delete",
            "deleting this can lose data",
            "dataset MOVED_CONNECTION is replaced",
            Place("projects/crm.yml", 14, 3),
            "dataset.CRM.MOVED_CONNECTION",
            "set lifecycle.protect",
        )
    ],
    suppressed={
        Address("recipe", "CRM", "prep"): (
            Suppressed("payload.$status", "state of the editor"),
            Suppressed("payload.$idx", "state of the editor"),
        ),
        Address("dataset", "CRM", "ORDERS"): (Suppressed("tags", "order means nothing here"),),
    },
)

EMPTY = make_plan(Change(Address("dataset", "CRM", "STABLE"), Action.NONE, before={}, after={}))

HOSTILE = '</script><img src=x onerror=alert(1)> {{constructor.constructor("alert(1)")()}} \x1b[31m& "\'`'

HOSTILE_PLAN = make_plan(
    create("dataset", "CRM", HOSTILE, {HOSTILE: HOSTILE, "code": f"{HOSTILE}\n{HOSTILE}"}),
    update("recipe", "CRM", "prep", field(HOSTILE, HOSTILE, f"x{HOSTILE}", Cause.CONFLICT)),
    problems=[Problem(Severity.WARNING, "w", HOSTILE, HOSTILE, Place(HOSTILE, 1, 1), HOSTILE, HOSTILE)],
    suppressed={Address("recipe", "CRM", HOSTILE): (Suppressed(HOSTILE, HOSTILE),)},
)


def big_plan(count: int) -> Plan:
    """Return a plan of ``count`` datasets to create."""
    return make_plan(
        *(
            create(
                "dataset", "BIG", f"DATASET_{n:05}", {"type": "S3", "connection": "s3", "params": {"path": f"/d/{n}"}}
            )
            for n in range(count)
        )
    )


def make_result(*changes: ChangeResult, status: RunStatus = RunStatus.OK, resumed_from: str = "") -> RunResult:
    """Return a run of the plan above."""
    return RunResult(
        run="20261120T164600Z-1a2b3c4d",
        plan_id="20261120T164512Z-9f3c2a1b",
        stack="crm",
        environment="prod",
        node_url="https://dss.example.com",
        status=status,
        changes=changes,
        serial=5,
        started_at="2026-11-20T16:46:00+00:00",
        finished_at="2026-11-20T16:46:02.300000+00:00",
        resumed_from=resumed_from,
    )


COMPLETE = make_result(
    ChangeResult(Address("dataset", "CRM", "A"), Action.CREATE, ChangeStatus.DONE),
    ChangeResult(Address("dataset", "CRM", "B"), Action.UPDATE, ChangeStatus.DONE, found=True),
    ChangeResult(Address("recipe", "CRM", "c"), Action.DELETE, ChangeStatus.DONE),
)

PARTIAL = make_result(
    ChangeResult(Address("dataset", "CRM", "A"), Action.CREATE, ChangeStatus.DONE),
    ChangeResult(
        Address("dataset", "CRM", "B"),
        Action.CREATE,
        ChangeStatus.FAILED,
        'connection "pg" does not exist on node "prod"\nwhat to do: create it there',
    ),
    ChangeResult(Address("recipe", "CRM", "c"), Action.CREATE, ChangeStatus.SKIPPED, "needs dataset.CRM.B"),
    ChangeResult(Address("dataset", "CRM", "D"), Action.UPDATE, ChangeStatus.CONFLICT, "changed since the plan"),
    ChangeResult(Address("dataset", "CRM", "E"), Action.UPDATE, ChangeStatus.UNKNOWN),
    status=RunStatus.PARTIAL,
    resumed_from="run 20261120T164600Z-1a2b3c4d of ada@node-a",
)

DRIFT = DriftReport(
    stack="crm",
    environment="prod",
    node_url="https://dss.example.com",
    serial=5,
    checked=12,
    at="2026-11-20T17:00:00Z",
    entries=(
        Drifted(Address("recipe", "CRM", "new_by_hand"), DriftStatus.UNMANAGED, modified_by="bob"),
        Drifted(Address("dataset", "CRM", "GONE"), DriftStatus.DELETED),
        Drifted(
            Address("dataset", "CRM", "ORDERS"),
            DriftStatus.CHANGED,
            (field("connection", "snowflake_prod", "snowflake_dev", Cause.DRIFT),),
            "bob",
            "2026-11-20T15:00:00Z",
        ),
        Drifted(
            Address("recipe", "CRM", "prep"),
            DriftStatus.CHANGED,
            (field("code", "a = 1\nb = 2\n", "a = 1\nb = 3\n", Cause.DRIFT),),
            "bob",
            "2026-11-20T15:30:00Z",
        ),
        Drifted(Address("wiki", "CRM", "Home"), DriftStatus.CHANGED, (FieldChange("label", "a", UNSET, Cause.DRIFT),)),
    ),
)

CLEAN = DriftReport("crm", "prod", "https://dss.example.com", 5, 12, (), "2026-11-20T17:00:00Z")

IMPORT = ImportReport(
    project="CRM",
    node_url="https://dss.example.com",
    counts=(("project", 1), ("dataset", 12), ("library", 2), ("wiki", 1)),
    not_covered=(NotCovered("labeling tasks", ("a8BcD123",), "not covered yet"),),
    left_out=(
        (Address("dataset", "CRM", "ORDERS"), "definition.params.password", "a credential; it stays on the node"),
    ),
    by_hand=(ByHand("saved_model", ("Churn", "Fraud"), "train it in the lab, deploy it, and plan again"),),
)
