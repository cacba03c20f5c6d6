"""``{{ expression }}``: Jinja2 expressions in a sandbox, with native results and without anything that changes by itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import GeneratorType
from typing import Final

from jinja2 import StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from dataiku_iac.config.findings import allowed_text, did_you_mean
from dataiku_iac.core.canonical import Json

__all__ = ["ExpressionError", "Expressions", "Names"]

# No `random`, nothing that reads a clock, nothing whose result can be made huge by one number.
_FILTERS: Final = frozenset(
    (
        *("abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "int", "items", "join", "last"),
        *("length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "replace", "reverse", "round"),
        *("select", "selectattr", "sort", "string", "sum", "title", "tojson", "trim", "unique", "upper"),
    )
)
_LARGEST: Final = 1_000_000


class ExpressionError(ValueError):
    """An expression has no value; ``code`` is one of the problem codes."""

    def __init__(self, detail: str, *, code: str = "bad-expression", suggestion: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.suggestion = suggestion


class Names:
    """A namespace of expressions such as ``env``: values by name, looked up when they are used."""

    __slots__ = ("_known", "_look_up", "label")

    def __init__(self, label: str, known: Iterable[str], look_up: Callable[[str], Json]) -> None:
        self.label = label
        self._known = frozenset(known)
        self._look_up = look_up

    def __getitem__(self, name: str) -> Json:
        if name not in self._known:
            raise KeyError(name)
        return self._look_up(name)

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._known))


class _Missing(StrictUndefined):
    """An undefined name that says which one and what is near."""

    __slots__ = ()

    def describe(self) -> ExpressionError:
        name, owner = str(self._undefined_name), self._undefined_obj
        if isinstance(owner, Names):
            return ExpressionError(
                f"{owner.label}.{name}", code="undefined-variable", suggestion=_near(name, list(owner), owner.label)
            )
        if owner is missing:
            return ExpressionError(name, code="undefined-variable", suggestion=_near(name, _TOP_LEVEL, ""))
        return ExpressionError(f'no "{name}" in the value', code="undefined-variable")

    @property
    def _undefined_message(self) -> str:
        return self.describe().detail


_TOP_LEVEL: Final = ("env", "environment", "git", "project", "var")


def _near(name: str, known: list[str] | tuple[str, ...], label: str) -> str:
    near = did_you_mean(name, known)
    if near or not label:
        return near or f"{allowed_text(known)}, as in {{{{ var.{name} }}}}"
    if label == "env":
        return f"set {name} in the environment of the process, or write {{{{ env.{name} | default('…') }}}}"
    return f"define it, or write {{{{ {label}.{name} | default('…') }}}}"


class _Sandbox(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*", "**", "%"})

    def is_safe_callable(self, obj: object) -> bool:
        return False

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        if not isinstance(left, int | float) or not isinstance(right, int | float):
            raise SecurityError(f"{operator} is for numbers only")
        if operator == "**" and (abs(left) > 1000 or abs(right) > 100):
            raise SecurityError("** is for small numbers only")
        return super().call_binop(context, operator, left, right)


class Expressions:
    """Evaluates expressions; each text is compiled once."""

    def __init__(self) -> None:
        self._sandbox = _Sandbox(undefined=_Missing)
        self._sandbox.globals.clear()
        for name in set(self._sandbox.filters) - _FILTERS:
            del self._sandbox.filters[name]
        self._compiled: dict[str, Callable[..., object]] = {}

    def evaluate(self, source: str, names: Mapping[str, object]) -> Json:
        """Return the native value of ``source``, e.g. ``True`` for ``environment == 'prod'``.

        Raises:
            ExpressionError: it is not an expression, a name is not defined, or the value is none that JSON knows.
        """
        try:
            if source not in self._compiled:
                self._compiled[source] = self._sandbox.compile_expression(source, undefined_to_none=False)
            result = self._compiled[source](names)
            if isinstance(result, _Missing):
                raise result.describe()
            return _as_json(result)
        except UndefinedError as error:
            detail = error.message or ""
            label, dot, name = detail.partition(".")
            owner = names.get(label)
            near = (
                _near(name, list(owner), label) if dot and isinstance(owner, Names) else _near(detail, _TOP_LEVEL, "")
            )
            raise ExpressionError(detail, code="undefined-variable", suggestion=near) from error
        except SecurityError as error:
            # The text of a refused call holds the object itself, which may be a value nobody should see.
            detail = "a call or an attribute that is not allowed" if "safe" in str(error) else str(error)
            raise ExpressionError(detail, suggestion="use filters such as | upper, | default('x'), | int") from error
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            if isinstance(error, ExpressionError):
                raise
            raise ExpressionError(
                str(error) or type(error).__name__,
                suggestion="write a Jinja2 expression, or {{ '{{' }} for two braces as they are",
            ) from error


def _as_json(value: object, depth: int = 0) -> Json:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ExpressionError(f"{value} is not a number JSON knows")
        return value
    if isinstance(value, str):
        if len(value) > _LARGEST:
            raise ExpressionError(f"a text of {len(value)} characters")
        return str(value)
    if isinstance(value, _Missing):
        raise value.describe()
    if depth > 50:
        raise ExpressionError("a value of more than 50 levels")
    if isinstance(value, Mapping):
        return {str(key): _as_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | GeneratorType):
        return [_as_json(item, depth + 1) for item in value]
    raise ExpressionError(f"a {type(value).__name__} is no value", suggestion="choose one of its entries")
