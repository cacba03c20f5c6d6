"""Evaluation stores of models, LLMs and agents. Source: api-flow.md 11.2, object-shapes.md 12."""

from typing import Final

from emulator.errors import illegal_argument
from emulator.families.calls import FamilyCalls, family_routes
from emulator.families.family import Family
from emulator.fragments import FLOW_OPTIONS, PARTITIONING, TAGGABLE, checks_shape, metrics_shape
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply
from emulator.shapes import Shape, nested, optional, value
from emulator.world import World

__all__ = ["EVALUATION_STORES", "ROUTES"]

_FLAVORS: Final = ("TABULAR", "LLM", "AGENT")
_LISTED_UNASKED: Final = ("TABULAR", "LLM")
EVALUATION_STORES: Final = Family(
    what="evaluation store",
    segment="evaluationstores",
    folder="model_evaluation_stores",
    tag_kind="MODEL_EVALUATION_STORE",
    shape=Shape(
        "ModelEvaluationStore",
        {
            "name": optional(),
            "mesFlavor": value("TABULAR"),  # stores of before 14.2 have none: they are of models [seen]
            "rebuildBehavior": value("EXPLICIT"),
            "partitioning": nested(PARTITIONING),
            "flowOptions": nested(FLOW_OPTIONS),
            "metrics": nested(metrics_shape([], [], partition="NP")),
            "metricsChecks": nested(checks_shape(monitored=False, partition="NP")),
            "displayParams": value({}),
            "governSyncOptOut": value(False),
            **TAGGABLE,
        },
    ),
    fixed=("mesFlavor",),
)
_CALLS: Final = FamilyCalls(EVALUATION_STORES)


def list_stores(request: Request, world: World) -> Reply:
    """Answer with full objects of one flavor; without one, of all but agents [client]."""
    flavor = request.query("flavor")
    wanted = _LISTED_UNASKED if not flavor else (flavor,)
    return json_reply([item for item in _CALLS.store(request, world).listing() if item["mesFlavor"] in wanted])


def create_store(request: Request, world: World) -> Reply:
    """Answer with the new store; its flavor is in the query, none in older clients [client]."""
    flavor = request.query("flavor") or "TABULAR"
    if flavor not in _FLAVORS:
        raise illegal_argument(f"Unknown evaluation store flavor: {flavor}")
    store = _CALLS.store(request, world)
    return json_reply(store.view(store.create({**request.json_object(), "mesFlavor": flavor})))


_S: Final = "/projects/{project_key}/evaluationstores"
ROUTES: Final = (
    *family_routes(EVALUATION_STORES, {"get", "put", "delete", "usages"}),
    Route("GET", _S, list_stores, Right.READ),
    Route("POST", _S, create_store, Right.WRITE),
)
