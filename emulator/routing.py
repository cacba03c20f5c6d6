"""Requests, replies and the route tree: how an area is added.

An area is a folder ``emulator/<area>/``; ``emulator/areas.py`` finds it by itself if it has a ``routes.py`` with ``ROUTES``::

    # emulator/meanings/routes.py
    def get_meaning(request: Request, world: World) -> Reply:
        meaning = world.state_of(Meanings).get(request.path["meaning_id"])   # data and rules live in store.py
        return json_reply(meaning)

    ROUTES: Final = (
        Route("GET", "/meanings/{meaning_id}", get_meaning, Right.AUTHENTICATED),
        Route("PUT", "/projects/{project_key}/wiki/{article}", put_article, Right.WRITE),
    )

* Patterns are relative to both API roots, without trailing slash. ``{name}`` takes one segment, ``{name...}`` the rest of
  the path (last position only). A literal segment wins over a parameter. Values are percent-decoded.
* Patterns that begin with ``/__`` or are declared with ``root=""`` live outside the API roots (control API, health).
* The right is checked before the handler runs; with ``{project_key}`` in the pattern, project rights apply to it and an
  unknown or invisible project is refused as the node refuses it.
* A handler is a plain function (serialised by the event loop; the normal case, everything is in memory) or a coroutine
  function when it has to wait. It returns a ``Reply`` or raises ``DssError``.
* ``routes.py`` may have ``def on_start(world: World) -> None``, called once when the world is loaded.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import parse_qsl, unquote

from python_multipart import parse_form
from python_multipart.multipart import Field, File

from emulator.errors import illegal_argument
from emulator.json_text import JsonObject, dump_compact, parse
from emulator.rights import Caller, Right

if TYPE_CHECKING:
    from emulator.world import World

__all__ = [
    "API_ROOTS",
    "Handler",
    "Match",
    "Reply",
    "Request",
    "Route",
    "RouteTree",
    "Upload",
    "bytes_reply",
    "empty_reply",
    "html_reply",
    "json_reply",
    "message_reply",
    "split_path",
    "text_reply",
]

API_ROOTS: Final = (("dip", "publicapi"), ("public", "api"))
_JSON_TYPE: Final = "application/json;charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer; build one with the ``..._reply`` functions."""

    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(document: object, status: int = 200) -> Reply:
    """Answer with ``document`` as JSON."""
    return Reply(status, dump_compact(document), _JSON_TYPE)


def message_reply(message: str) -> Reply:
    """Answer with the node's message object ``{"msg": message}``."""
    return json_reply({"msg": message})


def text_reply(text: str, status: int = 200) -> Reply:
    """Answer with bare text."""
    return Reply(status, text.encode(), "text/plain;charset=utf-8")


def html_reply(text: str, status: int) -> Reply:
    """Answer with a page, as front-ends do."""
    return Reply(status, text.encode(), "text/html;charset=utf-8")


def bytes_reply(
    content: bytes, content_type: str = "application/octet-stream", *, filename: str | None = None
) -> Reply:
    """Answer with raw bytes (a file, a zip)."""
    headers = {} if filename is None else {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Reply(200, content, content_type, headers)


def empty_reply(status: int = 200) -> Reply:
    """Answer without a body, where the client reads none."""
    return Reply(status, b"", _JSON_TYPE)


@dataclass(frozen=True, slots=True)
class Upload:
    """One part of a multipart body, e.g. ``Upload("file", "", b"...")``."""

    field: str
    filename: str
    content: bytes


@dataclass(slots=True)
class Request:
    """One call, already routed.

    ``path`` holds the decoded parameters of the route, ``full_path`` the normalised path below the API root.
    """

    method: str
    full_path: str
    path: Mapping[str, str]
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    caller: Caller
    _query: list[tuple[str, str]] | None = None

    def query(self, name: str, default: str | None = None) -> str | None:
        """Return the first value of a query parameter."""
        return next(iter(self.query_list(name)), default)

    def query_list(self, name: str) -> list[str]:
        """Return all values of a repeated query parameter, e.g. ``tags=a&tags=b``."""
        if self._query is None:
            self._query = parse_qsl(self.query_string, keep_blank_values=True)
        return [value for key, value in self._query if key == name]

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean query parameter; clients send ``True``, ``true`` or ``False`` [client]."""
        value = self.query(name)
        return default if value is None else value.lower() == "true"

    def json(self) -> Any:
        """Return the body parsed as JSON, whatever its Content-Type says [client]."""
        if not self.body:
            return None
        try:
            return parse(self.body)
        except ValueError as error:
            raise illegal_argument(f"Could not parse a JSON from the request body: {error}") from error

    def json_object(self) -> JsonObject:
        """Return the body as a JSON object; an absent body counts as ``{}``."""
        document = self.json()
        if document is None:
            return {}
        if not isinstance(document, dict):
            raise illegal_argument("Expected a JSON object in the request body")
        return document

    def json_list(self) -> list[Any]:
        """Return the body as a JSON array."""
        document = self.json()
        if not isinstance(document, list):
            raise illegal_argument("Expected a JSON array in the request body")
        return document

    def uploads(self) -> list[Upload]:
        """Return the parts of a multipart body."""
        found: list[Upload] = []

        def on_field(part: Field) -> None:
            found.append(Upload(_text(part.field_name), "", part.value or b""))

        def on_file(part: File) -> None:
            part.file_object.seek(0)
            found.append(Upload(_text(part.field_name), _text(part.file_name), part.file_object.read()))

        headers = {
            "Content-Type": self.headers.get("content-type", "").encode(),
            "Content-Length": str(len(self.body)).encode(),
        }
        parse_form(headers, BytesIO(self.body), on_field, on_file)
        return found

    def upload(self, name: str = "file") -> Upload:
        """Return the part ``name`` of a multipart body; its file name may be empty [client]."""
        for part in self.uploads():
            if part.field == name:
                return part
        raise illegal_argument(f"Missing multipart part: {name}")


Handler: TypeAlias = "Callable[[Request, World], Reply | Awaitable[Reply]]"


@dataclass(frozen=True)
class Route:
    """One verb on one pattern. ``root=""`` puts it outside the API roots; ``since`` is the first version that has it, e.g. ``12`` or ``(12, 4, 2)``."""

    method: str
    pattern: str
    handler: Handler
    right: Right
    root: str = "api"
    since: int | tuple[int, ...] = 0

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The pattern split at slashes."""
        return tuple(part for part in self.pattern.split("/") if part)

    @cached_property
    def first_version(self) -> tuple[int, ...]:
        """``since`` as numbers, to compare with ``Profile.version``."""
        return self.since if isinstance(self.since, tuple) else (self.since,)

    @cached_property
    def has_project(self) -> bool:
        """Whether project rights apply."""
        return "{project_key}" in self.segments


@dataclass(frozen=True, slots=True)
class Match:
    """The routes of a path by verb, with the values of its parameters (names differ by verb)."""

    by_method: Mapping[str, Route]
    values: tuple[str, ...]

    def path_of(self, route: Route) -> dict[str, str]:
        """Return the parameters under the names that ``route`` gives them."""
        names = [part.strip("{}").removesuffix("...") for part in route.segments if part.startswith("{")]
        return dict(zip(names, self.values, strict=True))


class _Node:
    __slots__ = ("children", "parameter", "rest", "routes")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.rest: dict[str, Route] = {}
        self.routes: dict[str, Route] = {}


class RouteTree:
    """Routes by path segment.

    An own tree and not Starlette's router, because that one tries its regular expressions one after the other: with
    some 300 routes it costs more than everything else in a simple GET.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node = self._root
        for part in route.segments:
            if part.endswith("...}"):
                _put(node.rest, route)
                return
            if part.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.children.setdefault(part, _Node())
        _put(node.routes, route)

    def find(self, segments: tuple[str, ...]) -> Match | None:
        """Return the routes of a path given as raw (still percent-encoded) segments, or ``None``."""
        return next(_matches(self._root, segments, ()), None)


def _matches(node: _Node, rest: tuple[str, ...], values: tuple[str, ...]) -> Iterator[Match]:
    if not rest:
        if node.routes:
            yield Match(node.routes, values)
    else:
        head = unquote(rest[0])
        child = node.children.get(head)
        if child is not None:
            yield from _matches(child, rest[1:], values)
        if node.parameter is not None:
            yield from _matches(node.parameter, rest[1:], (*values, head))
    if node.rest and rest:
        yield Match(node.rest, (*values, unquote("/".join(rest))))


def _put(routes: dict[str, Route], route: Route) -> None:
    if route.method in routes:
        raise ValueError(f"two routes for {route.method} {route.pattern}")
    routes[route.method] = route


def split_path(raw_path: str) -> tuple[str | None, tuple[str, ...]]:
    """Split a path into its root (``"api"``, or ``None`` outside) and segments; empty segments vanish.

    So ``contents//x.csv`` and trailing slashes are accepted as the official client sends them [client].
    """
    segments = tuple(part for part in raw_path.split("/") if part)
    if segments[:2] in API_ROOTS:
        return "api", segments[2:]
    return None, segments


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")
