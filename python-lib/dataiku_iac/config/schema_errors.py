"""JSON Schema errors in our words: what is wrong, what is allowed, what is nearest, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from dataiku_iac.config.findings import Findings, allowed_text, did_you_mean
from dataiku_iac.config.located import Located
from dataiku_iac.config.shapes import type_name
from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.secret import looks_secret

__all__ = ["SchemaChecker"]

_TYPES: Final = {
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}
_YES_NO: Final = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


class SchemaChecker:
    """The compiled schema of one kind.

    Two validators share the work: ``jsonschema_rs`` tells in microseconds that an entry is fine, which nearly all are;
    whatever it does not accept is judged and explained by ``jsonschema``, whose errors hold what was expected. So the
    former may be stricter than the latter (it is, about line ends in patterns), never laxer; a test compares the two.
    """

    def __init__(self, schema: JsonObject) -> None:
        self._quick = jsonschema_rs.Draft202012Validator(dict(schema))
        self._validator = Draft202012Validator(dict(schema))

    def check(self, instance: JsonObject, node: Located, address: Address | str, findings: Findings) -> bool:
        """Note everything that is wrong with ``instance``, whose places are those of ``node``; tell whether it is fine."""
        if self.is_plainly_fine(instance):
            return True
        fine = True
        for error in self._validator.iter_errors(instance):
            fine = False
            for cause in _causes(error):
                _explain(cause, node, str(address), findings)
        return fine

    def is_plainly_fine(self, instance: Json) -> bool:
        """Tell whether the quick validator accepts ``instance``; False says nothing yet."""
        try:
            return self._quick.is_valid(instance)
        except ValueError:  # a value it cannot read, such as half of a surrogate pair out of a JSON file
            return False


def _causes(error: ValidationError) -> Iterator[ValidationError]:
    """Yield the errors behind an error: of alternatives, those of the one that was most likely meant."""
    if error.validator not in ("anyOf", "oneOf") or not error.context:
        yield error
        return
    branches: dict[object, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    meant = min(branches.values(), key=_distance)
    if _distance(meant)[0] == _OTHER_TYPE:
        yield error  # none of the alternatives has the right type
        return
    for inner in meant:
        yield from _causes(inner)


_OTHER_TYPE: Final = 2


def _distance(errors: Sequence[ValidationError]) -> tuple[int, int]:
    """Return how far a value is from an alternative: another type, another marker value, or details only."""
    here = [error for error in errors if len(error.relative_path) == 0]
    if any(error.validator == "type" for error in here):
        return _OTHER_TYPE, len(errors)
    marker = any(error.validator in ("const", "enum") for error in errors)
    return int(marker), len(errors)


def _explain(error: ValidationError, node: Located, address: str, findings: Findings) -> None:
    at = node.at(list(error.absolute_path))
    where = _path_text(error.absolute_path)
    instance, wanted = error.instance, error.validator_value
    match error.validator:
        case "additionalProperties" | "unevaluatedProperties" if isinstance(instance, Mapping):
            allowed = _known_keys(error)
            patterns = _patterns(error)
            for key in sorted(
                key for key in set(instance) - set(allowed) if not any(re.search(p, key) for p in patterns)
            ):
                child = (at.mapping or {}).get(key)
                findings.error(
                    "unknown-key",
                    f'"{key}"' + (f" in {where}" if where else ""),
                    place=(child.key_place or child.place) if child else at.best_place,
                    address=address,
                    suggestion=did_you_mean(key, allowed) or allowed_text(sorted(allowed)),
                )
        case "required" if isinstance(instance, Mapping):
            for key in wanted if isinstance(wanted, list) else []:
                if key not in instance:
                    findings.error(
                        "missing-key",
                        f'"{key}"' + (f" in {where}" if where else ""),
                        place=at.best_place,
                        address=address,
                        suggestion=f"add {key}:",
                    )
        case "type":
            findings.error(
                "wrong-type",
                f"{where or 'the entry'} is {type_name(instance)}",
                place=at.best_place,
                address=address,
                suggestion=_type_hint(instance, wanted if isinstance(wanted, list) else [str(wanted)]),
            )
        case "anyOf" | "oneOf":
            types = {str(inner.validator_value) for inner in error.context or () if inner.validator == "type"}
            code = "wrong-type" if types else "invalid-entry"
            detail = f"{where} is {type_name(instance)}" if types else f"{where}: more than one form at once, or none"
            hint = _type_hint(instance, sorted(types)) if types else "see the reference of this section"
            findings.error(code, detail, place=at.best_place, address=address, suggestion=hint)
        case "enum" | "const":
            choices = wanted if isinstance(wanted, list) else [wanted]
            findings.error(
                "not-allowed",
                f"{where} is {_shown(where, instance)}",
                place=at.best_place,
                address=address,
                suggestion=did_you_mean(str(instance), map(str, choices)) or allowed_text(choices),
            )
        case "pattern" | "minLength" | "maxLength" | "minItems" | "maxItems" | "minimum" | "maximum" | "uniqueItems":
            findings.error(
                "not-allowed",
                f"{where} is {_shown(where, instance)}",
                place=at.best_place,
                address=address,
                suggestion=f"it must satisfy {error.validator}: {wanted}",
            )
        case _:
            findings.error(
                "invalid-entry",
                f"{where or 'the entry'} does not satisfy {error.validator}",
                place=at.best_place,
                address=address,
                suggestion="see the reference of this section",
            )


def _known_keys(error: ValidationError) -> Sequence[str]:
    schema = error.schema
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    return list(properties) if isinstance(properties, Mapping) else []


def _patterns(error: ValidationError) -> Sequence[str]:
    schema = error.schema
    patterns = schema.get("patternProperties") if isinstance(schema, Mapping) else None
    return list(patterns) if isinstance(patterns, Mapping) else []


def _type_hint(value: object, types: Sequence[str]) -> str:
    if isinstance(value, str) and "boolean" in types and value.lower() in _YES_NO:
        return f"write {_YES_NO[value.lower()]}; only true and false are booleans"
    if isinstance(value, bool | int | float) and "string" in types:
        return "put it in quotes"
    return "write " + " or ".join(_TYPES.get(name, name) for name in types)


def _shown(where: str, value: object) -> str:
    if looks_secret(where.rpartition(".")[2], value):
        return "a secret"
    text = repr(value) if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= 60 else f"{text[:57]}…"


def _path_text(path: Iterable[str | int]) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
