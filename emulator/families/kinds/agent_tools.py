"""Tools of agents. Source: api-flow.md 11.3, object-shapes.md 14. They cannot be run here: those routes do not exist."""

from typing import Final

from emulator.errors import illegal_argument
from emulator.families.calls import FamilyCalls, family_routes
from emulator.families.exposures import exposed_to
from emulator.families.family import ChosenId, Context, Family, RandomId
from emulator.families.kinds.agents import check_knowledge_bank
from emulator.fragments import TAGGABLE
from emulator.json_text import JsonObject
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply
from emulator.shapes import Shape, optional, value
from emulator.world import World

__all__ = ["AGENT_TOOLS", "ROUTES"]

_TYPE_WITH_BANK: Final = "VectorStoreSearch"
_LISTED: Final = ("projectKey", "id", "type", "name", "tags", "versionTag")


def _new_id(context: Context, family: Family, body: JsonObject) -> str:
    """The caller may choose the id [client doc], else it is drawn."""
    return ChosenId()(context, family, body) if body.get("id") else RandomId(7)(context, family, body)


def _prepare(context: Context, body: JsonObject) -> JsonObject:
    """Parameters of a new tool are those of its creation [client]."""
    kind, params = body.get("type"), body.get("creationParams") or {}
    if not isinstance(kind, str) or not kind:
        raise illegal_argument("Missing mandatory argument: type")
    if kind == _TYPE_WITH_BANK and params.get("knowledgeBankRef"):
        check_knowledge_bank(context, str(params["knowledgeBankRef"]))
    return {"type": kind, "name": body.get("name") or kind, "params": params}


AGENT_TOOLS: Final = Family(
    what="agent tool",
    segment="agents/tools",
    folder="agent-tools",
    tag_kind="AGENT_TOOL",  # the words of version-tags.json for it have not been seen
    shape=Shape(
        "AgentTool",
        {
            "name": optional(),
            "type": optional(),
            "params": value({}),
            "quickTestQuery": value({}),
            "additionalDescriptionForLLM": optional(),
            "dkuProperties": value([]),
            **TAGGABLE,
        },
        is_open=True,
    ),
    new_id=_new_id,
    prepare=_prepare,
    fixed=("type",),
)
_CALLS: Final = FamilyCalls(AGENT_TOOLS)


def list_tools(request: Request, world: World) -> Reply:
    """Answer with heads, wrapped; with ``foreign`` those exposed to the project too [client]."""
    store = _CALLS.store(request, world)
    found = store.listing()
    if request.flag("foreign"):
        shared = [(store.of(owner), name) for owner, name in exposed_to(world, store.context.project, "AGENT_TOOL")]
        found += [other.view(name) for other, name in shared if other.exists(name)]
    return json_reply({"tools": [{key: tool[key] for key in _LISTED if key in tool} for tool in found]})


ROUTES: Final = (
    *family_routes(AGENT_TOOLS, {"create", "get", "put", "delete"}),
    Route("GET", "/projects/{project_key}/agents/tools", list_tools, Right.READ),
)
