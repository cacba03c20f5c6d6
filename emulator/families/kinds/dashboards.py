"""Dashboards: pages of tiles. Source: api-flow.md 13, object-shapes.md 5, 13, 16.

The calls need the right to read or write dashboards, not the project's content [doc: permission flags].
"""

from typing import Final

from emulator.families.calls import FamilyCalls, family_routes
from emulator.families.family import Context, Family, RandomId, named
from emulator.families.kinds.insights import INSIGHTS, object_shown_by
from emulator.fragments import TAGGABLE
from emulator.json_text import JsonObject
from emulator.noise import Noise, replace_present
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply
from emulator.shapes import Shape, items_of, nested, optional, value
from emulator.world import World

__all__ = ["DASHBOARDS", "ROUTES"]

_ID_LENGTH: Final = 7
_GRID: Final = {"columnNumber": 36, "tileSpacing": 8}
"""Of a new one, since 13.3. Older files lack both and have 12 columns, so these are no defaults [seen]."""
_BOX: Final = Shape("TileBox", {"top": value(0), "left": value(0), "width": value(0), "height": value(0)})
_TILE: Final = Shape(
    "Tile",
    {
        "tileType": optional(),
        "box": nested(_BOX),
        "tileParams": value({}),
        "clickAction": value("DO_NOTHING"),
        "displayMode": value("INSIGHT"),
        "resizeImageMode": value("FIT_SIZE"),
        "autoLoad": value(True),
    },
    is_open=True,  # colours, borders and titles come and go with the versions
)
_PAGE: Final = Shape(
    "Page",
    {
        "id": optional(),
        "showTitle": value(True),
        "show": value(True),
        "grid": nested(Shape("Grid", {"tiles": items_of(_TILE)}, is_open=True)),
    },
    is_open=True,
)


def _prepare(context: Context, body: JsonObject) -> JsonObject:
    given = {"owner": context.caller.identity, **_GRID, **named(context, body)}
    return _with_page_ids(context, given)


def _save(context: Context, stored: JsonObject, body: JsonObject) -> JsonObject:
    """Without an owner the old one stays [inferred]: there is always one."""
    return _with_page_ids(context, {"owner": stored.get("owner"), **body})


def _with_page_ids(context: Context, body: JsonObject) -> JsonObject:
    pages = body.get("pages")
    if not isinstance(pages, list):
        return body
    drawn = [
        {**page, "id": page.get("id") or context.world.ids.draw(_ID_LENGTH)} if isinstance(page, dict) else page
        for page in pages
    ]
    return {**body, "pages": drawn}


def _head(document: JsonObject) -> JsonObject:
    pages = document["pages"]
    keys = ("projectKey", "id", "name", "listed", "owner", "tags", "versionTag")
    counts = {"numPages": len(pages), "numTiles": sum(len(page["grid"]["tiles"]) for page in pages)}
    return {**{key: document[key] for key in keys if key in document}, **counts}


_NOISE: Final = (
    Noise(
        "pages/*/filtersParams/refreshableSelection/_refreshTrigger",
        replace_present(lambda dice: dice.below(1000)),
        "filters looked at; object-shapes.md 18",
    ),
)
DASHBOARDS: Final = Family(
    what="dashboard",
    segment="dashboards",
    folder="dashboards",
    tag_kind="DASHBOARD",
    noise=_NOISE,
    shape=Shape(
        "Dashboard",
        {
            "pages": items_of(_PAGE),
            "owner": optional(),
            "listed": value(False),
            "name": optional(),
            "theme": optional(since=(14, 0)),
            "pageSectionSettings": optional(),
            "showGrid": value(True),
            "autoStackUp": optional(since=(14, 2)),
            "columnNumber": optional(since=(13, 3)),
            "showNavigationArrows": value(False, since=(13, 0)),
            "reloadWhenEventReceived": value(False, since=(13, 0)),
            "tileSpacing": optional(since=(13, 3)),
            "circularNavigation": value(False, since=(14, 2)),
            **TAGGABLE,
        },
    ),
    new_id=RandomId(_ID_LENGTH),
    prepare=_prepare,
    save=_save,
    head=_head,
    read=Right.VISIBLE,
    write=Right.WRITE_DASHBOARDS,
)
_CALLS: Final = FamilyCalls(DASHBOARDS)


def create_dashboard(request: Request, world: World) -> Reply:
    """Answer with the id [client]."""
    store = _CALLS.store(request, world)
    dashboard_id = store.create(request.json_object())
    _authorize_pinned(store.context, store.view(dashboard_id))
    return json_reply({"id": dashboard_id})


def put_dashboard(request: Request, world: World) -> Reply:
    """Replace the dashboard; the client parses the answer."""
    store, dashboard_id = _CALLS.store(request, world), request.path["object_id"]
    store.save(dashboard_id, request.json_object())
    shown = store.view(dashboard_id)
    _authorize_pinned(store.context, shown)
    return json_reply(shown)


def _authorize_pinned(context: Context, dashboard: JsonObject) -> None:
    """Let readers of dashboards read what the pinned insights show: the project's list grows by itself [seen].

    Whether it does so when the dashboard is saved through the API is a switch (``Profile.pinning_authorizes``).
    """
    if not context.world.profile.pinning_authorizes:
        return
    insights = context.project.family(INSIGHTS.folder, INSIGHTS.tag_kind)
    pinned = [tile.get("insightId") for page in dashboard["pages"] for tile in page["grid"]["tiles"]]
    shown = (object_shown_by(insights.get(insight_id) or {}) for insight_id in pinned if insight_id in insights)
    known = context.project.params.get("dashboardAuthorizations") or {}
    entries = list(known.get("authorizations") or ())
    objects = [entry.get("objectRef") for entry in entries]
    for ref, modes in (found for found in shown if found is not None):
        if ref not in objects:
            objects.append(ref)
            entries.append({"objectRef": ref, "modes": modes})
    if len(entries) > len(known.get("authorizations") or ()):
        grown = {"allAuthorized": False, **known, "authorizations": entries}
        params = {**context.project.params, "dashboardAuthorizations": grown}
        context.project.save_params(params, context.caller.identity)


_D: Final = "/projects/{project_key}/dashboards"
ROUTES: Final = (
    *family_routes(DASHBOARDS, {"list", "get", "delete"}),
    Route("POST", _D, create_dashboard, Right.WRITE_DASHBOARDS),
    Route("PUT", _D + "/{object_id}", put_dashboard, Right.WRITE_DASHBOARDS),
)
