"""What is wrong with the spec of a recipe beyond its schema: roles against the type, forms that cannot be meant."""

from __future__ import annotations

from collections.abc import Iterator

from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.resources.findings import declared_twice
from dataiku_iac.resources.recipe_forms import (
    expand_params,
    expand_payload,
    forms_of_other_types,
    mistakes,
    said_twice,
    scope_of,
    without_effect,
)
from dataiku_iac.resources.recipe_io import end_refs
from dataiku_iac.resources.recipe_types import RECIPE_TYPES, PayloadForm

__all__ = ["recipe_findings"]


def recipe_findings(spec: JsonObject, kind: str, address: str) -> Iterator[Problem]:
    """Yield what the schema cannot say of a recipe of native type ``kind``."""
    scope = scope_of(spec.get("inputs"), spec.get("outputs"))
    for kept, other in said_twice(spec, kind, scope):
        yield declared_twice(address, kept, other)

    def error(code: str, summary: str, detail: str, suggestion: str) -> Problem:
        return Problem(Severity.ERROR, code, summary, detail, address=address, suggestion=suggestion)

    for key, kinds in forms_of_other_types(spec, kind):
        yield error(
            "wrong-form", "this recipe type has no such key", f'"{key}" of a {kind} recipe', f"it is for {kinds}"
        )
    for path, text in mistakes(spec, kind, scope):
        yield error("bad-form", "a short form cannot mean anything", f"{path}: {text}", "correct it")
    for path in without_effect(kind, expand_params(spec, kind, scope), expand_payload(spec, kind, scope)):
        yield error(
            "unused-setting",
            "a setting has no effect beside the others",
            path,
            "leave it out, or choose what makes it count",
        )
    known = RECIPE_TYPES.get(kind)
    if "code" in spec and "payload" in spec:
        yield error(
            "code-and-payload", "a recipe has code or a payload, not both", f"type {kind}", "remove one of them"
        )
    if known is None:
        return
    if "code" in spec and known.payload is not PayloadForm.CODE:
        yield error("no-code", "this recipe type has no code", f"type {kind}", "use payload and params")
    if "payload" in spec and known.payload is PayloadForm.CODE:
        yield error(
            "payload-of-code", "the payload of a code recipe is its code", f"type {kind}", "use code or code_file"
        )
    if "engine" in spec and known.engine is None:
        yield error("no-engine", "this recipe type has no engines to choose from", f"type {kind}", "remove engine")
    inputs, outputs = ([end[0] for end in end_refs(spec.get(side, []))] for side in ("inputs", "outputs"))
    if known.needs_inputs and not inputs:
        yield error("missing-inputs", "this recipe type needs an input", f"type {kind}", "add inputs")
    if not outputs:
        yield error("missing-outputs", "a recipe needs an output", f"type {kind}", "add outputs")
    if known.single_output and outputs.count("main") > 1:
        detail = f"{outputs.count('main')} outputs of a {kind} recipe"
        yield error("too-many-outputs", "this recipe type writes one output", detail, "keep one, or use a split recipe")
