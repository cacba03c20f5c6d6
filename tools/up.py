"""``make up``: the emulated nodes and their S3 server, kept running until Ctrl-C, to try things by hand."""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

from tools.local_nodes import CONTROL_PROJECT, load_example, running_nodes

__all__ = ["main"]


def main() -> int:
    """Start, print where everything is, wait for the end."""
    signal.signal(signal.SIGTERM, _interrupt)
    with tempfile.TemporaryDirectory(prefix="dataiku-iac-nodes-") as root:
        try:
            with running_nodes(Path(root)) as nodes:
                load_example(nodes.design_1)
                for label, node in (
                    ("Design node 1", nodes.design_1),
                    ("Design node 2", nodes.design_2),
                    ("Automation node", nodes.automation),
                ):
                    print(f"{label:16} {node.url}  key {node.api_key}")
                print(f"{'S3':16} {nodes.s3.endpoint}  key {nodes.s3.access_key}  secret {nodes.s3.secret_key}")
                print(
                    f"\nProject RETAIL is on Design node 1; the plugin's macros are in project {CONTROL_PROJECT} of both Design nodes."
                )
                print("These keys die with the nodes. Ctrl-C ends everything.", flush=True)
                signal.pause()
        except KeyboardInterrupt:
            print("\nstopped")
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
