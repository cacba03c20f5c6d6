"""Evaluation stores of models, LLMs and agents. Source: api-flow.md 11.2, object-shapes.md 12."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from emulator.common_noise import checks_noise, metrics_noise
from emulator.errors import illegal_argument
from emulator.families.calls import FamilyCalls, family_routes
from emulator.families.evaluations import Evaluations
from emulator.families.family import Context, Family
from emulator.fragments import FLOW_OPTIONS, PARTITIONING, TAGGABLE, checks_shape, metrics_shape
from emulator.noise import Noise, draw
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply, text_reply
from emulator.shapes import Shape, nested, optional, value
from emulator.world import World

__all__ = ["EVALUATION_STORES", "ROUTES"]


def _forget_evaluations(context: Context, object_id: str) -> None:
    Evaluations(context.world, context.project, object_id).delete_all()


_OLD_SEGMENT: Final = "modelevaluationstores"
"""What clients before 14 call, with the same verbs and bodies [client]."""
_FLAVORS: Final = ("TABULAR", "LLM", "AGENT")
_LISTED_UNASKED: Final = ("TABULAR", "LLM")
_NOISE: Final = (
    Noise(
        "displayParams", draw(lambda dice: {"pinnedMetrics": [dice.text(4)]}), "screen state; object-shapes.md 12, 18"
    ),
    *metrics_noise(probes=False),
    *checks_noise("metricsChecks"),
)
EVALUATION_STORES: Final = Family(
    what="evaluation store",
    segment="evaluationstores",
    folder="model_evaluation_stores",
    tag_kind="MODEL_EVALUATION_STORE",
    noise=_NOISE,
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
    after_delete=_forget_evaluations,
    fixed=("mesFlavor",),
)
_CALLS: Final = FamilyCalls(EVALUATION_STORES)


def list_stores(request: Request, world: World) -> Reply:
    """Answer with full objects of one flavor; without one, of all but agents [client].

    Under the name of before 14 it lists stores of models only [inferred: they were all there was].
    """
    flavor = "TABULAR" if request.full_path.strip("/").endswith(_OLD_SEGMENT) else request.query("flavor")
    wanted = _LISTED_UNASKED if not flavor else (flavor,)
    return json_reply([item for item in _CALLS.store(request, world).listing() if item["mesFlavor"] in wanted])


def create_store(request: Request, world: World) -> Reply:
    """Answer with the new store; its flavor is in the query, none in older clients [client]."""
    flavor = request.query("flavor") or "TABULAR"
    if flavor not in _FLAVORS:
        raise illegal_argument(f"Unknown evaluation store flavor: {flavor}")
    store = _CALLS.store(request, world)
    return json_reply(store.view(store.create({**request.json_object(), "mesFlavor": flavor})))


def list_evaluations(request: Request, world: World) -> Reply:
    """Answer with heads, oldest first."""
    return json_reply(_evaluations(request, world).listing())


def get_latest(request: Request, world: World) -> Reply:
    """Answer with the id of the latest evaluation as text, empty without any [client]."""
    found = _evaluations(request, world).listing()
    return text_reply(found[-1]["ref"]["evaluationId"] if found else "")


def add_evaluation(request: Request, world: World) -> Reply:
    """Keep an evaluation with metrics of the caller's own."""
    return json_reply(_evaluations(request, world).add(request.json_object()))


def get_evaluation(request: Request, world: World) -> Reply:
    """Answer with one evaluation."""
    return json_reply(_evaluations(request, world).view(request.path["evaluation_id"]))


def put_user_meta(request: Request, world: World) -> Reply:
    """Replace name and labels."""
    _evaluations(request, world).save_user_meta(request.path["evaluation_id"], request.json_object())
    return text_reply("")


def delete_evaluations(request: Request, world: World) -> Reply:
    """Remove the evaluations whose ids are the body; the client parses the reply."""
    _evaluations(request, world).delete([str(item) for item in request.json_list()])
    return json_reply({})


def _evaluations(request: Request, world: World) -> Evaluations:
    store, store_id = _CALLS.store(request, world), request.path["object_id"]
    store.stored(store_id)
    return Evaluations(world, store.context.project, store_id)


def _routes(segment: str) -> Iterator[Route]:
    every = f"/projects/{{project_key}}/{segment}"
    one = every + "/{object_id}"
    yield from family_routes(replace(EVALUATION_STORES, segment=segment), {"get", "put", "delete", "usages"})
    yield Route("GET", every, list_stores, Right.READ)
    yield Route("POST", every, create_store, Right.WRITE)
    yield Route("GET", f"{one}/evaluations", list_evaluations, Right.READ)
    yield Route("POST", f"{one}/evaluations", add_evaluation, Right.WRITE)
    yield Route("DELETE", f"{one}/evaluations", delete_evaluations, Right.WRITE)
    yield Route("GET", f"{one}/latestEvaluationId", get_latest, Right.READ)
    yield Route("GET", one + "/evaluations/{evaluation_id}", get_evaluation, Right.READ)
    yield Route("PUT", one + "/evaluations/{evaluation_id}/user-meta", put_user_meta, Right.WRITE)


ROUTES: Final = (*_routes(EVALUATION_STORES.segment), *_routes(_OLD_SEGMENT))
