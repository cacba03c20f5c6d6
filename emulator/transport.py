"""The socket side of the server: one write per response, and connections that can be broken on purpose.

uvicorn writes head and body of a response separately. On a loopback with delayed acknowledgements that is two segments and,
without TCP_NODELAY, 40 ms; so what is written within one turn of the event loop goes out together.
"""

import asyncio
import socket
import struct
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["Connection", "OneWriteProtocol", "connection_of"]

_OPEN: Final[dict[tuple[tuple[str, int], tuple[str, int]], "Connection"]] = {}
_LINGER_ZERO: Final = struct.pack("ii", 1, 0)


class Connection(asyncio.Transport):
    """A transport that gathers the writes of one turn of the loop into one."""

    def __init__(self, inner: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._inner = inner
        self._loop = loop
        self._pending: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take ``data`` for the write at the end of this turn."""
        if not self._pending:
            self._loop.call_soon(self._flush)
        self._pending.append(bytes(data))

    def close(self) -> None:
        """Write what is pending, then close."""
        self._flush()
        self._inner.close()

    def reset(self) -> None:
        """Drop what is pending and reset the connection (the client reads ECONNRESET)."""
        self._pending.clear()
        raw = self._inner.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self._inner.abort()

    def _flush(self) -> None:
        if self._pending:
            data = self._pending[0] if len(self._pending) == 1 else b"".join(self._pending)
            self._pending.clear()
            self._inner.write(data)

    def abort(self) -> None:
        """Close at once."""
        self._pending.clear()
        self._inner.abort()

    def is_closing(self) -> bool:
        """Return whether the connection is closed or closing."""
        return self._inner.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what the real transport knows."""
        return self._inner.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Stop reading."""
        self._inner.pause_reading()

    def resume_reading(self) -> None:
        """Go on reading."""
        self._inner.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hand the connection to another protocol (upgrades)."""
        self._inner.set_protocol(protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return the present protocol."""
        return self._inner.get_protocol()


class OneWriteProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol on a ``Connection``."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn gives TCP transports only
        """Begin a connection."""
        raw = transport.get_extra_info("socket")
        if raw is not None and raw.family in (socket.AF_INET, socket.AF_INET6):
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(transport, self.loop)
        super().connection_made(connection)
        if self.client is not None and self.server is not None:
            _OPEN[(self.server[0], self.server[1] or 0), self.client] = connection

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        if self.client is not None and self.server is not None:
            _OPEN.pop(((self.server[0], self.server[1] or 0), self.client), None)
        super().connection_lost(exc)


def connection_of(scope: Mapping[str, Any] | MutableMapping[str, Any]) -> Connection | None:
    """Return the connection that a request came over; ASGI itself names it only by its two ends."""
    server, client = scope.get("server"), scope.get("client")
    if server is None or client is None:
        return None
    return _OPEN.get(((server[0], server[1] or 0), (client[0], client[1])))
