"""YAML text to located values, from the event stream of the C parser.

Built on events, not on PyYAML's constructors, because only here can one see duplicate keys, keep the place of every
key and value, and refuse deep or exploding input before anything recursive touches it. JSON is read by the same rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn

import yaml

from dataiku_iac.config.findings import Findings
from dataiku_iac.config.located import Located, Scalar
from dataiku_iac.config.yaml_rules import TooLong, read_plain
from dataiku_iac.core.problem import Place

__all__ = ["MAX_CHARACTERS", "MAX_DEPTH", "MAX_NODES", "parse_yaml"]

MAX_CHARACTERS: Final = 50_000_000
MAX_DEPTH: Final = 100
MAX_NODES: Final = 5_000_000
"""Values per file, aliases counted as often as they are used."""

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE: Final = "tag:yaml.org,2002:"
_MERGE: Final = "<<"
_TAGGED: Final[Mapping[str, type | tuple[type, ...]]] = {
    _CORE + "int": int,
    _CORE + "float": (int, float),
    _CORE + "bool": bool,
    _CORE + "null": type(None),
}


class _Stop(Exception):
    """The rest of the file cannot be read; the finding is noted."""


@dataclass(slots=True)
class _Frame:
    """A collection that is being read."""

    place: Place
    key_place: Place | None
    anchor: str | None
    is_mapping: bool
    entries: dict[str, Located] = field(default_factory=dict)
    elements: list[Located] = field(default_factory=list)
    key: str | None = None
    next_key_place: Place | None = None
    merges: list[Located] = field(default_factory=list)
    merge_place: Place | None = None
    size: int = 1


def parse_yaml(text: str, file: str, findings: Findings) -> list[Located]:
    """Return the documents of ``text`` that are not empty; what is wrong with it goes to ``findings``.

    A file whose syntax is wrong gives the documents before the error.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_CHARACTERS:
        findings.error(
            "yaml-limit",
            f"{len(text)} characters, at most {MAX_CHARACTERS}",
            place=Place(file),
            suggestion="split the file",
        )
        return []
    reader = _Reader(file, findings)
    try:
        reader.read(yaml.parse(text, Loader=_LOADER))
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        findings.error(
            "yaml-syntax",
            f"character U+{_code_point(error):04X} may not stand in YAML",
            place=Place(file, line, column),
            suggestion='write it as an escape in double quotes, e.g. "\\x07"',
        )
    except yaml.MarkedYAMLError as error:
        _note_syntax(error, text, file, findings)
    except _Stop:
        pass
    return reader.documents


def _code_point(error: yaml.reader.ReaderError) -> int:
    character: object = error.character
    return ord(character) if isinstance(character, str) and len(character) == 1 else int(str(character))


def _note_syntax(error: yaml.MarkedYAMLError, text: str, file: str, findings: Findings) -> None:
    mark = error.problem_mark or error.context_mark
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
    detail = error.problem or error.context or "unreadable"
    suggestion = ""
    lines = text.splitlines()
    before = lines[mark.line][: mark.column + 1] if mark and mark.line < len(lines) else ""
    if "\t" in before:
        detail, suggestion = "a tab is used for indentation", "use spaces"
    elif "anchor" in detail or "alias" in detail:
        suggestion = "an alias *name must follow its anchor &name in the same document"
    elif "could not find expected ':'" in detail or "mapping values are not allowed" in detail:
        suggestion = 'put text that holds ": " or begins with a special character in quotes'
    elif "cannot start any token" in detail:
        suggestion = "put text that begins with @, ` or % in quotes"
    findings.error("yaml-syntax", detail, place=place, suggestion=suggestion)


class _Reader:
    """Makes nodes of events with a stack of its own, so that depth costs no Python recursion."""

    def __init__(self, file: str, findings: Findings) -> None:
        self.documents: list[Located] = []
        self._file = file
        self._findings = findings
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Located, int] | None] = {}  # None: still being read
        self._total = 0

    def read(self, events: Iterator[yaml.Event]) -> None:
        for event in events:
            match event:
                case yaml.ScalarEvent():
                    self._scalar(event)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._open(event)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._close()
                case yaml.AliasEvent():
                    self._alias(event)
                case yaml.DocumentStartEvent():
                    self._anchors = {}
                case _:
                    pass

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1) if mark else Place(self._file)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        place = self._place(event)
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.is_mapping and frame.key is None:
            self._take_key(frame, event, place)
            return
        node = Located(self._scalar_value(event, place), place, frame.next_key_place if frame else None)
        self._add(node, 1, event.anchor)

    def _take_key(self, frame: _Frame, event: yaml.ScalarEvent, place: Place) -> None:
        # Keys are always text: `on:`, `1:` and `2024-01-01:` mean what is written.
        key: str = event.value
        frame.next_key_place = place
        if key == _MERGE and event.style in (None, ""):
            if frame.merge_place is not None:
                self._note_duplicate(key, place, frame.merge_place)
            frame.merge_place = place
            frame.key = key
            return
        if key in frame.entries:
            self._note_duplicate(key, place, frame.entries[key].key_place or place)
        frame.key = key
        if event.anchor:
            self._anchors[event.anchor] = (Located(key, place), 1)

    def _note_duplicate(self, key: str, place: Place, first: Place) -> None:
        self._findings.error(
            "duplicate-key",
            f'"{key}" stands at line {first.line} and at line {place.line}',
            place=place,
            suggestion='keep one; a second document after a line "---" may add to the first',
        )

    def _scalar_value(self, event: yaml.ScalarEvent, place: Place) -> Scalar:
        text: str = event.value
        if event.tag is None:
            return text if event.style else self._plain(text, place)  # the style of plain words is "" or None
        if event.tag in ("!", _CORE + "str"):
            return text
        value = self._plain(text, place)
        expected = _TAGGED.get(event.tag, ())
        if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
            self._findings.error(
                "yaml-tag", f"tag {event.tag} on {text[:40]!r}", place=place, suggestion="leave the tag out"
            )
        return value

    def _plain(self, text: str, place: Place) -> Scalar:
        try:
            return read_plain(text)
        except TooLong:
            self._stop("yaml-limit", f"a number of {len(text)} characters", place, "put it in quotes")

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        place = self._place(event)
        frame = self._stack[-1] if self._stack else None
        if len(self._stack) >= MAX_DEPTH:
            self._stop("yaml-limit", f"more than {MAX_DEPTH} levels", place, "flatten it")
        if frame is not None and frame.is_mapping and frame.key is None:
            self._stop("yaml-tag", "a list or mapping as key", place, "keys are text")
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, "!", _CORE + ("map" if is_mapping else "seq")):
            self._findings.error("yaml-tag", f"tag {event.tag}", place=place, suggestion="leave the tag out")
        if event.anchor:
            self._anchors[event.anchor] = None
        self._stack.append(_Frame(place, frame.next_key_place if frame else None, event.anchor, is_mapping))

    def _close(self) -> None:
        frame = self._stack.pop()
        if not frame.is_mapping:
            self._add(Located(tuple(frame.elements), frame.place, frame.key_place), frame.size, frame.anchor)
            return
        entries: dict[str, Located] = {}
        for merged in reversed(frame.merges):
            entries.update(merged.mapping or {})
        entries.update(frame.entries)
        self._add(Located(entries, frame.place, frame.key_place), frame.size, frame.anchor)

    def _alias(self, event: yaml.AliasEvent) -> None:
        place = self._place(event)
        name = event.anchor or ""
        if name not in self._anchors:
            self._stop("yaml-syntax", f"alias *{name} has no anchor", place, f"write &{name} before it")
        known = self._anchors[name]
        if known is None:
            self._stop("yaml-syntax", f"alias *{name} stands inside its own anchor", place, "write it out")
        node, size = known
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.is_mapping and frame.key is None:
            self._stop("yaml-tag", "an alias as key", place, "write the key")
        key_place = frame.next_key_place if frame else None
        # The value stands where its anchor is: that is what one has to edit; the key where the alias is.
        self._add(Located(node.value, node.place, key_place), size, None)

    def _add(self, node: Located, size: int, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = (node, size)
        if not self._stack:
            self._total += size
            if node.value is not None:
                self.documents.append(node)
            return
        frame = self._stack[-1]
        frame.size += size
        if self._total + frame.size > MAX_NODES:
            self._stop("yaml-limit", f"more than {MAX_NODES} values", node.place, "split the file, use fewer aliases")
        if not frame.is_mapping:
            frame.elements.append(node)
        elif frame.key == _MERGE and frame.next_key_place is frame.merge_place:
            frame.merges.extend(self._merged(node))
            frame.key = None
        else:
            frame.entries.setdefault(frame.key or "", node)
            frame.key = None

    def _merged(self, node: Located) -> list[Located]:
        candidates = [node] if node.items is None else list(node.items)
        for candidate in candidates:
            if candidate.mapping is None:
                self._findings.error(
                    "yaml-syntax",
                    "<< needs a mapping or a list of mappings",
                    place=node.place,
                    suggestion="write << : *name with &name on a mapping",
                )
        return [candidate for candidate in candidates if candidate.mapping is not None]

    def _stop(self, code: str, detail: str, place: Place, suggestion: str) -> NoReturn:
        self._findings.error(code, detail, place=place, suggestion=suggestion)
        raise _Stop
