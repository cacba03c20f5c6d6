"""The story of the product, told by doing it: ``make demo``.

A project goes from a Design node to an Automation node as files, through macros that are called over DSS's public API;
somebody edits the node by hand; an apply is killed in the middle; another node finishes it. Every line below is
printed from what the nodes and the macros answered; the demo ends with an error if any of it does not hold.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from tools.local_nodes import CONTROL_PROJECT, EXAMPLE, LocalNodes, load_example, running_nodes
from tools.macros import MacroFailed, MacroResult, RunningMacro, run_macro, start_macro

__all__ = ["main"]

_PROJECT: Final = "RETAIL"
_NODE: Final = {"node": {"mode": "PRESET", "name": "automation"}}
_FILES: Final = {"source": "library", "environment": "prod", **_NODE}
# A node that has no copy of the files says which stack it means, and where its state is.
_ELSEWHERE: Final = {
    "source": "library",
    "stack": "retail",
    "environment": "prod",
    "state": {"mode": "PRESET", "name": "shared"},
    **_NODE,
}
_CREATING: Final = {
    "zones": ("zone", "flow/zones"),
    "folders": ("folder", "managedfolders"),
    "datasets": ("dataset", "datasets"),
    "recipes": ("recipe", "recipes"),
    "scenarios": ("scenario", "scenarios"),
}
_SLOW_MS: Final = 60  # so that the kill lands in the middle


class StoryBroken(Exception):
    """Something did not happen as told."""


class Teller:
    """Prints the story with the time since its beginning."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._chapter = 0

    def chapter(self, title: str) -> None:
        """Begin a part."""
        self._chapter += 1
        print(f"\n{self._chapter}. {title}  [{time.monotonic() - self._began:.1f} s]")

    def say(self, text: str, *, indent: int = 3) -> None:
        """Print lines."""
        for line in text.splitlines():
            print(" " * indent + line)

    def seconds(self) -> float:
        """Return the time since the beginning."""
        return time.monotonic() - self._began


def must(condition: object, what: str) -> None:
    """Stop the demo if something is not as told."""
    if not condition:
        raise StoryBroken(what)


def main() -> int:
    """Tell it; return the exit code."""
    root = Path(tempfile.mkdtemp(prefix="dataiku-iac-demo-"))
    try:
        with running_nodes(root) as nodes:
            Story(nodes, Teller()).tell()
    except (StoryBroken, MacroFailed) as problem:
        print(f"\nThe demo failed: {problem}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return 0


class Story:
    """Its chapters in order."""

    def __init__(self, nodes: LocalNodes, teller: Teller) -> None:
        self.nodes = nodes
        self.teller = teller
        self.design_1 = nodes.client(nodes.design_1)
        self.design_2 = nodes.client(nodes.design_2)
        self.automation = nodes.client(nodes.automation)
        self.planned: list[str] = []

    def tell(self) -> None:
        """Tell all chapters."""
        for chapter in (
            self.an_existing_project,
            self.becomes_files,
            self.is_planned_for_another_node,
            self.is_applied,
            self.drifts,
            self.changes_and_is_killed,
            self.is_finished_by_the_other_node,
            self.and_nothing_was_done_twice,
        ):
            chapter()
        self.teller.say(f"\nDone in {self.teller.seconds():.0f} s.", indent=0)

    def an_existing_project(self) -> None:
        """Start."""
        self.teller.chapter("An existing project on a Design node")
        for label, node in (
            ("Design node 1", self.nodes.design_1),
            ("Design node 2", self.nodes.design_2),
            ("Automation node", self.nodes.automation),
        ):
            self.teller.say(f"{label:16} {node.url}")
        self.teller.say(f"{'S3':16} {self.nodes.s3.endpoint}")
        load_example(self.nodes.design_1, _PROJECT)
        project = self.design_1.get_project(_PROJECT)
        counts = {
            "datasets": len(project.list_datasets()),
            "recipes": len(project.list_recipes()),
            "scenarios": len(project.list_scenarios()),
            "folders": len(project.list_managed_folders()),
        }
        self.teller.say(f"{_PROJECT} on Design node 1: " + ", ".join(f"{n} {what}" for what, n in counts.items()))

    def becomes_files(self) -> None:
        """Import."""
        self.teller.chapter("Macro Import project: the project becomes files in a project library")
        self.run(self.design_1, "import-project", {"project": _PROJECT, "destination": "library"})
        library = self.design_1.get_project(CONTROL_PROJECT).get_library()
        for name in ("dataiku-iac.yml", "environments/prod.yml"):
            self.put(library, f"iac/{name}", (EXAMPLE / name).read_text())
        recipe = library.get_file(f"iac/projects/{_PROJECT}/recipes/compute_returns_by_order.yml").read()
        self.teller.say("iac/projects/RETAIL/recipes/compute_returns_by_order.yml:")
        self.teller.say(recipe, indent=6)

    def is_planned_for_another_node(self) -> None:
        """Plan."""
        self.teller.chapter("Macro Plan: what would change on the Automation node, connections remapped")
        before = self.effects()
        plan = self.run(self.design_1, "plan", _FILES).json
        lines = plan["text"].splitlines()
        self.teller.say("\n".join(line for line in lines if line.startswith(("+", "~", "-", "Plan:"))))
        must(all(change["action"] == "create" for change in plan["plan"]["changes"]), "the first plan only creates")
        must(self.effects() == before, "a plan writes nothing on the node")

    def is_applied(self) -> None:
        """Apply, and plan again."""
        self.teller.chapter("Macro Apply, and Plan again")
        self.say_run(self.run(self.design_1, "apply", {**_FILES, "approve": True}), whole=False)
        again = self.run(self.design_1, "plan", _FILES).json
        self.say_verdict(again)
        must(self.is_empty(again), "a plan right after an apply is empty")
        sql = self.automation.get_project(_PROJECT).get_dataset("sales_kpis").get_settings().get_raw()
        self.teller.say(f"sales_kpis on the Automation node uses connection {sql['params']['connection']}")

    def drifts(self) -> None:
        """Edit by hand; drift."""
        self.teller.chapter("Somebody edits the Automation node by hand; macro Drift sees it")
        settings = self.automation.get_project(_PROJECT).get_recipe("compute_top_products").get_settings()
        settings.get_json_payload()["firstRows"] = 25
        settings.save()
        drift = self.run(self.design_1, "drift", _FILES).json
        self.teller.say(drift["text"])
        must("top: 10 -> 25" in drift["text"], "drift names the field, before and after")

    def changes_and_is_killed(self) -> None:
        """Change the files; kill the apply."""
        self.teller.chapter("The files get a new part; Apply is killed in the middle")
        library = self.design_1.get_project(CONTROL_PROJECT).get_library()
        self.put(library, f"iac/projects/{_PROJECT}/returns.yml", (EXAMPLE / "change" / "returns.yml").read_text())
        plan = self.run(self.design_1, "plan", _FILES).json
        self.teller.say(
            "\n".join(line for line in plan["text"].splitlines() if line.startswith(("+", "~", "-", "Plan:")))
        )
        self.planned = [_address(change) for change in plan["plan"]["changes"] if change["action"] == "create"]
        self.nodes.automation.clear_requests()
        self.nodes.automation.latency(_SLOW_MS)
        running = start_macro(self.design_1, "apply", {**_FILES, "approve": True})
        made = self.wait_for(running, lambda: self.effects() >= 8)
        running.kill()
        self.nodes.automation.latency(0)
        self.teller.say(
            f"killed after {made} changes on the node; another apply would not know what was done, and is refused:"
        )
        try:
            self.run(self.design_2, "apply", {**_ELSEWHERE, "approve": True, "plan_id": plan["plan"]["id"]})
        except MacroFailed as refusal:
            self.teller.say(str(refusal), indent=6)
        else:
            raise StoryBroken("an apply over an open run was not refused")

    def is_finished_by_the_other_node(self) -> None:
        """Resume."""
        self.teller.chapter("Macro Resume, on the other Design node, which never saw the files")
        self.say_run(self.run(self.design_2, "resume", _ELSEWHERE))
        final = self.run(self.design_1, "plan", _FILES).json
        self.say_verdict(final)
        must(self.is_empty(final), "the final plan is empty")

    def and_nothing_was_done_twice(self) -> None:
        """Read the node's own log."""
        self.teller.chapter("The Automation node's request log: what the killed and the resumed run created together")
        requests = self.nodes.automation.requests(method="POST", effect=True)
        for section, (kind, path) in _CREATING.items():
            planned = sum(1 for address in self.planned if address.startswith(f"{kind}."))
            sent = sum(
                1 for request in requests if request["path"].rstrip("/").endswith(f"/projects/{_PROJECT}/{path}")
            )
            self.teller.say(f"{section:10} {planned} planned, {sent} created")
            must(planned == sent, f"{section}: {planned} planned, but {sent} requests created one")

    # --- small things ---

    def say_verdict(self, plan: Mapping[str, Any]) -> None:
        """Print the line that says whether anything would change."""
        lines = plan["text"].splitlines()
        self.teller.say(next(line for line in lines if line.startswith(("No changes", "Plan:"))))

    def run(self, client: Any, macro: str, params: Mapping[str, Any]) -> MacroResult:
        """Run a macro."""
        return run_macro(client, macro, params)

    def say_run(self, result: MacroResult, *, whole: bool = True) -> None:
        """Print how a run ended; ``whole`` = with one line for each change."""
        lines = result.json["text"].splitlines()
        self.teller.say("\n".join(lines if whole else (line for line in lines if line.startswith(("Apply", "State")))))

    @staticmethod
    def is_empty(plan: Mapping[str, Any]) -> bool:
        """Whether a plan would write nothing."""
        return not any(change["tasks"] for change in plan["plan"]["changes"])

    @staticmethod
    def put(library: Any, path: str, text: str) -> None:
        """Write one file of a library."""
        existing = library.get_file(path)
        (existing or library.add_file(path)).write(text)

    def effects(self) -> int:
        """How many requests changed the Automation node."""
        return len(self.nodes.automation.requests(effect=True))

    def wait_for(self, running: RunningMacro, ready: Callable[[], bool]) -> int:
        """Poll until ``ready``."""
        while not ready():
            must(running.is_running, "the apply ended before it could be killed")
            time.sleep(0.02)
        return self.effects()


def _address(change: Mapping[str, Any]) -> str:
    return f"{change['kind']}.{change['project']}.{change['name']}"


if __name__ == "__main__":
    sys.exit(main())
