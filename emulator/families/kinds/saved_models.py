"""Saved models: heads, versions, and the three types that can be made without training. Source: api-flow.md 11.2, object-shapes.md 12."""

import asyncio
import json
from typing import Final

from emulator.common_noise import checks_noise, metrics_noise
from emulator.errors import coded_error, illegal_argument
from emulator.families.calls import FamilyCalls, family_routes
from emulator.families.exposures import exposed_to
from emulator.families.family import Context, Family
from emulator.families.model_versions import ModelVersions
from emulator.folders.store import FolderStore
from emulator.fragments import FLOW_OPTIONS, PARTITIONING, TAGGABLE, checks_shape, metrics_shape
from emulator.json_text import JsonObject
from emulator.noise import Dice, Noise
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, empty_reply, json_reply
from emulator.shapes import ABSENT, Shape, nested, optional, value
from emulator.world import World

__all__ = ["AGENT_TYPES", "RETRIEVAL_AUGMENTED", "ROUTES", "SAVED_MODELS", "SAVED_MODEL_SHAPE"]

AGENT_TYPES: Final = frozenset({"PYTHON_AGENT", "PLUGIN_AGENT", "TOOLS_USING_AGENT", "STRUCTURED_AGENT"})
RETRIEVAL_AUGMENTED: Final = "RETRIEVAL_AUGMENTED_LLM"
"""``savedModelType`` of the saved models that have calls of their own as well [client; first and third of the agents seen]."""

_CONTENT_TYPES: Final = {
    "MLFLOW_PYFUNC": "mlflow_python/prediction/py_memory",  # [seen]
    "LLM_GENERIC": "llm/fine-tuning",  # [seen]
    "PROXY_MODEL": None,  # not seen
}
_PREDICTION_TYPES: Final = frozenset(
    {"BINARY_CLASSIFICATION", "MULTICLASS", "REGRESSION", "TIMESERIES_FORECAST", "OTHER"}
)
SAVED_MODEL_SHAPE: Final = Shape(
    "SavedModel",
    {
        "name": optional(),
        "savedModelType": optional(),
        "contentType": optional(),
        "publishPolicy": value("UNCONDITIONAL"),
        "rebuildBehavior": value("EXPLICIT"),
        "activeVersion": optional(),
        "conditionalOutputs": value([]),
        "partitioning": nested(PARTITIONING),
        "flowOptions": nested(FLOW_OPTIONS),
        "lastExportedFrom": optional(),
        "lastTrainJobId": optional(),
        "lastTrainIndex": optional(),
        "miniTask": optional(),
        "proxyModelConfiguration": optional(),
        "inlineVersions": optional(),
        "pluginAgentType": optional(),
        "disabled": optional(),
        "needsInputDataFolder": optional(),
        "cleanTemporaryVersionsPostJob": optional(),
        "metrics": nested(metrics_shape([], ["reporting:BUILD_DURATION"], partition="NP")),
        "metricsChecks": nested(checks_shape(monitored=False, partition="NP")),
        **TAGGABLE,
    },
)


def _prepare(_context: Context, body: JsonObject) -> JsonObject:
    """Refuse what can only come from a training: a visual model cannot be made empty [client]."""
    kind, prediction_type = body.get("savedModelType"), body.get("predictionType")
    if kind not in _CONTENT_TYPES:
        raise illegal_argument(
            f"Cannot create a saved model of type {kind}; expected one of {', '.join(_CONTENT_TYPES)}"
        )
    if not isinstance(body.get("name"), str) or not body["name"].strip():
        raise illegal_argument("Missing mandatory argument: name")
    if prediction_type is not None and prediction_type not in _PREDICTION_TYPES:
        raise illegal_argument(f"Unknown prediction type: {prediction_type}")
    document: JsonObject = {"name": body["name"], "savedModelType": kind, "contentType": _CONTENT_TYPES[kind]}
    if kind == "LLM_GENERIC":
        return {**document, "inlineVersions": []}
    if kind == "PROXY_MODEL":
        document["proxyModelConfiguration"] = _proxy_configuration(body.get("proxyModelConfiguration"))
    # The client reads the prediction type there [client]; ``None`` stands for "other" [client doc].
    task = {"taskType": "PREDICTION", "backendType": "PY_MEMORY", "predictionType": prediction_type or "OTHER"}
    return {**document, "miniTask": task}


def _proxy_configuration(given: object) -> JsonObject:
    if not isinstance(given, dict) or not given.get("protocol"):
        raise illegal_argument("Missing mandatory argument: protocol of the proxyModelConfiguration")
    return given


def _save(context: Context, stored: JsonObject, body: JsonObject) -> JsonObject:
    if context.world.profile.put_moves_active_version:
        return body
    kept = {"activeVersion": stored["activeVersion"]} if "activeVersion" in stored else {}
    return {**{key: item for key, item in body.items() if key != "activeVersion"}, **kept}


def _forget_versions(context: Context, object_id: str) -> None:
    ModelVersions(context.world, context.project, object_id).delete_all()


def _with_new_defaults(before: object, dice: Dice, _whole: JsonObject) -> object:
    """The copy of the ML task gets the defaults of the day and the state of its screens with any save [seen]."""
    if not isinstance(before, dict):
        return ABSENT if before is None else before
    defaults = {
        "diagnosticsSettings": {"enabled": True},
        "needsInputDataFolder": False,
        "overridesParams": {"overrides": []},
    }
    script = {**(before.get("predictionDisplayScript") or {}), "vizSampling": {"_refreshTrigger": dice.below(99)}}
    return {**defaults, **before, "predictionDisplayScript": script}


SAVED_MODEL_NOISE: Final = (
    Noise("miniTask", _with_new_defaults, "rewritten by any save; object-shapes.md 12, 18"),
    *metrics_noise(probes=False),
    *checks_noise("metricsChecks"),
)
SAVED_MODELS: Final = Family(
    what="saved model",
    segment="savedmodels",
    folder="saved_models",
    tag_kind="SAVED_MODEL",
    shape=SAVED_MODEL_SHAPE,
    prepare=_prepare,
    save=_save,
    after_delete=_forget_versions,
    fixed=("savedModelType",),
    noise=SAVED_MODEL_NOISE,
)
_CALLS: Final = FamilyCalls(SAVED_MODELS)


def list_models(request: Request, world: World) -> Reply:
    """Answer with full objects, agents and LLMs among them [client]; with ``foreign`` those exposed to the project too."""
    store = _CALLS.store(request, world)
    found = store.listing()
    if request.flag("foreign"):
        shared = [(store.of(owner), name) for owner, name in exposed_to(world, store.context.project, "SAVED_MODEL")]
        found += [other.view(name) for other, name in shared if other.exists(name)]
    return json_reply(found)


def list_versions(request: Request, world: World) -> Reply:
    """Answer with ``[{id, active}]`` [client]."""
    document, versions = _versions(request, world)
    active = document.get("activeVersion")
    return json_reply([{"id": version, "active": version == active} for version in versions.ids(document)])


async def post_version(request: Request, world: World) -> Reply:
    """Add a version: an MLflow model as zip or from a managed folder, or the configuration of a proxy [client]."""
    document, versions = _versions(request, world)
    version, kind = request.path["version"], document.get("savedModelType")
    threshold = float(request.query("binaryClassificationThreshold") or 0.5)
    metadata: JsonObject = {"classLabels": [], "features": [], "binaryClassificationThreshold": threshold}
    if kind == "PROXY_MODEL":
        metadata["proxyModelVersionConfiguration"] = _proxy_version(request.query("proxyModelVersionConfiguration"))
        versions.add(document, version, {}, metadata)
    elif kind == "MLFLOW_PYFUNC":
        metadata["codeEnvName"] = request.query("codeEnvName") or "INHERIT"
        folder = request.query("folderRef")
        if folder:
            files = await _files_of_folder(request, world, folder, request.query("path") or "")
            versions.add_mlflow(document, version, files, metadata)
        else:
            versions.add_mlflow_zip(document, version, request.upload().content, metadata)
    else:
        raise illegal_argument(f"Cannot import a version into a saved model of type {kind or 'DSS_MANAGED'}")
    if request.flag("setActive", default=True):
        _activate(request, world, version)
    return empty_reply()


def set_active(request: Request, world: World) -> Reply:
    """Make a version the active one."""
    document, versions = _versions(request, world)
    versions.check(document, request.path["version"])
    _activate(request, world, request.path["version"])
    return empty_reply()


def delete_versions(request: Request, world: World) -> Reply:
    """Remove versions, none of them if one may not go."""
    document, versions = _versions(request, world)
    body = request.json_object()
    wanted = body.get("versions")
    if not isinstance(wanted, list) or not wanted:
        raise illegal_argument("Missing mandatory argument: versions")
    for version in wanted:
        versions.check(document, str(version))
        if version == document.get("activeVersion") and world.profile.deleted_active_version == "error":
            raise illegal_argument(f"Cannot delete the active version {version} of the saved model")
    changed = {key: item for key, item in document.items() if key != "activeVersion" or item not in wanted}
    if "inlineVersions" in changed:
        changed["inlineVersions"] = [
            item for item in changed["inlineVersions"] or () if item.get("versionId") not in wanted
        ]
    if changed != document:
        _CALLS.store(request, world).put(request.path["object_id"], changed)
    for version in wanted:
        versions.delete(str(version))
    return empty_reply()


def get_metadata(request: Request, world: World) -> Reply:
    """Answer with the metadata of an imported version."""
    document, versions = _versions(request, world)
    return json_reply(versions.metadata(document, request.path["version"]))


def put_metadata(request: Request, world: World) -> Reply:
    """Replace the metadata of an imported version."""
    document, versions = _versions(request, world)
    versions.save_metadata(document, request.path["version"], request.json_object())
    return empty_reply()


def refuse_evaluation(request: Request, world: World) -> Reply:
    """Say that models are not run here."""
    document, versions = _versions(request, world)
    versions.check(document, request.path["version"])
    raise coded_error("ERR_MODEL_EVALUATION", "the emulator does not run models, so it cannot evaluate one")


def _versions(request: Request, world: World) -> tuple[JsonObject, ModelVersions]:
    store = _CALLS.store(request, world)
    object_id = request.path["object_id"]
    return store.stored(object_id), ModelVersions(world, store.context.project, object_id)


def _activate(request: Request, world: World, version: str) -> None:
    store, object_id = _CALLS.store(request, world), request.path["object_id"]
    store.put(object_id, {**store.stored(object_id), "activeVersion": version})


def _proxy_version(text: str | None) -> JsonObject:
    try:
        given = json.loads(text or "")
    except ValueError as error:
        raise illegal_argument("Missing mandatory argument: proxyModelVersionConfiguration") from error
    return _proxy_configuration(given)


async def _files_of_folder(request: Request, world: World, folder: str, path: str) -> dict[str, bytes]:
    owner, _, folder_id = folder.rpartition(".")
    key = owner or request.path["project_key"]
    world.judge_project(key, request.caller, Right.READ.value)
    files = world.project(key).state_of(FolderStore).files(world, folder_id)
    prefix = f"/{path.strip('/')}/".replace("//", "/")

    def read() -> dict[str, bytes]:
        found = [file.path for file in files.list() if file.path.startswith(prefix)]
        return {name.removeprefix(prefix): files.read(name) or b"" for name in found}

    return await asyncio.to_thread(read) if files.is_remote else read()


_M: Final = "/projects/{project_key}/savedmodels/{object_id}"
_V: Final = _M + "/versions/{version}"
ROUTES: Final = (
    *family_routes(SAVED_MODELS, {"create", "get", "put", "delete", "usages"}),
    Route("GET", "/projects/{project_key}/savedmodels", list_models, Right.READ),
    Route("GET", f"{_M}/versions", list_versions, Right.READ),
    Route("POST", _V, post_version, Right.WRITE),
    Route("POST", f"{_V}/actions/setActive", set_active, Right.WRITE),
    Route("POST", f"{_M}/actions/delete-versions", delete_versions, Right.WRITE),
    Route("GET", f"{_V}/external-ml/metadata", get_metadata, Right.READ),
    Route("PUT", f"{_V}/external-ml/metadata", put_metadata, Right.WRITE),
    Route("POST", f"{_V}/external-ml/actions/evaluate", refuse_evaluation, Right.WRITE),
)
