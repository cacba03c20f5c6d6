"""A person changes one field: JSON pointers into the document or the payload of an object, and nothing else changes but the tag."""

import copy
import json
from typing import TYPE_CHECKING, Any, Final

from emulator.errors import illegal_argument
from emulator.json_text import JsonObject
from emulator.touches.acting import acting
from emulator.touches.places import Place

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["apply_edits", "edit"]

_OPERATIONS: Final = ("add", "replace", "remove")


def edit(
    world: "World", place: Place, *, part: str, edits: list[JsonObject], text: str | None, login: str
) -> JsonObject:
    """Change one part of an object; return ``{kind, id, version}``.

    ``part`` is ``document`` or ``payload``. ``edits`` are operations of a JSON patch, ``{"op": "replace", "path": "/schema/columns/0/type",
    "value": "bigint"}``; ``text`` replaces a payload that is code as a whole. A payload keeps its layout as far as JSON can.
    """
    document = copy.deepcopy(place.read() or {})
    payload: bytes | None = None
    if part == "payload":
        payload = _edited_payload(place, edits, text)
    elif part == "document":
        document = apply_edits(document, edits)
    else:
        raise illegal_argument(f'"part" must be "document" or "payload", not {part!r}')
    with acting(world, login, "edit"):
        if payload is not None:
            place.write_payload(payload)
        place.write(document, login)
    return {"kind": place.kind.kind, "id": place.id, "version": place.version()}


def _edited_payload(place: Place, edits: list[JsonObject], text: str | None) -> bytes:
    if text is not None:
        return text.encode("utf-8", "surrogateescape")
    payload = place.payload_object()
    if payload is None:
        raise illegal_argument(
            f"the payload of {place.kind.kind} {place.id} is no JSON object; give its whole text as text="
        )
    indent = 2 if b"\n" in (place.read_payload() or b"") else None
    return json.dumps(apply_edits(payload, edits), indent=indent, ensure_ascii=False).encode("utf-8", "surrogatepass")


def apply_edits(document: JsonObject, edits: list[JsonObject]) -> JsonObject:
    """Return ``document`` after the operations, in order; raises 400 that says which one does not fit."""
    changed: Any = copy.deepcopy(document)
    for operation in edits:
        name, path = operation.get("op"), operation.get("path")
        if name not in _OPERATIONS or not isinstance(path, str) or not path.startswith("/"):
            raise illegal_argument(
                f'an edit is {{"op": one of {", ".join(_OPERATIONS)}, "path": "/...", "value"}}: {operation}'
            )
        _apply(changed, [step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/")], operation)
    result: JsonObject = changed
    return result


def _apply(document: Any, steps: list[str], operation: JsonObject) -> None:
    holder = document
    for step in steps[:-1]:
        holder = _inside(holder, step, operation)
    name, last, value = operation["op"], steps[-1], operation.get("value")
    if isinstance(holder, list):
        index = len(holder) if last == "-" else _index(last, operation)
        if name == "add" and index <= len(holder):
            holder.insert(index, value)
        elif name == "replace" and index < len(holder):
            holder[index] = value
        elif name == "remove" and index < len(holder):
            del holder[index]
        else:
            raise _no_place(operation)
    elif isinstance(holder, dict) and (name == "add" or last in holder):
        if name == "remove":
            del holder[last]
        else:
            holder[last] = value
    else:
        raise _no_place(operation)


def _inside(holder: Any, step: str, operation: JsonObject) -> Any:
    if isinstance(holder, dict) and step in holder:
        return holder[step]
    if isinstance(holder, list) and _index(step, operation) < len(holder):
        return holder[int(step)]
    raise _no_place(operation)


def _index(step: str, operation: JsonObject) -> int:
    if not step.isdecimal():
        raise _no_place(operation)
    return int(step)


def _no_place(operation: JsonObject) -> Exception:
    return illegal_argument(f"there is nothing at {operation['path']} to {operation['op']}")
