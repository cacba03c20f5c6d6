"""Labeling tasks: the API only reads them [client]; they are seen in the flow and its zones. Source: api-flow.md 11.2, object-shapes.md 14."""

from typing import Final

from emulator.families.calls import family_routes
from emulator.families.family import Family, RandomId
from emulator.fragments import TAGGABLE
from emulator.shapes import Shape

__all__ = ["LABELING_TASKS", "ROUTES"]

LABELING_TASKS: Final = Family(
    what="labeling task",
    segment="labelingtasks",
    folder="labeling_tasks",
    tag_kind="LABELING_TASK",
    shape=Shape("LabelingTask", TAGGABLE, is_open=True),
    new_id=RandomId(10),
)
ROUTES: Final = family_routes(LABELING_TASKS, {"get"})
