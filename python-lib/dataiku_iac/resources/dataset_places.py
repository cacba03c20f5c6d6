"""Where the data of a dataset is: ``params`` of DSS, and the short keys that say the usual part of them.

::

    {connection: sf, table: DB.PUBLIC.orders}      # catalog, schema and table as SQL writes them
    {connection: pg, query: "select …"}            # a dataset over a query
    {connection: s3, bucket: b, path: /orders}     # files; container: for Azure
    {folder: exports, files: "*.csv"}              # files of a managed folder: one pattern, or a list of names
    {connection: mongo, collection: orders}        # index: for Elasticsearch
    {uploaded_files: [orders.csv]}                 # names only: what was uploaded is data and is not carried
    {urls: ["https://…"]}                          # HTTP
    {config: {…}}                                  # what a plugin's dataset asks for

Everything else, and whatever these cannot say exactly, stands in ``params`` under DSS's names.
Source: object-shapes.md 6.1, api-flow.md 4.5. All [seen].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.resources.exact_forms import equal

__all__ = ["PLACE_KEYS", "PLACE_SCHEMA", "declared_params", "expand_params", "said_twice", "shorten_params"]

_SAME: Final = ("connection", "path", "bucket", "container", "collection", "index")
_FOLDER_PREFIX: Final = "folder:"
_CODE_PREFIX: Final = (
    "Custom"  # CustomPython_<plugin>_<component>, CustomJava_…; providers of file systems have `config`
)
_SQL_NAMES: Final = ("catalog", "schema", "table")

PLACE_SCHEMA: Final[JsonObject] = {
    "connection": {"type": "string"},
    "table": {"type": "string", "description": "table, schema.table or catalog.schema.table"},
    "query": {"type": "string", "description": "SQL, instead of table"},
    "path": {"type": "string"},
    "bucket": {"type": "string"},
    "container": {"type": "string", "description": "of Azure storage"},
    "collection": {"type": "string", "description": "of MongoDB"},
    "index": {"type": "string", "description": "of Elasticsearch"},
    "folder": {"type": "string", "description": "managed folder whose files are read"},
    "files": {"type": ["string", "array"], "items": {"type": "string"}, "description": "a pattern, or names of files"},
    "uploaded_files": {"type": "array", "items": {"type": "string"}, "description": "names of what was uploaded"},
    "urls": {"type": "array", "items": {"type": "string"}, "description": "of HTTP"},
    "config": {"type": "object", "description": "what a plugin's dataset asks for"},
}
PLACE_KEYS: Final = tuple(PLACE_SCHEMA)


@dataclass(frozen=True, slots=True)
class _Place:
    """One short key: ``keys`` of ``params`` that it says, and how."""

    keys: tuple[str, ...]
    expand: Callable[[Json, str], JsonObject]
    shorten: Callable[[JsonObject, str], Json]


def _one(key: str) -> _Place:
    return _Place((key,), lambda value, _: {key: value}, lambda params, _: params.get(key))


def _expand_table(value: Json, kind: str) -> JsonObject:
    names = str(value).split(".")
    return dict(zip(_SQL_NAMES[-len(names) :], names, strict=True)) if len(names) <= len(_SQL_NAMES) else {}


def _shorten_table(params: JsonObject, kind: str) -> Json:
    names = [params[key] for key in _SQL_NAMES if key in params]
    return ".".join(names) if all(isinstance(name, str) and name for name in names) else None  # type: ignore[arg-type]  # all are texts


def _expand_folder(value: Json, kind: str) -> JsonObject:
    name = str(value)
    return {"folderSmartId": name if name.startswith(_FOLDER_PREFIX) or "." in name else _FOLDER_PREFIX + name}


def _shorten_folder(params: JsonObject, kind: str) -> Json:
    value = params.get("folderSmartId")
    short = value.removeprefix(_FOLDER_PREFIX) if isinstance(value, str) else None
    return short if short is not None and equal(_expand_folder(short, kind), {"folderSmartId": value}) else value


def _expand_files(value: Json, kind: str) -> JsonObject:
    if is_list(value):
        return {"filesSelectionRules": {"mode": "EXPLICIT_SELECT_FILES", "explicitFiles": value}}
    matching = "FULL_PATH" if "/" in str(value) else "FILENAME"
    rule: JsonObject = {"matchingMode": matching, "mode": "GLOB", "expr": value}
    return {"filesSelectionRules": {"mode": "RULES_INCLUDED_ONLY", "includeRules": [rule]}}


def _shorten_files(params: JsonObject, kind: str) -> Json:
    rules = params.get("filesSelectionRules")
    if not is_object(rules):
        return None
    explicit, included = rules.get("explicitFiles"), rules.get("includeRules")
    if is_list(explicit):
        return explicit if all(isinstance(name, str) for name in explicit) else None
    rule = included[0] if is_list(included) and len(included) == 1 else None
    return rule.get("expr") if is_object(rule) else None


def _expand_uploaded(value: Json, kind: str) -> JsonObject:
    return {"files": [f"/{name}" for name in value] if is_list(value) else value}


def _shorten_uploaded(params: JsonObject, kind: str) -> Json:
    files = params.get("files")
    return [str(name).removeprefix("/") for name in files] if is_list(files) else None


def _expand_urls(value: Json, kind: str) -> JsonObject:
    return {"sources": [{"url": url} for url in value] if is_list(value) else value}


def _shorten_urls(params: JsonObject, kind: str) -> Json:
    sources = params.get("sources")
    return [source.get("url") if is_object(source) else None for source in sources] if is_list(sources) else None


def _config_key(kind: str) -> str:
    return "customConfig" if kind.startswith(_CODE_PREFIX) else "config"


_PLACES: Final[Mapping[str, _Place]] = {
    **{key: _one(key) for key in _SAME},
    "table": _Place(_SQL_NAMES, _expand_table, _shorten_table),
    "query": _Place(("mode", "query"), lambda value, _: {"mode": "query", "query": value}, lambda p, _: p.get("query")),
    "folder": _Place(("folderSmartId",), _expand_folder, _shorten_folder),
    "files": _Place(("filesSelectionRules",), _expand_files, _shorten_files),
    "uploaded_files": _Place(("files",), _expand_uploaded, _shorten_uploaded),
    "urls": _Place(("sources",), _expand_urls, _shorten_urls),
    "config": _Place(
        ("customConfig", "config"),
        lambda value, kind: {_config_key(kind): value},
        lambda params, kind: params.get(_config_key(kind)),
    ),
}
# A place that is said by `table` is a table, not a query: DSS keeps both names and `mode` decides [seen].
_TABLE_MODE: Final[JsonObject] = {"mode": "table"}


def expand_params(spec: JsonObject, kind: str, keys: Sequence[str] = PLACE_KEYS) -> Json:
    """Return DSS's ``params`` of a spec of type ``kind``; ``None`` if the spec does not speak of them.

    ``keys``: the short keys that the kind of object has.

    >>> expand_params({"connection": "sf", "table": "PUBLIC.orders"}, "Snowflake")
    {'connection': 'sf', 'schema': 'PUBLIC', 'table': 'orders', 'mode': 'table'}
    """
    given = spec.get("params")
    if "params" in spec and not is_object(given):
        return given
    params: dict[str, Json] = dict(given) if is_object(given) else {}
    for key, place in _PLACES.items():
        if key in spec and key in keys:
            params |= place.expand(spec[key], kind)
    if params.get("table") and not params.get("query") and "mode" not in params:
        params |= _TABLE_MODE
    return params if params or "params" in spec else None


def shorten_params(params: JsonObject, kind: str, keys: Sequence[str] = PLACE_KEYS) -> dict[str, Json]:
    """Return the spec keys for ``params``: short ones where they say exactly what stands there, ``params`` for the rest.

    >>> shorten_params({"connection": "sf", "schema": "PUBLIC", "table": "orders", "x": 1}, "Snowflake")
    {'connection': 'sf', 'table': 'PUBLIC.orders', 'params': {'x': 1}}
    >>> shorten_params({"table": "a.b"}, "MySQL")
    {'params': {'table': 'a.b'}}
    """
    rest = dict(params)
    if equal({key: rest[key] for key in _TABLE_MODE if key in rest}, _TABLE_MODE) and _implies_table_mode(rest):
        del rest["mode"]
    spec: dict[str, Json] = {}
    for key, place in _PLACES.items():
        there = {name: rest[name] for name in place.keys if name in rest}
        is_leftover = key == "table" and params.get("mode") == "query"  # DSS keeps the table of before [seen]
        value = place.shorten(rest, kind) if there and key in keys and not is_leftover else None
        if value is not None and equal(place.expand(value, kind), there):
            spec[key] = value
            rest = {name: item for name, item in rest.items() if name not in there}
    return {**spec, "params": rest} if rest or not params else spec


def _implies_table_mode(params: JsonObject) -> bool:
    return bool(params.get("table")) and not params.get("query")


def declared_params(spec: JsonObject, kind: str) -> JsonObject:
    """Return the params of a spec as an object, for checks."""
    params = expand_params(spec, kind)
    return params if is_object(params) else {}


def said_twice(spec: JsonObject, kind: str) -> list[tuple[str, str]]:
    """Return the short keys of ``spec`` that ``params``, or another short key, says as well: ``[("table", "params.table")]``."""
    params = spec.get("params")
    given: JsonObject = params if is_object(params) else {}
    found = []
    for key, place in _PLACES.items():
        if key in spec:
            said = place.expand(spec[key], kind)
            found += [(key, f"params.{name}") for name in said if name in given]
    if "table" in spec and "query" in spec:
        found.append(("query", "table"))
    return found
