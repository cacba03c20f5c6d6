"""Where a node of a given name is, and the key for it: given by the caller, the environment, or the user's own file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.secret import Secret

__all__ = ["NodeAccess", "environment_names", "find_node"]


@dataclass(frozen=True, slots=True)
class NodeAccess:
    """How to reach one node. ``source`` says where this was found, for people."""

    name: str
    url: str
    api_key: Secret
    insecure: bool = False
    ca_bundle: Path | None = None
    source: str = ""


def environment_names(name: str) -> tuple[str, str]:
    """Return the variables that describe node ``name``.

    >>> environment_names("prod-automation")
    ('DATAIKU_IAC_NODE_PROD_AUTOMATION_URL', 'DATAIKU_IAC_NODE_PROD_AUTOMATION_API_KEY')
    """
    stem = "".join(c if c.isascii() and c.isalnum() else "_" for c in name).upper()
    return f"DATAIKU_IAC_NODE_{stem}_URL", f"DATAIKU_IAC_NODE_{stem}_API_KEY"


def find_node(
    name: str,
    *,
    known: Mapping[str, NodeAccess] | None = None,
    environ: Mapping[str, str] | None = None,
    client_config: Path | None = None,
) -> NodeAccess:
    """Return how to reach node ``name``: from ``known``, else ``environ``, else the official client's own file.

    ``environ`` may add ``…_CA_BUNDLE`` (path) and ``…_INSECURE`` (``true``) to the two variables.
    ``client_config`` is ``~/.dataiku/config.json``: ``{"dss_instances": {"<name>": {"url", "api_key",
    "no_check_certificate"}}, "default_instance": "<name>"}`` [doc]; the name ``default`` means its default.

    Raises:
        ConfigError: found nowhere, or only in part.
    """
    for found in (
        (known or {}).get(name),
        _from_environment(name, environ or {}),
        _from_client_config(name, client_config),
    ):
        if found is not None:
            return found
    url_name, key_name = environment_names(name)
    raise ConfigError(
        f'nothing says where node "{name}" is',
        where=f'node "{name}"',
        next_step=f"set {url_name} and {key_name}, or add the node to {client_config or '~/.dataiku/config.json'}; "
        "in DSS, add a preset of the plugin's nodes",
    )


def _from_environment(name: str, environ: Mapping[str, str]) -> NodeAccess | None:
    url_name, key_name = environment_names(name)
    url, key = environ.get(url_name, ""), environ.get(key_name, "")
    if not url and not key:
        return None
    if not (url and key):
        missing = key_name if url else url_name
        raise ConfigError(
            f"{missing} is not set, but {url_name if url else key_name} is",
            where="environment",
            next_step=f"set {missing} too",
        )
    stem = url_name.removesuffix("_URL")
    bundle = environ.get(f"{stem}_CA_BUNDLE", "")
    return NodeAccess(
        name,
        url,
        Secret(key),
        insecure=_flag(environ.get(f"{stem}_INSECURE", ""), f"{stem}_INSECURE"),
        ca_bundle=Path(bundle) if bundle else None,
        source=f"environment variable {url_name}",
    )


def _flag(text: str, name: str) -> bool:
    if text.lower() in ("", "0", "false", "no"):
        return False
    if text.lower() in ("1", "true", "yes"):
        return True
    raise ConfigError(f'{name} is "{text}"', where="environment", next_step="write true or false")


def _from_client_config(name: str, path: Path | None) -> NodeAccess | None:
    if path is None or not path.is_file():
        return None
    try:
        raw: Json = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as exc:
        raise ConfigError(
            f"the file cannot be read: {type(exc).__name__}",  # not its text: that may hold keys
            where=str(path),
            next_step="correct its JSON, or set the environment variables instead",
        ) from None
    nodes = raw.get("dss_instances") if isinstance(raw, Mapping) else None
    if not isinstance(raw, Mapping) or not isinstance(nodes, Mapping):
        return None
    entry = nodes.get(name)
    if entry is None and name == "default":
        entry = nodes.get(str(raw.get("default_instance", "")))
    if entry is None:
        return None
    url = entry.get("url") if isinstance(entry, Mapping) else None
    key = entry.get("api_key") if isinstance(entry, Mapping) else None
    if not isinstance(entry, Mapping) or not isinstance(url, str) or not isinstance(key, str):
        raise ConfigError(
            f'the entry of node "{name}" lacks "url" or "api_key"', where=str(path), next_step="complete the entry"
        )
    return NodeAccess(name, url, Secret(key), insecure=entry.get("no_check_certificate") is True, source=str(path))
