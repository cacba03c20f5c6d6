"""``trust_git``: projects in which nobody saved are not read; whatever was saved is noticed, whoever saved it and how."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import dataikuapi
import pytest

from dataiku_iac.commands.apply_command import apply
from dataiku_iac.commands.drift_command import drift
from dataiku_iac.commands.inputs import (
    ApplyInputs,
    DriftInputs,
    NodeInputs,
    PlanInputs,
    Source,
    SourceSort,
    StateInputs,
    Target,
)
from dataiku_iac.commands.outcome import ExitCode, Outcome
from dataiku_iac.commands.plan_command import plan
from dataiku_iac.commands.surroundings import Surroundings
from dataiku_iac.core.plan import Plan
from dataiku_iac.core.secret import Secret
from dataiku_iac.report.markdown import render_plan
from dataiku_iac.resources.registry import KINDS
from emulator.launch import NodeProcess, start_node

_numbers = itertools.count(1)
Act = Callable[["Desk"], object]


class Desk:
    """Somebody who plans and applies two projects: ``A``, which shares a dataset, and ``B``, which reads it."""

    def __init__(self, root: Path, node: NodeProcess) -> None:
        self.root = root
        self.node = node
        self.key = f"G{next(_numbers)}"
        self.client: Any = dataikuapi.DSSClient(node.url, node.api_key)
        self.files = {
            "dataiku-iac.yml": "stack: both\ndefault_environment: prod\n",
            "environments/prod.yml": "environment: prod\nsettings: {trust_git: true}\n",
            "projects/a.yml": """
project: {key: KA, name: A, owner: admin, exposed: [{type: DATASET, name: SHARED, to: [KB]}]}
zones: [{name: raw}]
folders: [{name: out, connection: filesystem_folders, zone: raw}]
libraries: [{path: python/a.py, content: "A = 1\\n"}]
datasets: [{name: SHARED, type: managed, connection: filesystem_managed, zone: raw}]
recipes: [{name: r, type: python, inputs: [SHARED], outputs: ["folder:out"], code: "r()\\n"}]
wiki: [{name: Start, content: "# Start\\n"}]
""",
            "projects/b.yml": """
project: {key: KB, name: B, owner: admin, variables: {standard: {country: FR}}}
datasets: [{name: OUT, type: managed, connection: filesystem_managed}]
recipes: [{name: r, type: python, inputs: [KA.SHARED], outputs: [OUT], code: "r()\\n"}]
scenarios: [{name: S, steps: [{type: build_flowitem, items: [OUT, KA.SHARED]}]}]
""",
        }

    @property
    def a(self) -> str:
        return f"{self.key}A"

    @property
    def b(self) -> str:
        return f"{self.key}B"

    def target(self) -> Target:
        for name, text in self.files.items():
            path = self.root / "files" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("KA", self.a).replace("KB", self.b))
        return Target(
            Source(SourceSort.DIRECTORY, path=str(self.root / "files")),
            "",
            node=NodeInputs("", self.node.url, Secret(self.node.api_key)),
            state=StateInputs(directory=str(self.root / "state")),
        )

    def change(self, name: str, before: str, after: str) -> None:
        assert before in self.files[name]
        self.files[name] = self.files[name].replace(before, after)

    def plan(self, **options: Any) -> Plan:
        self.node.clear_requests()
        outcome = plan(PlanInputs(self.target(), **options), Surroundings(), KINDS, _silent)
        return Plan.from_json(outcome.json["plan"], where="test")

    def drift(self, **options: Any) -> Outcome:
        self.node.clear_requests()
        return drift(DriftInputs(self.target(), **options), Surroundings(), KINDS, _silent)

    def apply(self) -> None:
        self.node.clear_requests()
        outcome = apply(ApplyInputs(self.target(), approve=True), Surroundings(), KINDS, _silent)
        assert outcome.exit_code is ExitCode.OK, outcome.text

    def learn(self) -> None:
        """Apply, and plan once, so that proofs are there."""
        self.apply()
        assert self.plan().unread == ()
        assert self.proofs.exists()

    def read(self) -> set[str]:
        """Return the projects of which anything but the git was asked."""
        asked = [call["path"].removeprefix("/public/api").removeprefix("/dip/publicapi") for call in self.calls()]
        parts = [path.split("/")[2:] for path in asked if path.startswith("/projects/")]
        return {part[0].removeprefix(self.key) for part in parts if len(part) > 1 and part[1] != "git" and part[0]}

    def calls(self) -> list[dict[str, Any]]:
        return self.node.requests()

    @property
    def proofs(self) -> Path:
        return self.root / "state" / "prod" / "both" / "proofs.json.gz"


def _silent(done: int, total: int, what: str) -> None:
    pass


def changed(made: Plan) -> dict[str, str]:
    return {str(change.address): change.action.value for change in made.changes if change.action.value != "none"}


@pytest.fixture
def desk(tmp_path: Path, node: NodeProcess) -> Desk:
    return Desk(tmp_path, node)


def test_nothing_changed_costs_one_call_per_project(desk: Desk) -> None:
    desk.learn()
    made = desk.plan()
    assert made.unread == (desk.a, desk.b)
    assert not changed(made)
    assert desk.read() == set()
    # who we are, which node it is, the list of projects, and two heads
    assert len(desk.calls()) == 5
    line = "Not read: 2 projects, in which git tells of no save since the last reading"
    outcome = plan(PlanInputs(desk.target()), Surroundings(), KINDS, _silent)
    assert line in outcome.text
    assert line in outcome.html
    assert line in render_plan(made)
    assert outcome.json["summary"]["unread"] == 2  # type: ignore[index,call-overload]


def test_without_the_setting_everything_is_read_and_nothing_is_kept(desk: Desk) -> None:
    desk.change("environments/prod.yml", "trust_git: true", "trust_git: false")
    desk.apply()
    desk.plan()
    assert not desk.proofs.exists()
    assert not any("/git/" in call["path"] for call in desk.calls())
    assert desk.read() == {"A", "B"}


def test_read_all_reads_all(desk: Desk) -> None:
    desk.learn()
    assert desk.plan(read_all=True).unread == ()
    assert desk.read() == {"A", "B"}
    assert not any("/git/" in call["path"] for call in desk.calls())
    assert desk.plan().unread == (desk.a, desk.b)


def test_plan_that_keeps_nothing_uses_proofs_and_makes_none(desk: Desk) -> None:
    desk.apply()
    desk.plan(save=False)
    assert not desk.proofs.exists()
    assert not any("/git/" in call["path"] for call in desk.calls())
    desk.plan()
    before = desk.proofs.read_bytes()
    assert desk.plan(save=False).unread == (desk.a, desk.b)
    assert desk.proofs.read_bytes() == before


def _settings(desk: Desk, change: Callable[[dict[str, Any]], object]) -> None:
    settings = desk.client.get_project(desk.a).get_settings()
    change(settings.get_raw())
    settings.save()


def _variables(desk: Desk) -> None:
    desk.client.get_project(desk.b).set_variables({"standard": {"country": "DE"}, "local": {}})


def _metadata(desk: Desk) -> None:
    project = desk.client.get_project(desk.b)
    metadata = project.get_metadata()
    project.set_metadata({**metadata, "label": "Another"})


def _zone(desk: Desk) -> None:
    flow = desk.client.get_project(desk.a).get_flow()
    flow.get_default_zone().add_item(desk.client.get_project(desk.a).get_dataset("SHARED"))


def _library(desk: Desk) -> None:
    file = desk.client.get_project(desk.a).get_library().get_file("python/a.py")
    file.write("A = 2\n")


def _wiki(desk: Desk) -> None:
    article = desk.client.get_project(desk.a).get_wiki().list_articles()[0].get_data()
    article.set_body("# Other\n")
    article.save()


ACTS: Mapping[str, tuple[str, str, Act]] = {
    "dataset, by a person": (
        "A",
        "dataset.KA.SHARED",
        lambda desk: desk.node.person(desk.a, "maria").edit(
            "DATASET", "SHARED", {"op": "replace", "path": "/params/connection", "value": "filesystem_root"}
        ),
    ),
    "code of a recipe, by a person": (
        "B",
        "recipe.KB.r",
        lambda desk: desk.node.person(desk.b, "maria").edit("RECIPE", "r", part="payload", text="other()\n"),
    ),
    "recipe deleted": ("A", "recipe.KA.r", lambda desk: desk.client.get_project(desk.a).get_recipe("r").delete()),
    "variables": ("B", "project.KB", _variables),
    "display name": ("B", "project.KB", _metadata),
    "zone": ("A", "dataset.KA.SHARED", _zone),
    "library": ("A", "library.KA.python/a.py", _library),
    "wiki": ("A", "wiki.KA.Start", _wiki),
}


@pytest.mark.parametrize("act", ACTS)
def test_whatever_is_saved_is_noticed(desk: Desk, act: str) -> None:
    desk.learn()
    project, address, save = ACTS[act]
    save(desk)
    made = desk.plan()
    assert address.replace("KA", desk.a).replace("KB", desk.b) in changed(made)
    assert made.unread == ((desk.b,) if project == "A" else (desk.a,))
    assert desk.read() == {project}
    desk.apply()
    assert desk.plan().unread == made.unread
    assert desk.plan().unread == (desk.a, desk.b)


@pytest.mark.parametrize("mode", ["ALL_EXPLICIT", "RECIPES_EXPLICIT"])
def test_no_project_is_trusted_that_does_not_commit_every_save(desk: Desk, mode: str) -> None:
    desk.change("projects/a.yml", "name: A,", f"name: A, settings: {{gitCommitMode: {mode}}},")
    desk.apply()
    for unread in ((), (desk.b,), (desk.b,)):
        assert desk.plan().unread == unread


def test_mode_that_was_switched_meanwhile_is_noticed_though_there_is_no_commit(desk: Desk) -> None:
    desk.learn()
    _settings(desk, lambda raw: raw["settings"].update(gitCommitMode="ALL_EXPLICIT"))
    desk.node.person(desk.a).edit("RECIPE", "r", part="payload", text="other()\n")
    made = desk.plan()
    assert made.unread == (desk.b,)
    assert changed(made) == {f"recipe.{desk.a}.r": "update"}
    _settings(desk, lambda raw: raw["settings"].update(gitCommitMode="AUTO"))
    assert changed(desk.plan()) == changed(made)


def test_working_copy_that_is_not_clean_proves_nothing(desk: Desk) -> None:
    """What no commit has can be dropped without a trace in the head."""
    desk.apply()
    desk.node.set_profile(git_commit_delay=1_000)
    desk.client.get_project(desk.a).get_recipe("r").get_settings().save()
    desk.plan()
    desk.node.set_profile(git_commit_delay=0)
    assert desk.plan().unread == (desk.b,)


def test_node_without_project_git(desk: Desk) -> None:
    desk.learn()
    desk.node.set_profile(dss_version="12.4.1")
    for _ in range(2):
        desk.node.clear_requests()
        assert desk.plan().unread == ()
        assert desk.read() == {"A", "B"}
        assert len([call for call in desk.calls() if "/git/" in call["path"]]) <= 1


def test_git_that_cannot_be_read(desk: Desk) -> None:
    desk.learn()
    desk.node.fail("status", "GET", f"/projects/{desk.a}/git/", status=403)
    assert desk.plan().unread == (desk.b,)
    desk.node.clear_faults()
    desk.node.fail("status", "GET", f"/projects/{desk.b}/git/", status=500)
    assert desk.plan().unread == (desk.a,)


def test_another_version_of_the_node_begins_anew(desk: Desk) -> None:
    desk.learn()
    version = desk.node.profile()["dss_version"]
    desk.node.set_profile(dss_version="14.2.1" if version != "14.2.1" else "14.2.2")
    assert desk.plan().unread == ()
    assert desk.plan().unread == (desk.a, desk.b)


def test_another_node_with_the_same_projects(desk: Desk, tmp_path: Path) -> None:
    desk.learn()
    with start_node(tmp_path / "other") as other:
        for key in (desk.a, desk.b):
            other.load_project(key, desk.node.data_dir / "config" / "projects" / key)
        desk.node = other
        assert desk.plan().unread == ()
        assert desk.read() == {"A", "B"}


@pytest.mark.parametrize("content", [None, b"", b"{}", "foreign"])
def test_lost_or_altered_proofs_cost_calls_and_nothing_else(desk: Desk, content: bytes | str | None) -> None:
    desk.learn()
    if content is None:
        desk.proofs.unlink()
    elif isinstance(content, bytes):
        desk.proofs.write_bytes(content)
    else:
        body = bytearray(desk.proofs.read_bytes())
        body[len(body) // 2] ^= 1
        desk.proofs.write_bytes(bytes(body))
    assert desk.plan().unread == ()
    assert desk.plan().unread == (desk.a, desk.b)


def test_files_that_say_something_else(desk: Desk) -> None:
    """Spec, lifecycle, a new entry, one that is gone: the project is read; the other one is not."""
    desk.learn()
    a = desk.files["projects/a.yml"]
    for before, after in (
        ('code: "r()\\n"', 'code: "s()\\n"'),
        ('content: "# Start\\n"', 'content: "# Start\\n", lifecycle: {protect: true}'),
        ("zones: [{name: raw}]", "zones: [{name: raw}, {name: more}]"),
    ):
        desk.files["projects/a.yml"] = a
        desk.change("projects/a.yml", before, after)
        assert desk.plan().unread == (desk.b,)
    desk.files["projects/a.yml"] = a.replace("wiki: ", "# ")
    assert changed(desk.plan()) == {f"wiki.{desk.a}.Start": "delete"}
    desk.files["projects/a.yml"] = a
    assert desk.plan().unread == (desk.a, desk.b)


def test_names_of_what_is_not_read_are_known(desk: Desk) -> None:
    """``B`` names a folder of ``A``, whose id the server chose and which stands in the state alone."""
    desk.apply()
    desk.change("projects/a.yml", "to: [KB]}", "to: [KB]}, {type: MANAGED_FOLDER, name: 'folder:out', to: [KB]}")
    desk.change("projects/b.yml", "inputs: [KA.SHARED]", "inputs: [KA.SHARED, 'KA.folder:out']")
    desk.learn()
    desk.change("projects/b.yml", "country: FR", "country: DE")
    made = desk.plan()
    assert made.unread == (desk.a,)
    assert changed(made) == {f"project.{desk.b}": "update"}
    desk.client.get_project(desk.b).get_recipe("r").get_settings().save()
    made = desk.plan()
    assert made.unread == (desk.a,)
    assert changed(made) == {f"project.{desk.b}": "update"}
    assert desk.read() == {"B"}


def test_replacement_reads_the_projects_that_lose_something(desk: Desk) -> None:
    """DSS deletes the recipe of ``B`` along with the dataset of ``A``: a plan that had not read ``B`` would not say so."""
    desk.learn()
    desk.change(
        "projects/a.yml",
        "name: SHARED, type: managed, connection: filesystem_managed",
        "name: SHARED, type: Inline",
    )
    made = desk.plan()
    assert made.unread == ()
    assert changed(made)[f"recipe.{desk.b}.r"] == "replace"
    assert desk.read() == {"A", "B"}
    assert changed(made) == changed(desk.plan(read_all=True))
    desk.apply()
    assert not changed(desk.plan())


def test_local_variables_may_not_be_in_git(desk: Desk) -> None:
    desk.change("projects/b.yml", "{standard: {country: FR}}", "{standard: {country: FR}, local: {test: 1}}")
    desk.apply()
    for unread in ((), (desk.a,), (desk.a,)):
        assert desk.plan().unread == unread


def test_drift_trusts_only_what_a_drift_has_surveyed(desk: Desk) -> None:
    desk.learn()
    first = desk.drift()
    assert "unread" not in first.json
    assert desk.read() == {"A", "B"}
    second = desk.drift()
    assert second.json["unread"] == [desk.a, desk.b]
    assert "Not read: 2 projects" in second.text
    assert "Not read: 2 projects" in second.html
    assert desk.read() == set()
    assert "unread" not in desk.drift(read_all=True).json
    assert desk.plan().unread == (desk.a, desk.b)
    desk.client.get_project(desk.a).new_managed_dataset("MORE").with_store_into("filesystem_managed").create()
    for _ in range(2):  # what nobody declared is told every time
        found = desk.drift()
        assert found.json["unread"] == [desk.b]
        assert f"? dataset.{desk.a}.MORE" in found.text
    desk.plan()
    assert desk.plan().unread == (desk.a, desk.b)  # a plan does not ask for it
    desk.node.person(desk.b).edit("RECIPE", "r", part="payload", text="other()\n")
    found = desk.drift()
    assert found.exit_code is ExitCode.CHANGES
    assert f"~ recipe.{desk.b}.r" in found.text


def test_apply_reads_for_itself(desk: Desk) -> None:
    desk.learn()
    desk.apply()
    assert desk.read() == {"A", "B"}


def test_unchanged_saves_are_noticed_and_proven_again(desk: Desk) -> None:
    desk.learn()
    desk.node.person(desk.a).save(noise="all")
    made = desk.plan()
    assert made.unread == (desk.b,)
    assert not changed(made)
    assert desk.plan().unread == (desk.a, desk.b)


@pytest.mark.parametrize("seed", range(3))
def test_trusting_plans_say_what_plans_say_that_read_all(desk: Desk, seed: int) -> None:
    """Whatever people do, and however often plans are kept in between."""
    chance = random.Random(seed)  # noqa: S311  a story, not a secret
    desk.learn()
    unread = 0
    for _ in range(8):
        for key in chance.sample([desk.a, desk.b], chance.randint(0, 1)):
            person = desk.node.person(key, "maria")
            kind, name = chance.choice([entry for entry in person.objects() if entry[0] in ("DATASET", "RECIPE")])
            text = f"edit {chance.randint(0, 2)}"
            act = chance.choice(["save", "describe", "code", "move"])
            if act == "save":
                person.save((kind, name), seed=chance.random(), noise="all")
            elif act == "move" and key == desk.a:
                zones = desk.client.get_project(key).get_flow().list_zones()
                person.move(chance.choice(zones).id, (kind, name))
            elif act == "code" and kind == "RECIPE":
                person.edit(kind, name, part="payload", text=f"{text.replace(' ', '_')}()\n")
            else:
                person.edit(kind, name, {"op": "add", "path": "/tags", "value": [text]})
        trusting = desk.plan(save=chance.random() < 0.6)
        unread += len(trusting.unread)
        assert changed(trusting) == changed(desk.plan(read_all=True, save=False))
        if changed(trusting) and chance.random() < 0.5:
            desk.apply()
    assert unread
