"""Reading the values of a form. A form's defaults fill only the form, and callers of the API send what they like."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from dataiku_iac.core.canonical import Json, is_list
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.secret import Secret

__all__ = ["Form"]

_ENCRYPTED = "e:AES:"  # how a node keeps passwords; code should get them in clear, one report says otherwise [seen]
# Keys that DSS adds (plugin-components.md 5), and the headings of our own forms.
_NOT_OURS = ("_", "$", "separator_")


class Form:
    """The values of a macro's form, e.g. ``{"environment": "prod", "parallelism": 8.0}``.

    Every wrong value raises ``ConfigError`` naming the field and what is allowed. An absent, null or empty value means
    the default. Booleans come as text too, whole numbers as floats [doc].
    """

    def __init__(self, values: Mapping[str, Json], *, where: str) -> None:
        self._values = values
        self._where = where
        self._known: set[str] = set()

    def text(self, name: str, default: str = "") -> str:
        """Return a text without blanks around it."""
        value = self._value(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self._wrong(name, value, "a text")
        return value.strip() or default

    def required(self, name: str) -> str:
        """Return a text that must be there."""
        found = self.text(name)
        if not found:
            raise ConfigError(f'"{name}" is missing', where=self._where, next_step=f'give "{name}" a value')
        return found

    def choice(self, name: str, allowed: Sequence[str], default: str) -> str:
        """Return one of ``allowed``."""
        found = self.text(name, default)
        if found not in allowed:
            raise self._wrong(name, found, "one of " + ", ".join(allowed))
        return found

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a yes or no."""
        value = self._value(name)
        if value is None or value == "":
            return default
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lower() in ("true", "false"):
            return value.strip().lower() == "true"
        raise self._wrong(name, value, "true or false")

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``."""
        value = self._value(name)
        if value is None or value == "":
            return default
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                raise self._wrong(name, value, f"a whole number from {low} to {high}") from None
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
            raise self._wrong(name, value, f"a whole number from {low} to {high}")
        if not low <= value <= high:
            raise self._wrong(name, value, f"a whole number from {low} to {high}")
        return int(value)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; one text with commas will do."""
        value = self._value(name)
        if value is None:
            return ()
        if isinstance(value, str):
            value = value.split(",")
        if not is_list(value) or not all(isinstance(item, str) for item in value):
            raise self._wrong(name, value, "a list of texts")
        return tuple(item.strip() for item in value if isinstance(item, str) and item.strip())

    def secret(self, name: str) -> Secret | None:
        """Return a password. Its value never stands in an error."""
        value = self._value(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise ConfigError(f'"{name}" is not a text', where=self._where, next_step=f'set "{name}" anew')
        if value.startswith(_ENCRYPTED):
            raise ConfigError(
                f'"{name}" arrived encrypted, as another node or the settings file holds it',
                where=self._where,
                next_step=f'type "{name}" anew in the preset on this node',
            )
        return Secret(value)

    def preset(self, name: str) -> Form | None:
        """Return the values of a preset, ``None`` if none was chosen.

        Macros get presets resolved to their values [seen]; a reference that is not resolved is refused.
        """
        value = self._value(name)
        if value is None or value == "" or value == {}:
            return None
        if not isinstance(value, Mapping):
            raise self._wrong(name, value, 'a preset such as {"mode": "PRESET", "name": "…"}')
        mode = value.get("mode")
        if mode == "NONE":
            return None
        inner = {key: item for key, item in value.items() if key not in ("mode", "name") or mode is None}
        if mode == "PRESET" and not inner:
            raise ConfigError(
                f'the preset "{value.get("name")}" of "{name}" is unknown to this node',
                where=self._where,
                next_step="define it in the settings of the plugin, and let the group of the user use it",
            )
        return Form(inner, where=f'{self._where}, preset "{name}"')

    def skip(self, name: str) -> None:
        """Take note of a field that does not count now: a hidden field keeps its last value."""
        self._known.add(name)

    def end(self) -> None:
        """Refuse values that nobody asked for: a misspelt ``dry_run`` must not become an apply."""
        unknown = sorted(key for key in self._values if key not in self._known and not key.startswith(_NOT_OURS))
        if not unknown:
            return
        near = difflib.get_close_matches(unknown[0], self._known, n=1)
        hint = f'did you mean "{near[0]}"?' if near else "known are " + ", ".join(sorted(self._known))
        raise ConfigError(
            "unknown " + ", ".join(f'"{key}"' for key in unknown),
            where=self._where,
            next_step=f"{hint} (a form filled with an older version of the plugin: reset the macro's settings)",
        )

    def _value(self, name: str) -> Json:
        self._known.add(name)
        return self._values.get(name)

    def _wrong(self, name: str, value: Json, wanted: str) -> ConfigError:
        shown = repr(value)
        return ConfigError(
            f'"{name}" is {shown if len(shown) <= 60 else shown[:60] + "…"}',
            where=self._where,
            next_step=f"give {wanted}",
        )
