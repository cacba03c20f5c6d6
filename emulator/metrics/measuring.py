"""Measuring objects: which probes run, on which data, and what is kept. For routes, rules, and whoever builds datasets."""

from functools import cache
from typing import TYPE_CHECKING, Any

from emulator.datasets.data import DatasetFiles
from emulator.datasets.store import DatasetStore
from emulator.errors import coded_error, illegal_argument
from emulator.json_text import JsonObject
from emulator.metrics.points import MetricPoints
from emulator.metrics.probes import Measured, Metric, probe_metrics
from emulator.metrics.statistics import Table
from emulator.projects.project import Project

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["compute_dataset_metrics", "computed_report", "measured_dataset"]


def measured_dataset(world: "World", project: Project, name: str) -> Measured:
    """Return what can be measured on a dataset; raises 404 for a missing one, rows only when they are asked for."""
    document = DatasetStore(world, project).stored(name)
    if (document.get("partitioning") or {}).get("dimensions"):
        raise coded_error("ERR_DATASET_ACTION_NOT_SUPPORTED", "the emulator cannot measure partitions of data")
    files = project.state_of(DatasetFiles)
    columns = tuple(column["name"] for column in document["schema"]["columns"])

    @cache
    def table() -> Table:
        return Table(columns, tuple(files.rows(world, name, document, limit=None)))

    storage = files.storage(world, name, document)
    sizes = None if storage is None else [storage.path(file).stat().st_size for file in storage.files()]
    return Measured(len(columns), table, sizes)


def compute_dataset_metrics(
    world: "World", project: Project, name: str, *, probes: list[Any] | None = None, metric_ids: list[str] | None = None
) -> JsonObject:
    """Compute the enabled probes of a dataset (or these), all their metrics or these; keep and report the values.

    Nothing is kept if one of them cannot be computed.
    """
    document, measured = DatasetStore(world, project).stored(name), measured_dataset(world, project, name)
    chosen = document["metrics"]["probes"] if probes is None else probes
    started_at = world.clock.now_ms()
    enabled = [probe for probe in chosen if probe.get("enabled", probes is not None)]
    metrics = [metric for probe in enabled for metric in probe_metrics(probe, measured)]
    return _kept(world, MetricPoints(world, project.key, "DATASET", name), _wanted(metrics, metric_ids), started_at)


def computed_report(
    world: "World", points: MetricPoints, metrics: list[Metric], metric_ids: list[str] | None
) -> JsonObject:
    """Keep ``metrics`` and return the report on them."""
    return _kept(world, points, _wanted(metrics, metric_ids), world.clock.now_ms())


def _wanted(metrics: list[Metric], metric_ids: list[str] | None) -> list[Metric]:
    if metric_ids is None:
        return metrics
    known = {metric.metric_id: metric for metric in metrics}
    missing = [metric_id for metric_id in metric_ids if metric_id not in known]
    if missing:
        raise illegal_argument(f"Metric is not computed by any enabled probe: {missing[0]}")
    return [known[metric_id] for metric_id in metric_ids]


def _kept(world: "World", points: MetricPoints, metrics: list[Metric], started_at: int) -> JsonObject:
    now = world.clock.now_ms()
    points.add(metrics, now)
    computed = [
        {"metricId": metric.metric_id, "value": metric.value, "dataType": metric.data_type} for metric in metrics
    ]
    return {"startTime": started_at, "endTime": now, "computed": computed, "skipped": []}
