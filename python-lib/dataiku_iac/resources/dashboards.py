"""Dashboards: pages of tiles that show insights (facts: api-flow.md §13, object-shapes.md §13).

::

    dashboards:
      - name: Sales
        listed: true
        columns: 36
        pages:
          - title: Overview
            tiles:
              - {insight: Sales per day, at: [0, 0, 18, 12]}
              - {text: "Numbers are net of VAT", at: [12, 0, 18, 3]}

Every project comes with an empty dashboard of its own, which import leaves out. Pictures of tiles are files that no public
call reads or writes: they stay where they are.
"""

from __future__ import annotations

from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.fields import Field, FieldTable, Rules
from dataiku_iac.core.kind import Document, FileField
from dataiku_iac.core.mentions import Mention, Mentioned
from dataiku_iac.core.resource import Relation
from dataiku_iac.core.roles import NodeApi
from dataiku_iac.resources.answers import api_path, object_answer
from dataiku_iac.resources.dashboard_tiles import (
    PAGE_TABLE,
    PAGES_SCHEMA,
    complete_pages,
    expand_pages,
    shorten_pages,
    tiles_of,
)
from dataiku_iac.resources.default_rows import default_rows
from dataiku_iac.resources.fragments import below
from dataiku_iac.resources.project_object import ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.spec_keys import SpecKeys, objects_schema
from dataiku_iac.resources.themes import COPY_OF_DEFAULT, has_default_theme

__all__ = ["DashboardKind"]

_PAGES: Final = "pages"
_DEFAULT_NAME: Final = "'s default dashboard"  # `<name of the project>'s default dashboard` [seen]
_TABLE: Final[FieldTable] = {
    **object_table(
        {
            "owner": Field(server_owned=True, reason="whoever made it: another user on another node"),
            "listed": Field(default=False),
            "showGrid": Field(default=True),
            "columnNumber": Field(
                default=12, reason="36 in new ones since 13.3; older ones do not say it and have 12 [seen]"
            ),
            "theme": Field(default={}, whole=True),
            "theme.isCustomized": Field(default=False),
            "numPages": Field(server_owned=True, reason="counted in lists [client]"),
            "numTiles": Field(server_owned=True, reason="counted in lists [client]"),
            _PAGES: Field(default=[{}], identity=("title",)),
            **below(_PAGES, PAGE_TABLE),
        }
    ),
    **default_rows(
        "definition",
        {
            "showNavigationArrows": False,
            "circularNavigation": False,
            "reloadWhenEventReceived": False,
            "autoStackUp": False,
            "tileSpacing": 8,
            "pageSectionSettings": {
                "zoomMode": "FIT_TO_WIDTH",
                "shouldDisplayPageSeparators": False,
                "pageSectionFormat": {
                    "formatName": "A4",
                    "xInPx": 1754,
                    "yInPx": 1240,
                    "dpi": 150,
                    "orientation": "LANDSCAPE",
                    "ratio": 1.414516129032258,
                },
            },
        },
    ),
}
_TILES: Final = tuple(
    f"definition.{_PAGES}.*.{path}"
    for path in ("grid.tiles.*", "grid.tiles.*.grid.tiles.*", "grid.tiles.*.grid.tiles.*.grid.tiles.*")
)


class DashboardKind(ProjectObjectKind):
    """A dashboard. Its insights are objects of their own."""

    name: ClassVar[str] = "dashboard"
    section: ClassVar[str] = "dashboards"
    rank: ClassVar[int] = 56
    segment: ClassVar[str] = "dashboards"
    prefix: ClassVar[str] = "dashboard:"
    lists_heads: ClassVar[bool] = True
    mentions: ClassVar[tuple[Mention, ...]] = (
        *(Mention(f"{tile}.insightId", "insight") for tile in _TILES),
        *(Mention(f"{tile}.clickActionDashboardId", "dashboard") for tile in _TILES),
        Mention(f"definition.{_PAGES}.*.filtersParams.datasetSmartName", "dataset"),
    )
    keys: ClassVar[SpecKeys] = SpecKeys(
        {"columns": "columnNumber"},
        (
            "listed",
            _PAGES,
            "theme",
            "showGrid",
            "showNavigationArrows",
            "circularNavigation",
            "reloadWhenEventReceived",
            "autoStackUp",
            "tileSpacing",
            "pageSectionSettings",
        ),
    )
    table: ClassVar[FieldTable] = _TABLE
    files: ClassVar[tuple[FileField, ...]] = (FileField("theme", "theme_file", "themes", is_json=True),)
    schema: ClassVar[JsonObject] = object_schema(
        {
            "listed": {"type": "boolean", "description": "shown to everybody who may read dashboards"},
            "columns": {
                "type": "integer",
                "minimum": 1,
                "description": "of the grid: 12 unless said; DSS makes new ones with 36 since 13.3",
            },
            _PAGES: PAGES_SCHEMA,
            "tileSpacing": {"type": "number"},
            **{
                key: {"type": "boolean"}
                for key in (
                    "showGrid",
                    "showNavigationArrows",
                    "circularNavigation",
                    "reloadWhenEventReceived",
                    "autoStackUp",
                )
            },
            **objects_schema("theme", "pageSectionSettings"),
        }
    )
    _plain: ClassVar[Rules] = Rules({**_TABLE, "definition.theme": COPY_OF_DEFAULT})

    def rules_for(self, document: Document) -> Rules:
        """See ``Kind``: a copy of the default theme says nothing."""
        return self._plain if has_default_theme(document.get("definition")) else self.rules

    def is_unremarkable(self, document: Document, address: Address) -> bool:
        """See ``Kind``: the dashboard that came with the project, without a tile."""
        definition = document.get("definition")
        name = definition.get("name") if is_object(definition) else None
        if not is_object(definition) or not isinstance(name, str) or not name.endswith(_DEFAULT_NAME):
            return False
        if _PAGES not in definition:
            return definition.get("numTiles") == 0  # a list's header counts them [client]
        pages = definition[_PAGES]
        return is_list(pages) and not any(tiles_of(page) for page in pages if is_object(page))

    def relation_to(self, mention: Mentioned) -> Relation:
        """See ``ProjectObjectKind``: two dashboards may lead to each other."""
        return {"dashboard": Relation.MENTIONS, "dataset": Relation.SHOWS}.get(mention.sort, Relation.NEEDS)

    def expand_definition(self, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``."""
        return {**definition, _PAGES: expand_pages(definition[_PAGES])} if _PAGES in definition else definition

    def shorten_definition(self, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``."""
        return {**definition, _PAGES: shorten_pages(definition[_PAGES])} if _PAGES in definition else definition

    def path(self, project: str, live_id: str) -> str:
        """See ``ProjectObjectKind``: with a slash at the end [client]."""
        return api_path("projects", project, self.segment, live_id, "")

    def creation_body(self, project: str, name: str, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``."""
        return super().creation_body(project, name, _complete(definition))

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``."""
        definition = object_answer(document[part], f"dashboard {live_id} to write in {project}")
        api.put(self.path(project, live_id), _complete(definition))


def _complete(definition: JsonObject) -> JsonObject:
    pages: Json = complete_pages(definition.get(_PAGES))
    return {"showGrid": True, "columnNumber": 12, **definition, _PAGES: pages}
