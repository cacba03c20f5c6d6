"""Help for tests of instance objects: clients that are closed, users with keys, and small plugins made on the fly."""

import inspect
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dataikuapi
import pytest
from dataikuapi.utils import DataikuException

from emulator.launch import NodeProcess

__all__ = ["Clients", "opened_clients", "outcome_of", "plugin_zip", "refusal", "requires_client"]


class Clients:
    """Clients of one node; their sockets are closed at the end."""

    def __init__(self, node: NodeProcess) -> None:
        self.node = node
        self._open: list[Any] = []
        self.admin = self.with_key(node.api_key)

    def with_key(self, key: str) -> Any:
        """Make a client for an API key."""
        client = dataikuapi.DSSClient(self.node.url, key)
        self._open.append(client)
        return client

    def user(self, login: str, *groups: str) -> Any:
        """Make a user in ``groups`` and return a client with a personal key of it."""
        self.admin.create_user(login, "secret-password", groups=list(groups))
        # as dict: the handles of older clients do not keep the key
        return self.with_key(self.admin.create_personal_api_key_for_user(login, as_type="dict")["key"])

    def close(self) -> None:
        """Close every client."""
        for client in self._open:
            client._session.close()


@contextmanager
def opened_clients(node: NodeProcess) -> Iterator[Clients]:
    clients = Clients(node)
    try:
        yield clients
    finally:
        clients.close()


def plugin_zip(
    files: Mapping[str, str | Mapping[str, Any]], *, plugin_id: str = "tiny", version: str = "1.0.0"
) -> io.BytesIO:
    """Make a plugin archive; a mapping becomes JSON, ``plugin.json`` is added unless given."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, value in {"plugin.json": {"id": plugin_id, "version": version}, **files}.items():
            archive.writestr(name, value if isinstance(value, str) else json.dumps(value))
    content.seek(0)
    return content


def refusal(call: Any) -> str:
    """Call and return the text of the refusal, ``"<java class>: <message>"``."""
    with pytest.raises(DataikuException) as caught:
        call()
    return str(caught.value)


def requires_client(owner: Any, method: str, argument: str | None = None) -> None:
    """Skip the test if the installed client lacks ``method`` of ``owner``, or its ``argument``: it is what the test is about.

    What the *node* does is never skipped: a test of that makes the raw call, which every client can.
    """
    name = f"{type(owner).__name__}.{method}"
    found = getattr(owner, method, None)
    if found is None:
        pytest.skip(f"this dataiku-api-client has no {name}")
    if argument is not None and argument not in inspect.signature(found).parameters:
        pytest.skip(f"{name} of this dataiku-api-client has no argument {argument}")


def outcome_of(future: Any) -> Any:
    """Return the result of a future as soon as it is there: clients of before 13.2.3 ask every five seconds [client]."""
    client, path = future.client, f"/futures/{future.job_id}"
    while client._perform_json("GET", path, params={"peek": True})["alive"]:
        pass
    return client._perform_json("GET", path, params={"peek": False}).get("result")
