"""What made a value of what stands in the files: a variable, a line of ``remap``, a default of the environment.

Asked for by whoever explains a plan, for a few fields of a few objects; so it is found when first asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from dataiku_iac.config.environments import REMAP_SORTS, Environment
from dataiku_iac.config.located import Located
from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.edits import diff, path_of
from dataiku_iac.core.fields import Unset
from dataiku_iac.core.problem import Place
from dataiku_iac.core.secret import looks_secret

__all__ = ["Origins"]

_NAMED: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)|\bvar\.([A-Za-z_][A-Za-z0-9_]*)")
_LONGEST: Final = 80


class Origins(Mapping[str, tuple[str, ...]]):
    """Spec path to the rules that made its value, e.g. ``{"connection": ('written as "${DB}"; DB is set at environments/prod.yml:4:9',)}``."""

    __slots__ = ("_default", "_environment", "_found", "_raw", "_remapping", "_resolved", "_variables")

    def __init__(self, raw: Located, resolved: Located, variables: Mapping[str, Place]) -> None:
        self._raw = raw
        self._resolved = resolved
        self._variables = variables
        self._environment: Environment | None = None
        self._default = ""
        self._remapping: tuple[Callable[[], JsonObject], JsonObject] | None = None
        self._found: dict[str, tuple[str, ...]] | None = None

    def note_default(self, key: str, environment: Environment) -> None:
        """Note that ``key`` was not written: the environment's default stands there."""
        self._default, self._environment = key, environment

    def note_remapping(self, before: Callable[[], JsonObject], after: JsonObject, environment: Environment) -> None:
        """Note the spec before and after the names of the environment were put in."""
        self._remapping, self._environment = (before, after), environment

    def __getitem__(self, path: str) -> tuple[str, ...]:
        return self._all()[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[str, tuple[str, ...]]:
        if self._found is None:
            self._found = {}
            for path, rule in (*self._of_variables(), *self._of_environment()):
                self._found[path] = (*self._found.get(path, ()), rule)
        return self._found

    def _of_variables(self) -> Iterator[tuple[str, str]]:
        if self._raw is self._resolved:
            return
        values = dict(self._resolved.walk())
        for path, node in self._raw.walk():
            text, value = node.text, values.get(path)
            if text is None or value is None or value.value == text or ("${" not in text and "{{" not in text):
                continue
            key = re.split(r"[.\[]", path)[-1] if path else ""
            if looks_secret(key, text):
                continue
            shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
            yield path, "; ".join([f'written as "{shown}"', *self._places_of(text)])

    def _places_of(self, text: str) -> Iterator[str]:
        for name in dict.fromkeys(one or other for one, other in _NAMED.findall(text)):
            place = self._variables.get(name)
            if place is not None:
                yield f"{name} is set at {place}"

    def _of_environment(self) -> Iterator[tuple[str, str]]:
        environment = self._environment
        if environment is None:
            return
        if self._default:
            yield self._default, f"not written; a default of environment {environment.name}"
        if self._remapping is not None:
            before, after = self._remapping
            for edit in diff(before(), after):
                yield from _remapped(path_of(edit.path), edit.before, edit.after, environment)


def _remapped(
    path: str, before: Json | Unset, after: Json | Unset, environment: Environment
) -> Iterator[tuple[str, str]]:
    pairs = dict(_strings(before, after))
    for key, sort in REMAP_SORTS.items():
        for source, target in environment.remap.get(sort, {}).items():
            if pairs.get(source) == target:
                place = environment.places.get(f"remap.{key}.{source}")
                yield path, f'"{source}" in the files, mapped by remap.{key}' + (f" at {place}" if place else "")
    for source, target in environment.projects.items():
        if any(old.partition(".")[0] == source and new.partition(".")[0] == target for old, new in pairs.items()):
            place = environment.places.get(f"projects.{source}")
            yield path, f"project {source} in the files, mapped by projects" + (f" at {place}" if place else "")


def _strings(before: Json | Unset, after: Json | Unset) -> Iterator[tuple[str, str]]:
    """Yield the texts that stand at the same place in both."""
    if isinstance(before, str) and isinstance(after, str):
        if before != after:
            yield before, after
    elif is_object(before) and is_object(after):
        for key in before.keys() & after.keys():
            yield from _strings(before[key], after[key])
    elif isinstance(before, list) and isinstance(after, list):
        for left, right in zip(before, after, strict=False):
            yield from _strings(left, right)
