"""Routes of analyses and ML tasks. Source: api-flow.md 11.2."""

from typing import Final

from emulator.json_text import JsonObject
from emulator.lab.store import LabStore
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, empty_reply, json_reply, message_reply
from emulator.world import World

__all__ = ["ROUTES"]

_CORE: Final = ("predictionType", "targetVariable", "timeVariable")
_CORE_LISTS: Final = ("targetVariables", "timeseriesIdentifiers")


def list_analyses(request: Request, world: World) -> Reply:
    """Answer with the visual analyses."""
    return json_reply(_store(request, world).analyses())


def create_analysis(request: Request, world: World) -> Reply:
    """Answer with the new analysis, its id in it."""
    store = _store(request, world)
    return json_reply(store.analysis(store.create_analysis(request.json_object().get("inputDataset"))))


def get_analysis(request: Request, world: World) -> Reply:
    """Answer with one visual analysis."""
    return json_reply(_store(request, world).analysis(request.path["analysis_id"]))


def put_analysis(request: Request, world: World) -> Reply:
    """Replace an analysis; the client parses the reply."""
    _store(request, world).save_analysis(request.path["analysis_id"], request.json_object())
    return message_reply(f"Updated analysis {request.path['project_key']}.{request.path['analysis_id']}")


def delete_analysis(request: Request, world: World) -> Reply:
    """Remove an analysis."""
    _store(request, world).delete_analysis(request.path["analysis_id"])
    return empty_reply()


def list_tasks(request: Request, world: World) -> Reply:
    """Answer with the ML tasks of the project."""
    return json_reply(_store(request, world).tasks())


def create_task(request: Request, world: World) -> Reply:
    """Answer with ``{analysisId, mlTaskId}``; the analysis is made with the task."""
    return json_reply(_store(request, world).create_task(None, request.json_object()))


def list_tasks_of_analysis(request: Request, world: World) -> Reply:
    """Answer with the ML tasks of one analysis."""
    store = _store(request, world)
    store.analysis(request.path["analysis_id"])
    return json_reply({"mlTasks": store.tasks(request.path["analysis_id"])})


def create_task_of_analysis(request: Request, world: World) -> Reply:
    """Answer with ``{analysisId, mlTaskId}``."""
    return json_reply(_store(request, world).create_task(request.path["analysis_id"], request.json_object()))


def get_status(request: Request, world: World) -> Reply:
    """Answer with the status: guessing is done at once, and nothing is ever trained."""
    _store(request, world).settings(*_task(request))
    return json_reply({"guessing": False, "training": False, "fullModelIds": []})


def get_settings(request: Request, world: World) -> Reply:
    """Answer with the settings."""
    return json_reply(_store(request, world).settings(*_task(request)))


def post_settings(request: Request, world: World) -> Reply:
    """Replace the settings: a POST, not a PUT [client]."""
    _store(request, world).save_settings(*_task(request), request.json_object())
    return empty_reply()


def put_guess(request: Request, world: World) -> Reply:
    """Guess again, with core parameters from the query [client]."""
    core: JsonObject = {key: value for key in _CORE if (value := request.query(key)) is not None}
    core |= {key: values for key in _CORE_LISTS if (values := request.query_list(key))}
    _store(request, world).guess(*_task(request), core, full=request.flag("fullReguess", default=True))
    return empty_reply()


def delete_task(request: Request, world: World) -> Reply:
    """Remove a task; the client parses the reply."""
    _store(request, world).delete_task(*_task(request))
    return message_reply("Deleted ML task")


def refuse_training(request: Request, world: World) -> Reply:
    """Refuse what would need a trained model, or make one."""
    _store(request, world).refuse_training(*_task(request))
    return empty_reply()


def list_snippets(request: Request, world: World) -> Reply:
    """Answer with the trained models: there are none."""
    _store(request, world).settings(*_task(request))
    return json_reply({})


def _store(request: Request, world: World) -> LabStore:
    return LabStore(world, world.project(request.path["project_key"]), request.caller)


def _task(request: Request) -> tuple[str, str]:
    return request.path["analysis_id"], request.path["task_id"]


_P: Final = "/projects/{project_key}"
_A: Final = _P + "/lab/{analysis_id}"
_T: Final = _P + "/models/lab/{analysis_id}/{task_id}"
ROUTES: Final = (
    Route("GET", f"{_P}/lab", list_analyses, Right.READ),
    Route("POST", f"{_P}/lab", create_analysis, Right.WRITE),
    Route("GET", _A, get_analysis, Right.READ),
    Route("PUT", _A, put_analysis, Right.WRITE),
    Route("DELETE", _A, delete_analysis, Right.WRITE),
    Route("GET", f"{_A}/models", list_tasks_of_analysis, Right.READ),
    Route("POST", f"{_A}/models", create_task_of_analysis, Right.WRITE),
    Route("GET", f"{_P}/models/lab", list_tasks, Right.READ),
    Route("POST", f"{_P}/models/lab", create_task, Right.WRITE),
    Route("DELETE", _T, delete_task, Right.WRITE),
    Route("GET", f"{_T}/status", get_status, Right.READ),
    Route("GET", f"{_T}/settings", get_settings, Right.READ),
    Route("POST", f"{_T}/settings", post_settings, Right.WRITE),
    Route("PUT", f"{_T}/guess", put_guess, Right.WRITE),
    Route("GET", f"{_T}/models-snippets", list_snippets, Right.READ),
    Route("POST", f"{_T}/train", refuse_training, Right.WRITE),
    Route("POST", f"{_T}/ensemble", refuse_training, Right.WRITE),
    Route("POST", _T + "/models/{model_id}/actions/deployToFlow", refuse_training, Right.WRITE),
    Route("POST", _T + "/models/{model_id}/actions/redeployToFlow", refuse_training, Right.WRITE),
)
