"""Statistics worksheets, below the dataset that they look at. Source: api-flow.md 13, object-shapes.md 14.

Cards are not computed here: the calls that run them do not exist and say so.
"""

from typing import Any, Final

from emulator.errors import not_found, null_pointer
from emulator.families.family import Context, Family, RandomId, named
from emulator.families.store import FamilyStore
from emulator.fragments import CONTAINER_SELECTION, SELECTION, TAGGABLE
from emulator.json_text import JsonObject
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, empty_reply, json_reply
from emulator.shapes import Shape, nested, optional, value
from emulator.world import World

__all__ = ["ROUTES", "WORKSHEETS"]

_CARD_ID_LENGTH: Final = 7
_DATA: Final = Shape(
    "WorksheetDataSpec",
    {
        "inputDatasetSmartName": optional(),
        "datasetSelection": nested(SELECTION),
        "autoRefreshSample": value(True),
        "refreshTrigger": value(0),
        "containerSelection": nested(CONTAINER_SELECTION),
    },
)
_ROOT_CARD: Final = Shape(
    "WorksheetRootCard",
    {
        "type": value("worksheet_root"),
        "confidenceLevel": value(0.95),
        "showConfidenceInterval": value(False),
        "cards": value([]),  # of some thirty types
        "id": optional(),
    },
    is_open=True,
)


def _prepare(context: Context, body: JsonObject) -> JsonObject:
    """A creation without ``dataSpec.datasetSelection`` fails [seen]; as what is [inferred] from how partial bodies fail."""
    data = body.get("dataSpec")
    if not isinstance(data, dict) or not isinstance(data.get("datasetSelection"), dict):
        raise null_pointer()
    return _with_card_ids(context, named(context, body))


def _save(context: Context, stored: JsonObject, body: JsonObject) -> JsonObject:
    """A worksheet stays with its dataset [inferred]: the URL says which one it is."""
    data = body.get("dataSpec")
    data = data if isinstance(data, dict) else {}
    dataset = (stored.get("dataSpec") or {}).get("inputDatasetSmartName")
    return _with_card_ids(context, {**body, "dataSpec": {**data, "inputDatasetSmartName": dataset}})


def _with_card_ids(context: Context, body: JsonObject) -> JsonObject:
    root = body.get("rootCard")
    root = root if isinstance(root, dict) else {}
    cards = root.get("cards") or []
    drawn = [_with_id(context, card) for card in cards] if isinstance(cards, list) else cards
    return {**body, "rootCard": _with_id(context, {**root, "cards": drawn})}


def _with_id(context: Context, card: Any) -> Any:
    if not isinstance(card, dict):
        return card
    return {**card, "id": card.get("id") or context.world.ids.draw(_CARD_ID_LENGTH)}


WORKSHEETS: Final = Family(
    what="worksheet",
    segment="statistics/worksheets",
    folder="statistics_worksheets",
    tag_kind="STATISTICS_WORKSHEET",
    shape=Shape(
        "StatisticsWorksheet",
        {"dataSpec": nested(_DATA), "rootCard": nested(_ROOT_CARD), "name": optional(), **TAGGABLE},
    ),
    new_id=RandomId(10),
    prepare=_prepare,
    save=_save,
)


def list_worksheets(request: Request, world: World) -> Reply:
    """Answer with the full worksheets on a dataset."""
    dataset = request.path["dataset"]
    store = _store(request, world)
    return json_reply([item for item in store.listing() if item["dataSpec"].get("inputDatasetSmartName") == dataset])


def create_worksheet(request: Request, world: World) -> Reply:
    """Answer with the new worksheet, on the dataset in the path."""
    store, body = _store(request, world), request.json_object()
    data = body.get("dataSpec")
    if isinstance(data, dict):
        body = {**body, "dataSpec": {**data, "inputDatasetSmartName": request.path["dataset"]}}
    return json_reply(store.view(store.create(body)))


def get_worksheet(request: Request, world: World) -> Reply:
    """Answer with one worksheet."""
    return json_reply(_view(request, _store(request, world)))


def put_worksheet(request: Request, world: World) -> Reply:
    """Replace a worksheet; the client keeps the answer."""
    store = _store(request, world)
    _view(request, store)
    store.save(request.path["worksheet_id"], request.json_object())
    return json_reply(_view(request, store))


def delete_worksheet(request: Request, world: World) -> Reply:
    """Delete a worksheet."""
    store = _store(request, world)
    _view(request, store)
    store.delete(request.path["worksheet_id"])
    return empty_reply()


def _store(request: Request, world: World) -> FamilyStore:
    project, dataset = world.project(request.path["project_key"]), request.path["dataset"]
    if dataset not in project.family("datasets", "DATASET"):
        raise not_found(f"dataset does not exist: {project.key}.{dataset}")
    return FamilyStore(world, project, request.caller, WORKSHEETS)


def _view(request: Request, store: FamilyStore) -> JsonObject:
    """Return the worksheet in the path if it is on the dataset in the path."""
    document = store.view(request.path["worksheet_id"])
    if document["dataSpec"].get("inputDatasetSmartName") != request.path["dataset"]:
        raise not_found(f"worksheet does not exist: {request.path['dataset']}.{request.path['worksheet_id']}")
    return document


_W: Final = "/projects/{project_key}/datasets/{dataset}/statistics/worksheets"
_ONE: Final = _W + "/{worksheet_id}"
ROUTES: Final = (
    Route("GET", _W, list_worksheets, Right.READ),
    Route("POST", _W, create_worksheet, Right.WRITE),
    Route("GET", _ONE, get_worksheet, Right.READ),
    Route("PUT", _ONE, put_worksheet, Right.WRITE),
    Route("DELETE", _ONE, delete_worksheet, Right.WRITE),
)
