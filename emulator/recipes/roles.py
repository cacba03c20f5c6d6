"""Which kind of object a role takes, where it is not "any dataset or folder". Source: object-shapes.md 7.1, api-flow.md 6.2.

A recipe with an object of another kind in such a role is inconsistent: ``ERR_RECIPE_INCONSISTENT_I_O`` [doc: the code].
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from emulator.errors import DssError, coded_error
from emulator.json_text import JsonObject

__all__ = ["check_roles"]

_MODEL: Final = frozenset({"SAVED_MODEL"})
_STORE: Final = frozenset({"MODEL_EVALUATION_STORE"})
_BANK: Final = frozenset({"RETRIEVABLE_KNOWLEDGE"})
_ON_MODEL: Final = {"inputs": {"model": _MODEL}}
_EVALUATION: Final = {"outputs": {"evaluationStore": _STORE}}
_ROLES: Final[Mapping[str, Mapping[str, Mapping[str, frozenset[str]]]]] = {
    "prediction_training": {"outputs": {"main": _MODEL}},
    "clustering_training": {"outputs": {"main": _MODEL}},
    "nlp_llm_finetuning": {"outputs": {"finetuned_model": _MODEL}},
    "prediction_scoring": _ON_MODEL,
    "clustering_scoring": _ON_MODEL,
    "evaluation": {**_ON_MODEL, **_EVALUATION},
    "standalone_evaluation": _EVALUATION,
    "nlp_llm_evaluation": _EVALUATION,
    "nlp_agent_evaluation": _EVALUATION,
    "nlp_llm_rag_embedding": {"outputs": {"knowledge_bank": _BANK}},
    "embed_documents": {"outputs": {"knowledge_bank": _BANK, "images": frozenset({"MANAGED_FOLDER"})}},
}


def check_roles(recipe_type: str, head: JsonObject, kind_of: Callable[[str], str | None]) -> None:
    """Raise for an object of the wrong kind in a role, and for an evaluation that writes nothing.

    ``kind_of`` tells the taggable type of a reference, ``None`` if there is no such object (which is for others to judge).
    """
    for side, role, ref in _refs(head):
        wanted = _ROLES.get(recipe_type, {}).get(side, {}).get(role)
        kind = kind_of(ref)
        if wanted is not None and kind is not None and kind not in wanted:
            raise _inconsistent(f"{ref} is a {kind}: role {role} of a {recipe_type} recipe takes {', '.join(wanted)}")
    if recipe_type == "evaluation" and not any(side == "outputs" for side, _, _ in _refs(head)):
        raise _inconsistent(
            "An evaluation recipe needs at least one of its outputs"
        )  # all are optional, one is needed [client]


def _refs(head: JsonObject) -> Iterator[tuple[str, str, str]]:
    for side in ("inputs", "outputs"):
        for role, given in (head.get(side) or {}).items():
            for item in given.get("items") or ():
                yield side, role, item["ref"]


def _inconsistent(text: str) -> DssError:
    return coded_error("ERR_RECIPE_INCONSISTENT_I_O", text, status=400)
