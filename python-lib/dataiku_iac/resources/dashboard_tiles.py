"""Pages and tiles of dashboards, short and as DSS stores them (facts: api-flow.md §13, object-shapes.md §13).

::

    pages:
      - title: Sales
        tiles:
          - {insight: Sales per day, at: [0, 0, 18, 12]}        # top, left, width, height in the grid
          - {insight: Labeling, type: web_app, at: [0, 18, 18, 12]}
          - {text: "# Read me", at: [12, 0, 36, 4]}

A tile of an insight says the insight's type, as the page shows the tile by it [seen]; ``chart`` unless said. Whatever else a
page or a tile has stands in it under DSS's own names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, digest, is_list, is_object
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.resources.default_rows import default_rows, with_defaults
from dataiku_iac.resources.fragments import SELECTION, below
from dataiku_iac.resources.spec_keys import DSS_KEY

__all__ = ["PAGES_SCHEMA", "PAGE_TABLE", "complete_pages", "expand_pages", "shorten_pages", "tiles_of"]

INSIGHT_PREFIX: Final = "insight:"
_CHART: Final = "chart"
_SHOW, _HIDE = "YES", "NO"
_WORDS: Final = ("insight", "type", "text", "at", "tiles", DSS_KEY)
_BOX: Final = ("top", "left", "width", "height")

# --- rules ---

_PAGE_DEFAULTS: Final[JsonObject] = {
    "show": True,
    "showTitle": False,
    "titleAlign": "CENTER",
    "titleFontColor": "#444444",
    "titleFontSize": 28,
    "enableCrossFilters": True,
    "showFilterPanel": True,
    "filtersParams": {"panelPosition": "TOP", "engineType": "LINO"},
    "filters": [],
}
_TILE_DEFAULTS: Final[JsonObject] = {
    "clickAction": "DO_NOTHING",
    "displayMode": "INSIGHT",
    "resizeImageMode": "FIT_SIZE",
    "autoLoad": True,
    "backgroundOpacity": 1.0,
    "backgroundColor": "#ffffff",
    "locked": False,
    "isDisplacing": False,
    "borderOptions": {"color": "#CCCCCC", "radius": 0, "size": 1},
    "titleOptions": {"fontColor": "#000000", "fontSize": 13},
    "useDashboardSpacing": True,
    "tileSpacing": 8,
    "padding": 0,
}
_CHART_TILE: Final[JsonObject] = {
    "showXAxis": True,
    "showXAxisTitle": True,
    "showYAxis": True,
    "showYAxisTitle": True,
    "showLegend": False,
    "showBrush": False,
    "showBreadcrumb": True,
    "inheritLegendPlacement": True,
    "legendPlacement": "OUTER_RIGHT",
    "showTooltips": True,
    "autoPlayAnimation": True,
    "useInsightTheme": False,
}
_OTHER_TILES: Final[JsonObject] = {"loadTimeoutInSeconds": 0}
_WHITE: Final = Field(default="#FFFFFF", default_like="#[fF]{6}|")
_SHOWN: Final = Field(ignored=True, reason="a text as it is shown, made of the text beside it [seen]")

_TILE_ROWS: Final[FieldTable] = {
    **default_rows("*", _TILE_DEFAULTS),
    **default_rows("*.tileParams", {**_CHART_TILE, **_OTHER_TILES}),
    "*.tileParams": Field(default={}),
    "*.grid": Field(default={}),
    "*.backgroundColor": _WHITE,
    "*.insightType": Field(default=_CHART),
    "*.tileParams.displayedText": _SHOWN,
    "*.titleOptions.displayedTitle": _SHOWN,
    "*.titleOptions.showTitle": Field(default=_SHOW),
}
_GROUPED: Final = "*.grid.tiles"  # a tile of type GROUP holds tiles, which may be groups again [seen]

PAGE_TABLE: Final[FieldTable] = {
    **default_rows("*", _PAGE_DEFAULTS),
    "*.id": Field(server_owned=True, reason="random; it is in the address of the page [seen]"),
    "*.title": Field(default=""),
    "*.displayedTitle": _SHOWN,
    "*.backgroundColor": _WHITE,
    **below("*.filtersParams.refreshableSelection.selection", SELECTION),
    "*.filtersParams.refreshableSelection.autoRefreshSample": Field(default=False),
    "*.filtersParams.refreshableSelection._refreshTrigger": Field(
        ignored=True, reason="counts refreshes of the sample [seen]"
    ),
    "*.filters.*.id": Field(server_owned=True, reason="made by the editor, from the clock [seen]"),
    "*.grid": Field(default={}),
    "*.grid.tiles": Field(default=[], identity=("tileType", "insightId")),
    f"*.grid.tiles.{_GROUPED}": Field(default=[], identity=("tileType", "insightId")),
    **below("*.grid.tiles", _TILE_ROWS),
    **below(f"*.grid.tiles.{_GROUPED}", _TILE_ROWS),
    **below(f"*.grid.tiles.{_GROUPED}.{_GROUPED}", _TILE_ROWS),
}
"""Rows of a list of pages, relative to it."""

_TILE_SCHEMA: Final[JsonObject] = {
    "type": "object",
    "description": "a tile: insight, text, or DSS's own names",
    "properties": {
        "insight": {"type": "string", "minLength": 1, "description": "name of an insight"},
        "type": {"type": "string", "description": "type of the insight, if it is no chart"},
        "text": {"type": "string", "description": "Markdown"},
        "at": {
            "type": "array",
            "items": {"type": "integer", "minimum": 0},
            "minItems": 4,
            "maxItems": 4,
            "description": "top, left, width, height",
        },
        "tiles": {"type": "array", "items": {"type": "object"}, "description": "of a group"},
    },
    "additionalProperties": True,
}
PAGES_SCHEMA: Final[JsonObject] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"title": {"type": "string"}, "tiles": {"type": "array", "items": _TILE_SCHEMA}},
        "additionalProperties": True,
    },
}


# --- the lens ---


def expand_pages(pages: Json) -> Json:
    """Return DSS's form of pages; what is no page stays.

    >>> expand_pages([{"tiles": [{"insight": "S", "at": [0, 0, 18, 12]}]}])
    [{'grid': {'tiles': [{'box': {'top': 0, 'left': 0, 'width': 18, 'height': 12}, 'tileType': 'INSIGHT', 'insightId': 'insight:S'}]}}]
    """
    return [_with_own(page, _expand_grid) if is_object(page) else page for page in pages] if is_list(pages) else pages


def shorten_pages(pages: Json) -> Json:
    """Return the short form of pages; the inverse of ``expand_pages``."""
    return [_own_aside(page, _shorten_grid) if is_object(page) else page for page in pages] if is_list(pages) else pages


def _own_aside(native: JsonObject, shorten: Callable[[JsonObject], JsonObject]) -> JsonObject:
    """Return the short form, with keys of DSS that bear one of our names below ``dss``."""
    own = {key: value for key, value in native.items() if key in _WORDS}
    short = shorten({key: value for key, value in native.items() if key not in _WORDS})
    return {**short, DSS_KEY: own} if own else short


def _with_own(short: JsonObject, expand: Callable[[JsonObject], JsonObject]) -> JsonObject:
    own = short.get(DSS_KEY)
    native = expand({key: value for key, value in short.items() if key != DSS_KEY})
    return {**native, **own} if is_object(own) else native


def _expand_grid(holder: JsonObject) -> JsonObject:
    if "tiles" not in holder:
        return holder
    grid = holder.get("grid")
    tiles = holder["tiles"]
    native = [_with_own(tile, _expand_tile) if is_object(tile) else tile for tile in tiles] if is_list(tiles) else tiles
    others = {key: value for key, value in holder.items() if key != "tiles"}
    return {**others, "grid": {**(grid if is_object(grid) else {}), "tiles": native}}


def _shorten_grid(holder: JsonObject) -> JsonObject:
    grid = holder.get("grid")
    if not is_object(grid) or not is_list(grid.get("tiles")):
        return holder
    tiles = grid["tiles"]
    more = {key: value for key, value in grid.items() if key != "tiles"}
    others = {key: value for key, value in holder.items() if key != "grid"}
    short = (
        [_own_aside(tile, _shorten_tile) if is_object(tile) else tile for tile in tiles] if is_list(tiles) else tiles
    )
    return {**others, **({"grid": more} if more else {}), "tiles": short}


def _expand_tile(tile: JsonObject) -> JsonObject:
    native = dict(tile)
    at = tile.get("at")
    if is_list(at) and len(at) == len(_BOX):
        del native["at"]
        native["box"] = dict(zip(_BOX, at, strict=True))
    if isinstance(tile.get("insight"), str):
        del native["insight"]
        native |= {"tileType": "INSIGHT", "insightId": f"{INSIGHT_PREFIX}{tile['insight']}"}
        if "type" in native:
            native["insightType"] = native.pop("type")
    elif isinstance(tile.get("text"), str):
        del native["text"]
        params = tile.get("tileParams")
        native |= {"tileType": "TEXT", "tileParams": {**(params if is_object(params) else {}), "text": tile["text"]}}
        title = tile.get("titleOptions", {})
        if is_object(title) and "showTitle" not in title and "showTitle" not in tile:
            native["titleOptions"] = {**title, "showTitle": _HIDE}
    return _expand_grid(native)


def _shorten_tile(tile: JsonObject) -> JsonObject:
    rest = dict(_shorten_grid(tile))
    short: dict[str, Json] = {}
    insight = rest.get("insightId")
    params = rest.get("tileParams")
    text = params.get("text") if is_object(params) else None
    if rest.get("tileType") == "INSIGHT" and isinstance(insight, str) and _is_named(insight):
        del rest["tileType"], rest["insightId"]
        short["insight"] = insight.removeprefix(INSIGHT_PREFIX)
        if isinstance(rest.get("insightType"), str):
            short["type"] = rest.pop("insightType")
    elif rest.get("tileType") == "TEXT" and is_object(params) and isinstance(text, str):
        del rest["tileType"], rest["tileParams"]
        short["text"] = text
        others = {key: value for key, value in params.items() if key != "text"}
        rest |= {"tileParams": others} if others else {}
        title = rest.get("titleOptions", {})
        if is_object(title) and "showTitle" not in rest:
            rest.pop("titleOptions", None)
            said = _title_of_text(title)
            rest |= {"titleOptions": said} if said else {}
    box = rest.get("box")
    if is_object(box) and set(box) == set(_BOX) and all(_is_count(box[key]) for key in _BOX):
        del rest["box"]
        short["at"] = [box[key] for key in _BOX]
    return {**short, **rest}


def _is_named(insight: str) -> bool:
    return insight.startswith(INSIGHT_PREFIX) and insight != INSIGHT_PREFIX


def _title_of_text(title: JsonObject) -> JsonObject:
    """Return what a text tile says of its title: nobody wants one [seen], so that goes without saying, and its opposite not."""
    if title.get("showTitle") == _HIDE:
        return {key: value for key, value in title.items() if key != "showTitle"}
    return {"showTitle": _SHOW, **title}


def _is_count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


# --- what DSS's editor adds ---


def complete_pages(pages: Json) -> list[Json]:
    """Return pages as they are sent: with ids, shown texts and whatever the editor, not the server, fills in.

    Pages are told apart by their ids, which the server gives nobody [inferred]; tiles without the editor's fields show nothing
    or not as designed [seen].
    """
    found = [page if is_object(page) else {} for page in pages] if is_list(pages) else [{}]
    return [_complete_page(page, i) for i, page in enumerate(found)]


def _complete_page(page: JsonObject, index: int) -> JsonObject:
    whole: dict[str, Json] = {"id": _made_id(page, index), **with_defaults(page, _PAGE_DEFAULTS)}
    if "title" in whole:
        whole["displayedTitle"] = whole["title"]
    return _with_tiles(whole, _complete_tile)


def _complete_tile(tile: JsonObject) -> JsonObject:
    whole = dict(with_defaults(tile, _TILE_DEFAULTS))
    params = whole.get("tileParams")
    shown = dict(params) if is_object(params) else {}
    if whole.get("tileType") == "INSIGHT":
        whole.setdefault("insightType", _CHART)
        shown = {**(_CHART_TILE if whole["insightType"] == _CHART else {}), **shown}
    if isinstance(shown.get("text"), str):
        shown["displayedText"] = shown["text"]
    whole["tileParams"] = shown
    title = whole.get("titleOptions")
    if is_object(title):
        title = {"showTitle": _SHOW, **title}
        whole["titleOptions"] = {**title, "displayedTitle": title["title"]} if "title" in title else title
    return _with_tiles(whole, _complete_tile) if "grid" in whole else whole


def _with_tiles(holder: Mapping[str, Json], change: Callable[[JsonObject], JsonObject]) -> JsonObject:
    grid = holder.get("grid")
    inner = grid if is_object(grid) else {}
    return {**holder, "grid": {**inner, "tiles": [change(tile) for tile in tiles_of(holder)]}}


def tiles_of(holder: JsonObject) -> Sequence[JsonObject]:
    """Return the tiles of a page or of a group, in DSS's form."""
    grid = holder.get("grid")
    tiles = grid.get("tiles") if is_object(grid) else None
    return [tile for tile in tiles if is_object(tile)] if is_list(tiles) else []


def _made_id(page: JsonObject, index: int) -> str:
    return digest([index, page]).removeprefix("sha256:")[:7]
