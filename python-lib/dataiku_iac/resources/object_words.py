"""Objects of a project in one word, where DSS writes a type and an id.

``ORDERS`` is the dataset, ``folder:exports`` the folder; what has no prefix in this language stands as DSS's type and its
id, ``SCENARIO NIGHTLY``. Types: api-flow.md 9.1, object-shapes.md 5 (exposed objects, dashboard authorisations). All [seen].
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["PREFIX_TYPES", "object_of_word", "word_of_object"]

PREFIX_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "folder:": "MANAGED_FOLDER",
        "model:": "SAVED_MODEL",
        "agent:": "SAVED_MODEL",  # agents and such models are saved models to DSS [client]
        "retrieval_augmented_llm:": "SAVED_MODEL",
        "evaluation_store:": "MODEL_EVALUATION_STORE",
        "knowledge_bank:": "RETRIEVABLE_KNOWLEDGE",
        "webapp:": "WEB_APP",
        "dashboard:": "DASHBOARD",
        "insight:": "INSIGHT",
    }
)
"""What stands before the name of an object whose id the server chooses, and DSS's type of such objects."""

_DATASET: Final = "DATASET"
_TYPED: Final = re.compile(r"([A-Z][A-Z_]+) (.+)", re.DOTALL)


def object_of_word(word: str) -> tuple[str, str]:
    """Return type and id, e.g. ``("MANAGED_FOLDER", "folder:exports")``: portable, so names stand for ids.

    >>> object_of_word("ORDERS"), object_of_word("folder:exports"), object_of_word("SCENARIO NIGHTLY")
    (('DATASET', 'ORDERS'), ('MANAGED_FOLDER', 'folder:exports'), ('SCENARIO', 'NIGHTLY'))
    """
    for prefix, kind in PREFIX_TYPES.items():
        if word.startswith(prefix):
            return kind, word
    typed = _TYPED.fullmatch(word)
    return (typed[1], typed[2]) if typed else (_DATASET, word)


def word_of_object(kind: object, name: object) -> str | None:
    """Return the word of an object, or ``None`` if no word says exactly that.

    >>> word_of_object("DATASET", "ORDERS"), word_of_object("SAVED_MODEL", "aBcD1234")
    ('ORDERS', 'SAVED_MODEL aBcD1234')
    """
    if not isinstance(kind, str) or not isinstance(name, str) or not name:
        return None
    return next((word for word in (name, f"{kind} {name}") if object_of_word(word) == (kind, name)), None)
