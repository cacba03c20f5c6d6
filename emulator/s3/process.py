"""Starts the S3 server as a process of its own, so that a test may kill our program and keep the store, or kill the store."""

import contextlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import boto3
from botocore.config import Config

from emulator.s3.faults import FaultRule

__all__ = ["S3Process", "start_s3"]

_REPOSITORY: Final = Path(__file__).resolve().parents[2]


class S3Process:
    """A running S3 server. Use as context manager, or call ``stop``/``kill``."""

    def __init__(self, process: "subprocess.Popen[str]", ready: Mapping[str, str]) -> None:
        """Wrap ``process``, which printed ``ready`` (see :func:`start_s3`)."""
        self._process = process
        self.endpoint = ready["endpoint"]
        self.access_key = ready["access_key"]
        self.secret_key = ready["secret_key"]

    def __repr__(self) -> str:
        """Never show the secret."""
        return f"S3Process({self.endpoint}, pid={self._process.pid})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Process id of the server."""
        return self._process.pid

    def stop(self) -> None:
        """End the server; all objects are gone. Harmless when it already ended."""
        self._process.terminate()
        self._close()

    def kill(self) -> None:
        """Kill the server as ``kill -9`` does; clients see connections refused or reset."""
        self._process.kill()
        self._close()

    def client(self, **config: Any) -> Any:
        """Make a boto3 client with the server's key pair and without retries; ``config`` goes to ``botocore.config.Config``."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name="us-east-1",
            config=Config(**{"retries": {"total_max_attempts": 1}, **config}),
        )

    def create_bucket(self, name: str, *, versioned: bool = False) -> None:
        """Create bucket ``name``."""
        with _closing(self.client()) as client:
            client.create_bucket(Bucket=name)
            if versioned:
                client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    def add_fault(self, **rule: Any) -> str:
        """Put a fault in force, e.g. ``add_fault(method="PUT", key="head", when="after", action="reset")``; return its id.

        Raises:
            ValueError: the rule makes no sense, see ``faults.FaultRule``.
        """
        return str(self._control("POST", "faults", FaultRule.parse(rule).to_json())["id"])

    def faults(self) -> list[dict[str, Any]]:
        """List the rules in force with ``matched``, ``struck`` and ``waiting``."""
        return list(self._control("GET", "faults"))

    def release(self, fault_id: str) -> None:
        """Let the requests held by ``fault_id`` go on."""
        self._control("POST", f"faults/{fault_id}/release")

    def clear_faults(self) -> None:
        """Remove all rules; held requests go on."""
        self._control("DELETE", "faults")

    def requests(self) -> list[dict[str, Any]]:
        """List the S3 requests so far: ``{"method", "key", "query", "status", "effect", "fault"}``."""
        return list(self._control("GET", "requests"))

    def clear_requests(self) -> None:
        """Forget the request log."""
        self._control("DELETE", "requests")

    def _control(self, method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(  # noqa: S310  # always http to our own loopback server
            f"{self.endpoint}/__emulator/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # our own loopback server
            return json.load(answer)

    def _close(self) -> None:
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def start_s3(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    access_key: str | None = None,
    secret_key: str | None = None,
    switch_interval_s: float | None = None,
) -> S3Process:
    """Start a server and wait until it answers; port 0 and missing keys are chosen by the server.

    ``switch_interval_s`` (normally 0.005) makes its threads take turns more often, which provokes the races a test is after.
    It ends when this process ends, even by ``kill -9``: it watches its standard input.

    Raises:
        RuntimeError: the server did not start; its own words are on standard error.
    """
    chosen = {"EMULATOR_S3_ACCESS_KEY": access_key, "EMULATOR_S3_SECRET_KEY": secret_key}
    paths = [str(_REPOSITORY), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        **{name: value for name, value in chosen.items() if value is not None},
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }
    switching = [] if switch_interval_s is None else ["--switch-interval", str(switch_interval_s)]
    process = subprocess.Popen(  # noqa: S603  # our own module
        [sys.executable, "-m", "emulator.s3", "--host", host, "--port", str(port), "--end-with-stdin", *switching],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
        start_new_session=True,  # Ctrl-C in a terminal is for the program under test, which stops us in its own order
    )
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        process.wait()
        raise RuntimeError(
            f"the S3 server did not start on {host}:{port} (exit code {process.returncode}); see standard error"
        )
    return S3Process(process, json.loads(line))


@contextmanager
def _closing(client: Any) -> Iterator[Any]:
    try:
        yield client
    finally:
        client.close()
