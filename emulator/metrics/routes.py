"""Routes of metrics. Source: api-flow.md 5.2, 8.1."""

import asyncio
from typing import Any, Final

from emulator.datasets.store import DatasetStore
from emulator.errors import illegal_argument
from emulator.folders.store import FolderStore
from emulator.futures.store import Futures
from emulator.json_text import JsonObject
from emulator.metrics.measuring import compute_dataset_metrics, computed_report
from emulator.metrics.points import MetricPoints, whole_partition
from emulator.metrics.probes import Metric
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply
from emulator.world import World

__all__ = ["ROUTES"]


def compute_dataset(request: Request, world: World) -> Reply:
    """Compute the dataset's probes, or those in the body."""
    whole_partition(request.query("partition"))
    body = request.json()
    probes = body.get("probes") if isinstance(body, dict) else body
    if probes is not None and not isinstance(probes, list):
        raise illegal_argument("Expected a list of probes in the request body")
    report = compute_dataset_metrics(world, _project(request, world), request.path["name"], probes=probes)
    return _answer(request, world, report)


def compute_dataset_from_ids(request: Request, world: World) -> Reply:
    """Compute the metrics of these ids."""
    whole_partition(request.query("partition"))
    project, name = _project(request, world), request.path["name"]
    return _answer(request, world, compute_dataset_metrics(world, project, name, metric_ids=_ids(request)))


def last_of_dataset(request: Request, world: World) -> Reply:
    """Answer with the last value of each metric."""
    whole_partition(request.path["partition"])
    return json_reply(_dataset_points(request, world).last_values())


def history_of_dataset(request: Request, world: World) -> Reply:
    """Answer with all values of one metric."""
    whole_partition(request.path["partition"])
    return json_reply(_dataset_points(request, world).history(_lookup(request)))


async def compute_folder(request: Request, world: World) -> Reply:
    """Count and measure the files of a folder; always a future [client]."""
    folder_id, project = request.path["folder_id"], _project(request, world)
    store = project.state_of(FolderStore)
    store.view(world, folder_id)
    wanted = _ids(request) if request.full_path.endswith("FromIds") else None
    files = store.files(world, folder_id)
    found = await asyncio.to_thread(files.list) if files.is_remote else files.list()
    sizes = [file.size for file in found]
    metrics = [
        Metric("basic:COUNT_FILES", str(len(sizes)), "BIGINT"),
        Metric("basic:SIZE", str(sum(sizes)), "BIGINT"),
    ]
    report = computed_report(world, _folder_points(request, world), metrics, wanted)
    return json_reply(world.state_of(Futures).finished(report, owner=request.caller, name="Computing metrics"))


def last_of_folder(request: Request, world: World) -> Reply:
    """Answer with the last value of each metric."""
    return json_reply(_folder_points(request, world).last_values())


def history_of_folder(request: Request, world: World) -> Reply:
    """Answer with all values of one metric."""
    return json_reply(_folder_points(request, world).history(_lookup(request)))


def _answer(request: Request, world: World, report: JsonObject) -> Reply:
    """``{"result": report}`` at once, or a future: both [seen] (``Profile.dataset_metrics_answer``)."""
    if world.profile.dataset_metrics_answer == "result":
        return json_reply({"hasResult": True, "result": report, "alive": False, "aborted": False, "unknown": False})
    return json_reply(world.state_of(Futures).finished(report, owner=request.caller, name="Computing metrics"))


def _ids(request: Request) -> list[str]:
    ids: Any = request.json_object().get("metricIds")
    if not isinstance(ids, list):
        raise illegal_argument("Missing mandatory argument: metricIds")
    return [str(metric_id) for metric_id in ids]


def _lookup(request: Request) -> str:
    metric_id = request.query("metricLookup")
    if not metric_id:
        raise illegal_argument("Missing mandatory argument: metricLookup")
    return metric_id


def _project(request: Request, world: World) -> Any:
    return world.project(request.path["project_key"])


def _dataset_points(request: Request, world: World) -> MetricPoints:
    DatasetStore(world, _project(request, world)).stored(request.path["name"])
    return MetricPoints(world, request.path["project_key"], "DATASET", request.path["name"])


def _folder_points(request: Request, world: World) -> MetricPoints:
    _project(request, world).state_of(FolderStore).view(world, request.path["folder_id"])
    return MetricPoints(world, request.path["project_key"], "MANAGED_FOLDER", request.path["folder_id"])


_D: Final = "/projects/{project_key}/datasets/{name}"
_F: Final = "/projects/{project_key}/managedfolders/{folder_id}"

ROUTES: Final = (
    Route("POST", f"{_D}/actions/computeMetrics", compute_dataset, Right.WRITE),
    Route("POST", f"{_D}/actions/computeMetricsFromIds", compute_dataset_from_ids, Right.WRITE),
    Route("GET", _D + "/metrics/last/{partition}", last_of_dataset, Right.READ),
    Route("GET", _D + "/metrics/history/{partition}", history_of_dataset, Right.READ),
    Route("POST", f"{_F}/actions/computeMetrics", compute_folder, Right.WRITE),
    Route("POST", f"{_F}/actions/computeMetricsFromIds", compute_folder, Right.WRITE),
    Route("GET", f"{_F}/metrics/last", last_of_folder, Right.READ),
    Route("GET", f"{_F}/metrics/history", history_of_folder, Right.READ),
)
