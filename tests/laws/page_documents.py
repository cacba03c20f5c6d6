"""Documents of what people look at and write in a project (dashboards, insights, webapps, notebooks, …), generated from what the
fact sheet says of their fields: values that were seen, fields that are there or not, tiles in groups, keys nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

__all__ = ["DOCUMENTS"]

Strategy = st.SearchStrategy[Any]

_TEXTS: Final = st.sampled_from(["", "a", "Sales per day", "é ∑", "x: y", "${projectKey}", "'", "two\nlines\n"])
_NAMES: Final = st.sampled_from(["Sales per day", "Orders", "R2 d2"])
_BOOLS: Final = st.booleans()
_EXTRA: Final = st.dictionaries(
    st.sampled_from(["newInDss16", "other"]), st.sampled_from([1, "x", [], {"a": [None]}]), max_size=1
)


def some(**fields: Strategy) -> Strategy:
    """Objects of which each field may be absent, and some have one that no table knows."""
    return st.tuples(st.fixed_dictionaries({}, optional=fields), _EXTRA).map(lambda pair: {**pair[1], **pair[0]})


def _with(always: Mapping[str, Strategy], strategy: Strategy) -> Strategy:
    return st.tuples(st.fixed_dictionaries(dict(always)), strategy).map(lambda pair: {**pair[1], **pair[0]})


_ENVELOPE: Final[Mapping[str, Strategy]] = {
    "projectKey": st.just("CRM"),
    "tags": st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True),
    "description": _TEXTS,
    "shortDesc": _TEXTS,
    "customFields": st.sampled_from([{}, {"a": 1}]),
    "checklists": st.sampled_from([{"checklists": []}, {"checklists": [{"title": "t", "items": []}]}]),
    "versionTag": st.just({"versionNumber": 3, "lastModifiedBy": {"login": "bob"}, "lastModifiedOn": 1700000000000}),
    "creationTag": st.just({"versionNumber": 0, "lastModifiedBy": {"login": "bob"}, "lastModifiedOn": 1700000000000}),
}
_NAMED: Final[Mapping[str, Strategy]] = {"id": st.just("aB3dE6g"), "name": _NAMES}

# --- dashboards (object-shapes.md §13) ---

_BOX: Final = st.one_of(
    st.fixed_dictionaries({key: st.integers(0, 36) for key in ("top", "left", "width", "height")}),
    st.sampled_from([{}, {"top": 0}, {"top": 0.5, "left": 0, "width": 1, "height": 1}]),
)
_TILE_FIELDS: Final[Mapping[str, Strategy]] = {
    "box": _BOX,
    "clickAction": st.sampled_from(["DO_NOTHING", "OPEN_INSIGHT"]),
    "displayMode": st.just("INSIGHT"),
    "resizeImageMode": st.just("FIT_SIZE"),
    "autoLoad": _BOOLS,
    "showTitle": st.sampled_from(["YES", "NO", "MOUSEOVER"]),
    "titleOptions": some(
        showTitle=st.sampled_from(["YES", "NO"]),
        title=_TEXTS,
        displayedTitle=_TEXTS,
        fontSize=st.sampled_from([13, 14]),
    ),
    "borderOptions": some(
        color=st.sampled_from(["#CCCCCC", "#000000"]), radius=st.just(0), size=st.sampled_from([1, 2])
    ),
    "backgroundColor": st.sampled_from(["#ffffff", "#FFFFFF", "#123456", ""]),
    "backgroundOpacity": st.sampled_from([1.0, 1, 0.5]),
    "tileSpacing": st.sampled_from([8, 4]),
    "type": st.just("of a newer DSS"),
    "at": st.just("of a newer DSS"),
}
_INSIGHT_TILE: Final = _with(
    {
        "tileType": st.just("INSIGHT"),
        "insightId": st.sampled_from(["insight:Sales per day", "insight:Orders", "kX3jq1A", "insight:"]),
    },
    some(
        **_TILE_FIELDS,
        insightType=st.sampled_from(["chart", "web_app"]),
        tileParams=some(showLegend=_BOOLS, showXAxis=_BOOLS, loadTimeoutInSeconds=st.sampled_from([0, 5])),
    ),
)
_TEXT_TILE: Final = _with(
    {"tileType": st.just("TEXT")},
    some(
        **_TILE_FIELDS,
        tileParams=some(text=_TEXTS, displayedText=_TEXTS, textAlign=st.sampled_from(["LEFT", "CENTER"])),
    ),
)
_OTHER_TILE: Final = _with(
    {"tileType": st.sampled_from(["IMAGE", "IFRAME"])}, some(**_TILE_FIELDS, imageId=st.just("i1"))
)
_TILE: Final = st.recursive(
    st.one_of(_INSIGHT_TILE, _TEXT_TILE, _OTHER_TILE),
    lambda inner: _with(
        {"tileType": st.just("GROUP")},
        some(**_TILE_FIELDS, grid=some(tiles=st.lists(inner, max_size=2)), tiles=st.just(["of a newer DSS"])),
    ),
    max_leaves=3,
)
_PAGE: Final = some(
    id=st.sampled_from(["Pg12345", "Pg12346"]),
    title=_TEXTS,
    displayedTitle=_TEXTS,
    show=_BOOLS,
    showTitle=_BOOLS,
    titleFontSize=st.sampled_from([28, 33]),
    backgroundColor=st.sampled_from(["#FFFFFF", "#F2F2F2", ""]),
    filtersParams=some(panelPosition=st.just("TOP"), engineType=st.just("LINO"), datasetSmartName=st.just("ORDERS")),
    filters=st.lists(some(id=st.just("17_1"), column=st.just("c"), active=_BOOLS), max_size=2),
    grid=some(tiles=st.lists(_TILE, max_size=3), cells=st.just(1)),
)
_THEMES: Final = st.sampled_from(
    [
        {"id": "__dku_dss_default_theme__", "isBuiltIn": True, "isCustomized": False, "colors": ["#1f77b4"]},
        {"id": "__dku_dss_default_theme__", "isBuiltIn": True, "isCustomized": True, "colors": ["#000000"]},
        {"id": "__dku_deuteranopia1__", "isBuiltIn": True, "colors": ["#193C81"]},
    ]
)
_DASHBOARD: Final = _with(
    _NAMED,
    some(
        **_ENVELOPE,
        owner=st.just("bob"),
        listed=_BOOLS,
        showGrid=_BOOLS,
        columnNumber=st.sampled_from([12, 36]),
        autoStackUp=_BOOLS,
        tileSpacing=st.sampled_from([8, 4]),
        pageSectionSettings=some(zoomMode=st.sampled_from(["FIT_TO_WIDTH", "ACTUAL_SIZE"])),
        pages=st.lists(_PAGE, max_size=3),
        theme=_THEMES,
    ),
)

# --- insights ---

_SELECTION: Final = some(
    samplingMethod=st.sampled_from(["HEAD_SEQUENTIAL", "FULL"]),
    maxRecords=st.sampled_from([10000, -1, 100000]),
    filter=some(enabled=_BOOLS, distinct=_BOOLS),
    ordering=some(enabled=_BOOLS, rules=st.just([])),
)
_CHART: Final = some(
    type=st.sampled_from(["pie", "lines"]),
    name=_TEXTS,
    thumbnailData=st.just("data:image/png;base64,AAAA"),
    genericMeasures=st.lists(some(column=st.just("a"), function=st.sampled_from(["SUM", "AVG"])), max_size=2),
    filters=st.just([]),
    colorOptions=some(customColors=st.just({}), transparency=st.sampled_from([0.75, 1])),
)
_INSIGHT: Final = _with(
    {**_NAMED, "type": st.sampled_from(["chart", "dataset_table", "metrics", "web_app"])},
    some(
        **_ENVELOPE,
        owner=st.just("bob"),
        listed=_BOOLS,
        dashboardCreationId=st.just("Zz12345"),
        params=some(
            datasetSmartName=st.sampled_from(["ORDERS", "ERP.ORDERS"]),
            webAppSmartId=st.sampled_from(["webapp:Orders", "wX3jq1A", "webapp:"]),
            webAppType=st.just("STANDARD"),
            objectSmartId=st.sampled_from(["ORDERS", "folder:exports", "j47pTfgK"]),
            objectType=st.sampled_from(["DATASET", "MANAGED_FOLDER"]),
            engineType=st.sampled_from(["LINO", "SQL"]),
            refreshableSelection=some(
                selection=_SELECTION, autoRefreshSample=_BOOLS, _refreshTrigger=st.integers(0, 3)
            ),
            maxDataBytes=st.just(157286400),
            theme=_THEMES,
            customMeasures=st.sampled_from([[], [{"name": "m"}]]),
            shakerScript=some(
                steps=st.just([]), sorting=st.sampled_from([[], [{"column": "a"}]]), vizSampling=st.just({})
            ),
            **{"def": _CHART},
        ),
    ),
)

# --- webapps ---

_ENV: Final = st.sampled_from(
    [
        {"envMode": "INHERIT"},
        {"envMode": "EXPLICIT_ENV", "envName": "py311"},
        {"envMode": "USE_BUILTIN_MODE"},
        {"envMode": "EXPLICIT_ENV", "envName": "py311", "more": 1},
    ]
)
_CONTAINER: Final = st.sampled_from(
    [
        {"containerMode": "INHERIT"},
        {"containerMode": "NONE"},
        {"containerMode": "EXPLICIT_CONTAINER", "containerConf": "k"},
    ]
)
_WEBAPP: Final = _with(
    {**_NAMED, "type": st.sampled_from(["STANDARD", "DASH", "webapp_visual-edit_visual-edit"])},
    some(
        **_ENVELOPE,
        apiKey=st.sampled_from(["e:AES:abc", "clear"]),
        isVirtual=_BOOLS,
        hasLegacyBackendURL=st.just(False),
        config=some(folder=st.sampled_from(["folder:exports", "label"]), list=st.just([])),
        params=some(
            html=_TEXTS,
            js=_TEXTS,
            python=_TEXTS,
            backendEnabled=_BOOLS,
            autoStartBackend=_BOOLS,
            nbProcesses=st.integers(0, 2),
            libraries=st.lists(st.just("jquery"), max_size=1),
            runAs=st.sampled_from(["", "bob"]),
            envSelection=_ENV,
            infra=some(
                containerSelection=_CONTAINER,
                scaling=some(initialReplicas=st.integers(1, 2), hpaMetrics=st.just([])),
                deploymentModifier=st.sampled_from([{}, {"config": {}}]),
                podDisruptionBudget=some(enable=_BOOLS, minAvailable=st.sampled_from(["50%", "1"])),
            ),
        ),
    ),
)

# --- notebooks ---

_LINES: Final = st.sampled_from([[], ["a"], ["a = 1\n", "\n", "b"], ["é\n"]])
_CELL: Final = some(
    cell_type=st.sampled_from(["code", "markdown"]),
    source=_LINES,
    outputs=st.sampled_from([[], [{"output_type": "stream"}]]),
    execution_count=st.sampled_from([None, 3]),
    id=st.just("a1b2"),
    metadata=some(collapsed=_BOOLS, tags=st.just(["parameters"])),
    attachments=st.just({"a.png": {}}),
)
_NOTEBOOK: Final = some(
    nbformat=st.just(4),
    nbformat_minor=st.integers(0, 5),
    cells=st.lists(_CELL, max_size=3),
    metadata=some(
        kernelspec=some(name=st.sampled_from(["python3", "r"]), display_name=_TEXTS, language=st.just("python")),
        language_info=st.just({"name": "python"}),
        creator=st.just("bob"),
        createdOn=st.just(17),
        modifiedBy=st.just("eve"),
        tags=st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True),
        hide_input=_BOOLS,
    ),
)
_SQL_NOTEBOOK: Final = _with(
    {**_NAMED, "connection": st.sampled_from(["pg", "@virtual(hive-jdbc):default"])},
    some(
        **_ENVELOPE,
        automationLocal=_BOOLS,
        creator=st.just("bob"),
        language=st.just("SQL"),
        analyzedDataset=st.just("ORDERS"),
        cells=st.lists(
            some(
                id=st.just("c1"),
                type=st.sampled_from(["QUERY", "MARKDOWN"]),
                name=_TEXTS,
                code=_TEXTS,
                **{"$local": st.just(1)},
            ),
            max_size=3,
        ),
    ),
)

# --- worksheets, API services, code studios ---

_CARD: Final = st.recursive(
    some(
        type=st.sampled_from(["pca", "histogram"]),
        id=st.just("x1"),
        columns=st.just([{"name": "a", "type": "CONTINUOUS"}]),
    ),
    lambda inner: some(type=st.just("column_card"), id=st.just("x2"), cards=st.lists(inner, max_size=2)),
    max_leaves=3,
)
_WORKSHEET: Final = _with(
    {
        **_NAMED,
        "dataSpec": _with(
            {"inputDatasetSmartName": st.just("ORDERS")},
            some(
                datasetSelection=_SELECTION,
                autoRefreshSample=_BOOLS,
                refreshTrigger=st.integers(0, 2),
                containerSelection=_CONTAINER,
            ),
        ),
    },
    some(
        **_ENVELOPE,
        rootCard=some(
            type=st.just("worksheet_root"),
            id=st.just("r1"),
            confidenceLevel=st.sampled_from([0.95, 0.9]),
            showConfidenceInterval=_BOOLS,
            cards=st.lists(_CARD, max_size=2),
        ),
    ),
)
_ENDPOINT: Final = _with(
    {"type": st.sampled_from(["STD_PREDICTION", "PY_FUNCTION", "DATASETS_LOOKUP"])},
    some(
        useJava=_BOOLS,
        testQueries=st.sampled_from([[], [{"q": {}}]]),
        modelRef=st.sampled_from(["model:Churn", "aB3dE6gH"]),
        envSelection=_ENV,
        individualExplanationParams=some(method=st.sampled_from(["ICE", "SHAPLEY"]), nbExplanations=st.just(3)),
        lookups=st.just([{"datasetRef": "ORDERS"}]),
    ),
)
_SERVICE: Final = some(
    **_ENVELOPE,
    id=st.just("churn"),
    name=st.just("churn"),
    authMethod=st.sampled_from(["PUBLIC", "API_KEYS"]),
    authRealm=some(queryKeys=st.sampled_from([[], [{"key": "e:AES:x", "label": "l"}]])),
    publicAccess=_BOOLS,
    oauth2Config=st.sampled_from([None, {"issuer": "https://example.org"}]),
    error=st.just(None),
    endpoints=st.lists(_ENDPOINT, max_size=2).map(
        lambda found: [{**item, "id": f"e{i}"} for i, item in enumerate(found)]
    ),
)
_STUDIO: Final = _with(
    {**_NAMED, "templateId": st.just("vscode")},
    some(**_ENVELOPE, owner=st.just("bob"), libName=st.just("l1"), params=st.sampled_from([{}, {"a": 1}])),
)


def _definition(strategy: Strategy) -> Strategy:
    return strategy.map(lambda definition: {"definition": definition})


DOCUMENTS: Final[Mapping[str, Strategy]] = {
    "dashboard": _definition(_DASHBOARD),
    "insight": _definition(_INSIGHT),
    "webapp": _definition(_WEBAPP),
    "notebook": _definition(_NOTEBOOK),
    "sql_notebook": _definition(_SQL_NOTEBOOK),
    "worksheet": _definition(_WORKSHEET),
    "api_service": _definition(_SERVICE),
    "code_studio": _definition(_STUDIO),
}
"""Kind to documents of it."""
