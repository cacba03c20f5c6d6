"""A string that refuses to be seen."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["Secret", "looks_secret"]

# Names under which DSS documents and our own settings hold credentials (object-shapes: "Secrets are on disk in clear").
_SECRET_WORDS = ("password", "passwd", "secret", "token", "apikey", "privatekey", "secretkey", "webhookurl")
# `https://user:password@host/…` and `https://<long token>@host/…`: git remotes of libraries hold such [seen].
_URL_WITH_CREDENTIAL = re.compile(r"[\w+.:-]+://([^/\s:@]*:[^/\s@]+|[^/\s:@]{20,})@\S*")
_ENCRYPTED_PREFIX = "e:AES:"  # how nodes write encrypted values [seen]


class Secret:
    """Holds a credential; prints as ``***``, cannot be pickled, formatted into JSON or compared by accident."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the clear text; only ``dss/`` and ``store/`` may call this."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is never serialised")


def looks_secret(key: str, value: object) -> bool:
    """Tell whether a document's ``key: value`` is a credential that must not leave the node.

    >>> looks_secret("accessToken", "abc"), looks_secret("path", "e:AES:x"), looks_secret("password", ""), looks_secret("maxTokens", 3)
    (True, True, False, False)
    >>> looks_secret("remote", "https://bob:pw@git.example/x.git"), looks_secret("remote", "ssh://git@git.example/x.git")
    (True, False)
    """
    if isinstance(value, str):
        if not value:
            return False
        if value.startswith(_ENCRYPTED_PREFIX):
            return True
        if value.startswith("${") and value.endswith("}"):
            return False  # a reference, not the secret itself
        if "@" in value and _URL_WITH_CREDENTIAL.fullmatch(value):
            return True
    elif value is None or isinstance(value, bool | dict | list):
        return False
    return _names_secret(key)


@lru_cache(maxsize=65_536)
def _names_secret(key: str) -> bool:
    return key.replace("_", "").replace("-", "").lower().endswith(_SECRET_WORDS)
