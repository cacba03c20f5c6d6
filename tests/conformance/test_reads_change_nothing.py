"""On a node that was just started, no read is logged as a change: tools prove by that log that a plan only reads."""

import re
from pathlib import Path

from emulator.areas import all_routes
from emulator.launch import start_node
from tests.conformance.conftest import opened

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "retail" / "dss-project"


def test_first_reads_of_a_fresh_node_have_no_effect(tmp_path: Path) -> None:
    """Every list and whole-project GET there is, each as the first of its kind on the node."""
    paths = {route.pattern.replace("{project_key}", "RETAIL") for route in all_routes() if route.method == "GET"}
    paths = {path for path in paths if not re.search(r"[{]", path)}
    assert {"/connections/get-names", "/projects/RETAIL/datasets"} <= {path.rstrip("/") for path in paths}
    with start_node(tmp_path / "node") as node, opened(node) as dss:
        node.load_project("RETAIL", EXAMPLE)
        node.clear_requests()
        with dss.http() as session:
            for path in sorted(paths):
                session.get(dss.api(path), timeout=10)
        assert len(node.requests(method="GET")) >= len(paths)
        assert [request["path"] for request in node.requests(effect=True)] == []
