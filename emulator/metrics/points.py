"""Computed values with their moments, per object. They belong to the node, not to the project: no export holds them [inferred].

Only whole objects are measured: partition ``NP``, or ``ALL``, which is the same where nothing is partitioned.
"""

from typing import TYPE_CHECKING, Final

from emulator.errors import coded_error
from emulator.json_text import JsonObject
from emulator.metrics.probes import Metric

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emulator.world import World

__all__ = ["WHOLE", "MetricPoints", "forget_measurements", "move_measurements", "whole_partition"]

WHOLE: Final = "NP"
_ROOT: Final = "metrics"


def whole_partition(asked: str | None) -> str:
    """Return the partition that an unpartitioned object has; raises for any other one."""
    if asked in (None, "", WHOLE, "ALL"):
        return WHOLE
    raise coded_error("ERR_DATASET_ACTION_NOT_SUPPORTED", "the emulator cannot measure partitions of data")


class MetricPoints:
    """The history of the metrics of one object, e.g. ``MetricPoints(world, "CRM", "DATASET", "orders")``."""

    def __init__(self, world: "World", project_key: str, kind: str, object_id: str) -> None:
        self._world = world
        self._file = f"{_ROOT}/{project_key}/{kind}.{object_id}/metrics.json"

    def add(self, metrics: "Iterable[Metric]", now_ms: int) -> None:
        """Append values computed at ``now_ms``."""
        points = self._points()
        for metric in metrics:
            point = {"time": now_ms, "value": metric.value, "dataType": metric.data_type}
            points.setdefault(metric.metric_id, []).append(point)
        self._world.disk.write_json(self._file, points)

    def last(self, metric_id: str) -> JsonObject | None:
        """Return the last point of a metric."""
        return next(reversed(self._points().get(metric_id) or []), None)

    def last_values(self) -> JsonObject:
        """Return ``{"metrics": [{metric, lastValues}]}`` of all that was ever computed, in the order of ids."""
        found = sorted(self._points().items())
        return {
            "metrics": [{"metric": _descriptor(name), "lastValues": [_shown(points[-1])]} for name, points in found]
        }

    def history(self, metric_id: str) -> JsonObject:
        """Return ``{metricId, metric, values: [{time, value}]}``; values are numbers where the metric is one [client]."""
        values = [{"time": point["time"], "value": _typed(point)} for point in self._points().get(metric_id) or ()]
        return {"metricId": metric_id, "metric": _descriptor(metric_id), "values": values}

    def _points(self) -> dict[str, list[JsonObject]]:
        return self._world.disk.read_json(self._file) or {}


def move_measurements(world: "World", project_key: str, kind: str, old: str, new: str) -> None:
    """Follow a rename."""
    world.disk.rename(f"{_ROOT}/{project_key}/{kind}.{old}", f"{_ROOT}/{project_key}/{kind}.{new}")


def forget_measurements(
    world: "World", project_key: str, kind: str | None = None, object_id: str | None = None
) -> None:
    """Drop what was measured on an object that is gone, or on all of a project."""
    world.disk.delete(f"{_ROOT}/{project_key}" if kind is None else f"{_ROOT}/{project_key}/{kind}.{object_id}")


def _descriptor(metric_id: str) -> JsonObject:
    return {"id": metric_id, "type": metric_id.partition(":")[0]}


def _shown(point: JsonObject) -> JsonObject:
    return {"partition": WHOLE, "value": point["value"], "dataType": point["dataType"], "computed": point["time"]}


def _typed(point: JsonObject) -> object:
    makers = {"BIGINT": int, "DOUBLE": float}
    return makers[point["dataType"]](point["value"]) if point["dataType"] in makers else point["value"]
