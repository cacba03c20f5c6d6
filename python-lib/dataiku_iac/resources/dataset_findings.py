"""What is wrong with a dataset's entry that its schema cannot say."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.resources.check_findings import wrong_checks, wrong_metrics
from dataiku_iac.resources.dataset_formats import native_format
from dataiku_iac.resources.dataset_lens import is_managed, type_of
from dataiku_iac.resources.dataset_params import unknown_params
from dataiku_iac.resources.dataset_places import declared_params, said_twice
from dataiku_iac.resources.findings import declared_twice

__all__ = ["dataset_problems"]

_COLUMN_TYPES: Final = frozenset(
    {
        *("string", "boolean", "tinyint", "smallint", "int", "bigint", "float", "double"),
        *("date", "dateonly", "datetimenotz", "array", "map", "object", "geopoint", "geometry"),
    }
)


def dataset_problems(spec: JsonObject, address: str) -> Iterator[Problem]:
    """Yield fields given twice, an unmanaged dataset without a concrete type, params and checks that nobody knows."""
    native = type_of(spec)
    for kept, other in _given_twice(spec, native):
        yield declared_twice(address, kept, other)
    given = spec.get("type")
    if not is_managed(spec) and given is None:
        yield Problem(
            Severity.ERROR,
            "missing-type",
            "a dataset that is not managed needs a type",
            address=address,
            suggestion="add type, or managed: true",
        )
    if not is_managed(spec) and isinstance(given, str) and given.lower() == "sql":
        yield Problem(
            Severity.ERROR,
            "generic-type",
            "only a managed dataset can take its type from the connection",
            f'type is "{given}"',
            address=address,
            suggestion="write the concrete type, e.g. type: PostgreSQL",
        )
    form = native_format(str(spec.get("format_type", spec.get("format"))))
    yield from unknown_params(native, form, declared_params(spec, native), spec.get("format_params"), address)
    yield from _schema_problems(spec.get("schema"), address)
    yield from wrong_checks(spec.get("checks", spec.get("rules")), address, "checks")
    yield from wrong_metrics(spec.get("metrics"), address, "metrics")


def _given_twice(spec: JsonObject, kind: str) -> Iterator[tuple[str, str]]:
    yield from said_twice(spec, kind)
    if "format" in spec and "format_type" in spec:
        yield "format", "format_type"
    if "checks" in spec and "rules" in spec:
        yield "checks", "rules"
    rest = spec.get("metricsChecks")
    if ("checks" in spec or "rules" in spec) and is_object(rest) and "checks" in rest:
        yield "checks", "metricsChecks.checks"
    if "monitor" in spec and is_object(rest) and "monitor" in rest:
        yield "monitor", "metricsChecks.monitor"


def _schema_problems(schema: Json, address: str) -> Iterator[Problem]:
    columns = schema.get("columns") if is_object(schema) else schema
    seen: set[str] = set()
    for column in columns if is_list(columns) else []:
        name, kind = (column.get("name"), column.get("type")) if is_object(column) else (None, None)
        if isinstance(name, str) and name in seen:
            yield Problem(
                Severity.ERROR,
                "duplicate-column",
                "two columns of one schema have the same name",
                f'column "{name}"',
                address=address,
                suggestion="rename one of them",
            )
        if isinstance(kind, str) and kind not in _COLUMN_TYPES:
            near = get_close_matches(kind, _COLUMN_TYPES, n=1)
            yield Problem(
                Severity.WARNING,
                "unknown-column-type",
                "this column type is not known",
                f'column "{name}" has type "{kind}"',
                address=address,
                suggestion=f'did you mean "{near[0]}"?' if near else "",
            )
        seen.add(str(name))
