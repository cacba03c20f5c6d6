"""What a bundle of the project takes along besides its definitions: ``bundleExporterSettings`` in short.

::

    bundle:
      datasets: [{name: RATES, type: UploadedFiles}]     # whose data travel
      folders: ["folder:logos"]
      models: ["model:Churn"]
      exportUploads: true                                # DSS's own options

Source: api-projects-scenarios-deployer.md 9.2. [seen]
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.mentions import Mention
from dataiku_iac.resources.exact_forms import shortest
from dataiku_iac.resources.object_words import PREFIX_TYPES

__all__ = ["BUNDLE_MENTIONS", "BUNDLE_SCHEMA", "expand_bundle", "shorten_bundle"]

_LISTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "datasets": "includedDatasetsData",
        "folders": "includedManagedFolders",
        "models": "includedSavedModels",
        "evaluation_stores": "includedModelEvaluationStores",
        "knowledge_banks": "includedKnowledgeBanks",
        "code_studios": "includedCodeStudios",
        "labeling_tasks": "includedLabelingTasks",
        "prompt_studios": "includedPromptStudiosHistories",
    }
)
_SPEC_NAMES: Final = {dss: key for key, dss in _LISTS.items()}
_OPTIONS: Final = "exportOptions"

BUNDLE_SCHEMA: Final[JsonObject] = {
    "type": "object",
    "properties": {
        **{key: {"type": "array", "items": {"type": ["string", "object"]}} for key in _LISTS},
    },
    "additionalProperties": True,
    "description": "what a bundle takes along, and DSS's export options",
}
BUNDLE_MENTIONS: Final = tuple(
    Mention(f"settings.bundleExporterSettings.{_OPTIONS}.{dss}.*.{key}", sort)
    for word, dss in _LISTS.items()
    for key, sort in ((("name", "dataset"),) if word == "datasets" else (("id", "object"),))
)


def expand_bundle(value: Json) -> Json:
    """Return ``bundleExporterSettings``.

    >>> expand_bundle({"folders": ["folder:logos"]})
    {'exportOptions': {'includedManagedFolders': [{'id': 'folder:logos', 'name': 'logos'}]}}
    """
    if not is_object(value) or _OPTIONS in value:
        return value
    options: dict[str, Json] = {}
    for key, item in value.items():
        entries = [_expand_item(entry) for entry in item] if key in _LISTS and is_list(item) else item
        options[_LISTS.get(key, key)] = entries
    return {_OPTIONS: options}


def shorten_bundle(raw: Json) -> Json:
    """Return the short form, if it says all of DSS's object."""
    options = raw.get(_OPTIONS) if is_object(raw) else None
    if not is_object(options):
        return raw
    short: dict[str, Json] = {}
    for key, item in options.items():
        entries = [_shorten_item(entry) for entry in item] if key in _SPEC_NAMES and is_list(item) else item
        short[_SPEC_NAMES.get(key, key)] = entries
    return shortest(raw, expand_bundle, [short])


def _expand_item(item: Json) -> Json:
    if not isinstance(item, str):
        return item
    prefix = next((prefix for prefix in PREFIX_TYPES if item.startswith(prefix)), "")
    return {"id": item, "name": item.removeprefix(prefix)} if prefix else {"id": item}


def _shorten_item(item: Json) -> Json:
    return shortest(item, _expand_item, [item.get("id")] if is_object(item) else [])
