"""``${NAME}``, ``${NAME:default}``, ``${git:commit}``, ``${env:X}`` and ``{{ expression }}`` in values.

DSS has variables of its own, written the same way, which it resolves when it runs something. So ``${NAME}`` is ours only
if NAME is declared (command line, environment file, ``dataiku-iac.yml``) or has a default; every other ``${…}`` passes
through untouched, and ``$${…}`` always passes as ``${…}``. Two opening braces are always ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from operator import is_not
from typing import Final

from dataiku_iac.config.expressions import ExpressionError, Expressions, Names
from dataiku_iac.config.findings import Findings, did_you_mean, nearest
from dataiku_iac.config.located import Located, locate
from dataiku_iac.config.yaml_rules import read_plain
from dataiku_iac.core.canonical import Json
from dataiku_iac.core.problem import Place

__all__ = ["GitInfo", "Variables", "escape_text"]


@dataclass(frozen=True, slots=True)
class GitInfo:
    """Where the configuration comes from, e.g. ``GitInfo("0a1b2c3…", "main")``."""

    commit: str
    branch: str


_MARK: Final = re.compile(r"\$\$\{|\{\{|\$\{(?!\{)")
_EXPRESSION: Final = re.compile(r"\{\{((?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^'\"])*?)\}\}", re.DOTALL)
_INSIDE: Final = re.compile(_EXPRESSION.pattern + r"|\$\$\{|\$\{|\}|:", re.DOTALL)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HARMLESS: Final = re.compile(r"\$\{([^${}:]*)\}")
_CHANGING: Final = frozenset({"date", "datetime", "now", "random", "timestamp", "uuid"})
_DEEPEST: Final = 20


def escape_text(text: str, *, declared: Collection[str] = ()) -> str:
    """Return how to write ``text`` so that resolving it gives ``text`` again; DSS's own ``${name}`` stays readable.

    ``declared`` are the names of our variables. ``Variables.resolve`` is the inverse.

    >>> escape_text("${projectKey} costs $${x} {{y}}")
    "${projectKey} costs $$${x} {{ '{{' }}y}}"
    """
    written, at = "", 0
    while found := _MARK.search(text, at):
        written += text[at : found.start()]
        at = found.end()
        if found[0] == "{{":
            written += "{{ '{{' }}"
        elif found[0] == "$${":
            written += "$$${"
        else:
            harmless = _HARMLESS.match(text, found.start())
            ours = harmless is None or harmless[1] in declared or harmless[1] == "uuid"
            written += "$${" if ours else "${"
    return written + text[at:]


class Variables:
    """All variables of one load. ``resolve`` never changes what it is given; problems go to the findings.

    Attributes:
        places: where each declared variable is set.
    """

    def __init__(
        self,
        declared: Mapping[str, Located],
        *,
        environment: str,
        os_environ: Mapping[str, str],
        git: GitInfo | None,
        findings: Findings,
    ) -> None:
        self.places: Mapping[str, Place] = {name: node.best_place for name, node in declared.items()}
        self._declared = declared
        self._os_environ = os_environ
        self._git = {} if git is None else {"commit": git.commit, "branch": git.branch}
        self._findings = findings
        self._expressions = Expressions()
        self._values: dict[str, Json] = {}
        self._in_progress: list[str] = []
        self._names: dict[str, object] = {
            "env": Names("env", os_environ, os_environ.__getitem__),
            "var": Names("var", declared, self._value),
            "git": Names("git", self._git, self._git.__getitem__),
            "environment": environment,
            "project": Names("project", [], lambda _: ""),
        }
        self._project = ""

    def resolve(self, node: Located, *, project: str = "", skip: Collection[str] = ()) -> Located:
        """Return ``node`` with every variable and expression in it replaced by its value.

        ``project`` is the key of the project the node stands in (``project.key`` in expressions); ``skip`` are keys of
        the mapping itself whose texts are left alone: code belongs to who wrote it.
        """
        if project != self._project:
            self._project = project
            self._names["project"] = Names("project", ["key"] if project else [], lambda _: project)
            self._values.clear()  # a variable may speak of the project
        return self._node(node, skip)

    def _node(self, node: Located, skip: Collection[str] = ()) -> Located:
        """Return ``node`` itself where nothing changes, as in most places: what is written is then kept only once."""
        value = node.value
        if isinstance(value, str):
            if "${" not in value and "{{" not in value:
                return node
            found = self._text(value, node.place)
            return locate(found, node.place, node.key_place) if found != value else node
        if isinstance(value, tuple):
            items = tuple([self._node(item) for item in value])
            return node.with_value(items) if any(map(is_not, items, value)) else node
        if isinstance(value, Mapping):
            changed = {
                key: new for key, item in value.items() if key not in skip and (new := self._node(item)) is not item
            }
            return node.with_value({**value, **changed}) if changed else node
        return node

    def _value(self, name: str) -> Json:
        """Return the value of a declared variable, itself resolved."""
        if name not in self._values:
            if name in self._in_progress:
                circle = " → ".join([*self._in_progress[self._in_progress.index(name) :], name])
                raise ExpressionError(circle, code="variable-cycle", suggestion="give one of them a value of its own")
            self._in_progress.append(name)
            try:
                self._values[name] = self._node(self._declared[name]).plain()
            finally:
                self._in_progress.pop()
        return self._values[name]

    def _text(self, text: str, place: Place) -> Json:
        try:
            return self._evaluate(text, place, 0)
        except ExpressionError as error:
            if self._in_progress and error.code == "variable-cycle":
                raise
            self._findings.error(error.code, error.detail, place=place, suggestion=error.suggestion)
            return text

    def _evaluate(self, text: str, place: Place, depth: int) -> Json:
        if depth > _DEEPEST:
            raise ExpressionError(f"variables nested more than {_DEEPEST} deep")
        parts: list[Json] = []
        at = 0
        while found := _MARK.search(text, at):
            if found.start() > at:
                parts.append(text[at : found.start()])
            if found[0] == "$${":
                parts.append("${")
                at = found.end()
            elif found[0] == "{{":
                value, at = self._expression(text, found.start())
                parts.append(value)
            else:
                value, at = self._reference(text, found.end(), place, depth)
                parts.append(value)
        if at < len(text):
            parts.append(text[at:])
        if len(parts) == 1:
            return parts[0]
        return "".join(_inside_text(part) for part in parts)

    def _expression(self, text: str, at: int) -> tuple[Json, int]:
        found = _EXPRESSION.match(text, at)
        if found is None:
            raise ExpressionError(
                'two opening braces without "}}"', suggestion="write {{ '{{' }} for two braces as they are"
            )
        return self._expressions.evaluate(found[1].strip(), self._names), found.end()

    def _reference(self, text: str, at: int, place: Place, depth: int) -> tuple[Json, int]:
        """Return the value of the ``${…}`` whose inside begins at ``at``, and where the text goes on."""
        colon, end = _inside(text, at)
        if end is None:
            return "${", at
        body = text[at:end]
        name = _inside_text(self._evaluate(text[at : colon or end], place, depth + 1))
        argument = text[colon + 1 : end] if colon else None
        if not _NAME.fullmatch(name):
            return "${" + _inside_text(self._evaluate(body, place, depth + 1)) + "}", end + 1
        if argument is not None and name in ("env", "git", "secret"):
            return self._function(name, argument, place, depth), end + 1
        if name in self._declared:
            return self._value(name), end + 1
        if name in _CHANGING and (argument is not None or name == "uuid"):
            raise ExpressionError(
                f"${{{body}}}",
                code="changing-value",
                suggestion="every plan would differ; use a variable of DSS, or $${…} if this is one",
            )
        if argument is not None:
            return self._default(argument, place, depth), end + 1
        self._warn_typo(name, place)
        return f"${{{name}}}", end + 1

    def _default(self, text: str, place: Place, depth: int) -> Json:
        if not text or _MARK.search(text):
            return self._evaluate(text, place, depth + 1) if text else ""
        return read_plain(text)

    def _function(self, name: str, argument: str, place: Place, depth: int) -> Json:
        key, colon, default = argument.partition(":")
        key = _inside_text(self._evaluate(key, place, depth + 1))
        if name == "secret":
            raise ExpressionError(
                f"${{secret:{key}}}",
                code="secret-unsupported",
                suggestion="leave the field out; what stands on the node is kept",
            )
        values: Mapping[str, str] = self._git if name == "git" else self._os_environ
        if key in values:
            return values[key]
        if colon:
            return _inside_text(self._evaluate(default, place, depth + 1))
        near = did_you_mean(key, values)
        if name == "git" and not values:
            near = "the configuration does not come from a Git repository; write ${git:commit:default}"
        raise ExpressionError(
            f"{name}:{key}", code="undefined-variable", suggestion=near or f"set it, or write ${{{name}:{key}:default}}"
        )

    def _warn_typo(self, name: str, place: Place) -> None:
        near = nearest(name, self._declared, cutoff=0.85)
        if near and abs(len(near) - len(name)) <= 1:
            self._findings.warning(
                "possible-typo",
                f"${{{name}}} is not declared and passes to DSS as it is",
                place=place,
                suggestion=f'did you mean "{near}"? else write $${{{name}}}',
            )


def _inside(text: str, at: int) -> tuple[int, int | None]:
    """Return where the first colon (0: none) and the closing brace of a ``${`` are; nested ones are skipped."""
    depth, colon = 1, 0
    for found in _INSIDE.finditer(text, at):
        if found[0] == "${":
            depth += 1
        elif found[0] == "}":
            depth -= 1
            if depth == 0:
                return colon, found.start()
        elif found[0] == ":" and depth == 1 and not colon:
            colon = found.start()
    return colon, None


def _inside_text(value: Json) -> str:
    """Return how a value stands inside a text: booleans and numbers as in JSON, null as nothing.

    Raises:
        ExpressionError: it is a list or a mapping.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise ExpressionError(
        "a list or mapping inside a text",
        code="variable-type",
        suggestion="let the variable be the whole value, or use | join(',')",
    )
