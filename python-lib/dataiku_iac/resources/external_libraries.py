"""Where else a project's modules come from, in short; DSS keeps it in the library file ``external-libraries.json``.

::

    libraries:
      - path: external-libraries.json
        git: {python/shared: {repository: "git@example.org:team/shared.git", checkout: main, path: lib}}
        import_from: [COMMON]                     # libraries of other projects
        python_path: [python, python/shared]      # default: python
        r_path: [R]                               # default: R

What the server notes about a git reference (hashes, conflicts) is never a difference, and a credential in an address stays
on the node. Source: object-shapes.md 14, api-flow.md 12. [seen]
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.resources.exact_forms import equal

__all__ = ["EXTERNAL_SCHEMA", "expand_external", "shorten_external"]

_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "git": "gitReferences",
        "import_from": "importLibrariesFromProjects",
        "python_path": "pythonPath",
        "r_path": "rsrcPath",
    }
)
_REFERENCE: Final[Mapping[str, str]] = MappingProxyType({"repository": "remote", "path": "remotePath"})
_NAMES: Final[JsonObject] = {"type": "array", "items": {"type": "string"}}
EXTERNAL_SCHEMA: Final[JsonObject] = {
    "git": {
        "type": "object",
        "description": "of external-libraries.json: path in the library to a git reference",
        "additionalProperties": {
            "type": "object",
            "properties": {
                "repository": {"type": "string"},
                "checkout": {"type": "string", "description": "branch, tag or commit"},
                "path": {"type": "string", "description": "in the repository"},
            },
        },
    },
    "import_from": {**_NAMES, "description": "projects whose libraries are used"},
    "python_path": _NAMES,
    "r_path": _NAMES,
}


def expand_external(spec: JsonObject) -> JsonObject | None:
    """Return DSS's object, or ``None`` if the spec says nothing in short.

    >>> expand_external({"git": {"python/x": {"repository": "git@h:x.git", "checkout": "main"}}})
    {'gitReferences': {'python/x': {'remote': 'git@h:x.git', 'checkout': 'main'}}}
    """
    if not _KEYS.keys() & spec.keys():
        return None
    found: dict[str, Json] = {dss: spec[key] for key, dss in _KEYS.items() if key in spec}
    return _with_references(found, _REFERENCE)


def shorten_external(content: JsonObject) -> JsonObject | None:
    """Return the spec of DSS's object, or ``None`` if the short form cannot say it."""
    names = {dss: key for key, dss in _REFERENCE.items()}
    spec: JsonObject = {key: _with_references(content, names)[dss] for key, dss in _KEYS.items() if dss in content}
    return spec if equal(expand_external(spec), content) else None


def _with_references(content: JsonObject, names: Mapping[str, str]) -> JsonObject:
    references = content.get("gitReferences")
    if not is_object(references):
        return content
    renamed: dict[str, Json] = {
        path: {names.get(key, key): value for key, value in reference.items()} if is_object(reference) else reference
        for path, reference in references.items()
    }
    return {**content, "gitReferences": renamed}
