"""This process as an owner, and whether another owner on this machine is still alive."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from dataiku_iac.core.lease import Owner

__all__ = ["is_owner_dead", "make_owner"]

_PROC = Path("/proc")


def make_owner(*, run: str, op: str, user: str, node_url: str, plugin_version: str) -> Owner:
    """Return the owner that this process is."""
    pid = os.getpid()
    return Owner(
        run=run,
        op=op,
        user=user,
        node_url=node_url,
        host=socket.gethostname(),
        boot_id=_boot_id(),
        pid=pid,
        pid_start=_start_of(pid) or 0,
        plugin_version=plugin_version,
    )


def is_owner_dead(owner: Owner) -> bool:
    """Return whether it is proven that the owner's process is gone; ``False`` wherever that cannot be known.

    Only a process of this boot of this machine *and* of our own process name space can be judged: containers share a
    boot, may share a host name, and use the same pids.
    """
    if not owner.boot_id or not owner.pid_start or owner.host != socket.gethostname() or owner.boot_id != _boot_id():
        return False
    return _start_of(owner.pid) != owner.pid_start


def _boot_id() -> str:
    """Return e.g. ``6f0c…/pid:[4026531836]``, or ``""`` where the system has no such thing."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def _start_of(pid: int) -> int | None:
    """Return the start of a living process in clock ticks after boot; ``None``: there is none, or it is a zombie."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may hold blanks and parentheses itself; what follows it is regular.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])
