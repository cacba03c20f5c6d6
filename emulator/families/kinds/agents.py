"""Agents and retrieval-augmented LLMs: saved models of some types, with calls and a form of their own.

The API shows ``type`` and ``versions`` where the file has ``savedModelType`` and ``inlineVersions`` [client; files seen]. What is in
a version beside the settings object of its type is opaque. Source: api-flow.md 11.3, object-shapes.md 12.
"""

from collections.abc import Callable
from typing import Final

from emulator.errors import illegal_argument, not_found
from emulator.families.calls import FamilyCalls, family_routes
from emulator.families.family import Context, Family, head_of
from emulator.families.kinds.saved_models import AGENT_TYPES, RETRIEVAL_AUGMENTED, SAVED_MODEL_SHAPE
from emulator.json_text import JsonObject
from emulator.rights import Right
from emulator.routing import Handler, Reply, Request, Route, empty_reply
from emulator.world import World

__all__ = ["AGENTS", "RETRIEVAL_AUGMENTED_LLMS", "ROUTES"]

_FIRST_VERSION: Final = "v1"
_SETTINGS: Final[dict[str, tuple[str, JsonObject]]] = {
    "TOOLS_USING_AGENT": ("toolsUsingAgentSettings", {"tools": []}),
    "STRUCTURED_AGENT": ("structuredAgentSettings", {}),
    "PYTHON_AGENT": ("pythonAgentSettings", {}),
    "PLUGIN_AGENT": ("pluginAgentSettings", {}),
}
"""Where the settings of a version are, by type of agent [client], and the part of a fresh one that the client relies on."""

_NAMES: Final = {"type": "savedModelType", "versions": "inlineVersions"}


def _show(_context: Context, _object_id: str, document: JsonObject) -> JsonObject:
    shown_as = {stored: shown for shown, stored in _NAMES.items()}
    return {"versions": [], **{shown_as.get(key, key): item for key, item in document.items()}}


def _stored(body: JsonObject) -> JsonObject:
    return {_NAMES.get(key, key): item for key, item in body.items()}


def _save(_context: Context, _before: JsonObject, body: JsonObject) -> JsonObject:
    versions = body.get("versions")
    if not isinstance(versions, list) or not all(isinstance(item, dict) and item.get("versionId") for item in versions):
        raise illegal_argument("Every version needs a versionId")
    return _stored(body)


def _fresh(context: Context, head: JsonObject, version: JsonObject) -> JsonObject:
    if not isinstance(head.get("name"), str) or not head["name"].strip():
        raise illegal_argument("Missing mandatory argument: name")
    if not context.world.profile.new_agent_has_version:
        return {**head, "inlineVersions": []}
    return {**head, "inlineVersions": [{"versionId": _FIRST_VERSION, **version}], "activeVersion": _FIRST_VERSION}


def _prepare_agent(context: Context, body: JsonObject) -> JsonObject:
    kind, plugin = body.get("type"), body.get("pluginAgentType")
    if kind not in AGENT_TYPES:
        raise illegal_argument(f"Unknown agent type: {kind}; expected one of {', '.join(sorted(AGENT_TYPES))}")
    if (kind == "PLUGIN_AGENT") != bool(plugin):
        raise illegal_argument("pluginAgentType goes with agents of type PLUGIN_AGENT, and with no other")
    if kind == "PYTHON_AGENT":
        context.world.judge_code(context.caller)  # an agent's code is code [inferred]
    key, settings = _SETTINGS[str(kind)]
    head = {"name": body.get("name"), "savedModelType": kind, **({"pluginAgentType": plugin} if plugin else {})}
    return _fresh(context, head, {key: settings})


def _prepare_augmented(context: Context, body: JsonObject) -> JsonObject:
    bank, llm = body.get("knowledgeBankRef"), body.get("llmId")
    if not bank or not llm:
        raise illegal_argument(f"Missing mandatory argument: {'llmId' if bank else 'knowledgeBankRef'}")
    check_knowledge_bank(context, str(bank))
    settings = {"llmId": llm, "knowledgeBankRef": bank}
    return _fresh(
        context, {"name": body.get("name"), "savedModelType": RETRIEVAL_AUGMENTED}, {"ragllmSettings": settings}
    )


def check_knowledge_bank(context: Context, ref: str) -> None:
    """Refuse a reference, ``id`` or ``KEY.id``, to a knowledge bank that is not there."""
    owner, _, bank = ref.rpartition(".")
    project = context.world.projects.get(owner) if owner else context.project
    if context.world.profile.missing_llm_reference == "accept":
        return
    if project is None or bank not in project.family("knowledge-banks", "RETRIEVABLE_KNOWLEDGE"):
        raise not_found(f"knowledge bank does not exist: {owner or context.project.key}.{bank}")


def _of_types(*types: str) -> Callable[[JsonObject], bool]:
    return lambda document: document.get("savedModelType") in types


AGENTS: Final = Family(
    what="agent",
    segment="agents",
    folder="saved_models",
    tag_kind="SAVED_MODEL",
    shape=SAVED_MODEL_SHAPE,
    prepare=_prepare_agent,
    save=_save,
    show=_show,
    head=head_of("name", "type", "tags", "versionTag"),
    holds=_of_types(*AGENT_TYPES),
    fixed=("savedModelType",),
)
RETRIEVAL_AUGMENTED_LLMS: Final = Family(
    what="retrieval-augmented LLM",
    segment="retrieval-augmented-llms",
    folder="saved_models",
    tag_kind="SAVED_MODEL",
    shape=SAVED_MODEL_SHAPE,
    prepare=_prepare_augmented,
    save=_save,
    show=_show,
    head=head_of("name", "tags", "versionTag"),
    holds=_of_types(RETRIEVAL_AUGMENTED),
    fixed=("savedModelType",),
)


def _switch(family: Family, *, disabled: bool) -> Handler:
    calls = FamilyCalls(family)

    def switch(request: Request, world: World) -> Reply:
        store, object_id = calls.store(request, world), request.path["object_id"]
        store.put(object_id, {**store.stored(object_id), "disabled": disabled})
        return empty_reply()

    return switch


def _routes(family: Family) -> tuple[Route, ...]:
    actions = f"/projects/{{project_key}}/{family.segment}/{{object_id}}/actions"
    return (
        *family_routes(family),
        Route("POST", f"{actions}/enable", _switch(family, disabled=False), Right.WRITE),
        Route("POST", f"{actions}/disable", _switch(family, disabled=True), Right.WRITE),
    )


ROUTES: Final = (*_routes(AGENTS), *_routes(RETRIEVAL_AUGMENTED_LLMS))
