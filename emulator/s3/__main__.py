"""``python -m emulator.s3 [--host H] [--port N]``: run the S3 server until it is told to end.

Prints one line of JSON when it is ready: ``{"endpoint": "http://127.0.0.1:40123", "access_key": "…", "secret_key": "…"}``. The key pair is
read from ``EMULATOR_S3_ACCESS_KEY`` and ``EMULATOR_S3_SECRET_KEY`` (not from options: those show in the process list), else invented.
"""

import argparse
import json
import os
import secrets
import sys
import threading

from emulator.s3.server import S3Server
from emulator.s3.signature import Credentials


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m emulator.s3", description="An S3 server on localhost.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 (default): the system chooses")
    parser.add_argument("--end-with-stdin", action="store_true", help="end when standard input is closed")
    parser.add_argument(
        "--switch-interval", type=float, metavar="S", help="how often threads take turns; 1e-5 provokes races"
    )
    options = parser.parse_args()
    if options.switch_interval:
        sys.setswitchinterval(options.switch_interval)
    credentials = Credentials(
        access_key=os.environ.get("EMULATOR_S3_ACCESS_KEY") or f"AKIA{secrets.token_hex(8).upper()}",
        secret_key=os.environ.get("EMULATOR_S3_SECRET_KEY") or secrets.token_urlsafe(30),
    )
    server = S3Server(host=options.host, port=options.port, credentials=credentials)
    if options.end_with_stdin:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    ready = {"endpoint": server.endpoint, "access_key": credentials.access_key, "secret_key": credentials.secret_key}
    print(json.dumps(ready), flush=True)
    try:
        server.serve_forever(poll_interval=3600)
    except KeyboardInterrupt:
        server.server_close()


def _end_with_stdin() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
