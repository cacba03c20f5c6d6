"""Files to a configuration: layouts, environments, and one row per rule with its exact code and place."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Mapping

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dataiku_iac.config.files import MemoryTree
from dataiku_iac.config.findings import SUMMARIES
from dataiku_iac.config.loading import load, load_configuration
from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.problem import Severity
from dataiku_iac.core.resource import Configuration, OnDelete
from tests.unit.config.small_kinds import SMALL

CRM = "project: {key: CRM}\n"
CHECKED = "checks: [{type: not_null}]"


def load_files(files: Mapping[str, str], **options: object) -> Configuration:
    return load_configuration(MemoryTree(files), SMALL, **options)  # type: ignore[arg-type]


def problems(files: Mapping[str, str], **options: object) -> list[tuple[str, str]]:
    """Return code and place of every error, or of every warning if there are no errors."""
    try:
        found = load_files(files, **options).warnings
    except ConfigError as error:
        found = tuple(problem for problem in error.problems if problem.severity is Severity.ERROR)
    assert all(SUMMARIES.get(problem.code, problem.summary) == problem.summary for problem in found)
    return [(problem.code, str(problem.place)) for problem in found if problem.code != "no-checks"]


def only_problem(files: Mapping[str, str], **options: object) -> str:
    try:
        found = load_files(files, **options).warnings
    except ConfigError as error:
        found = error.problems
    (problem,) = [problem for problem in found if problem.code != "no-checks"]
    return str(problem)


def specs(configuration: Configuration) -> dict[str, Json]:
    return {str(address): dict(resource.spec) for address, resource in configuration.resources.items()}


# --- layouts ---

EXPECTED = {
    "project.CRM": {"name": "Customers"},
    "zone.CRM.raw": {"color": "#aaaaaa"},
    "library.CRM.python/a.py": {"content": "A\r\n"},
    "dataset.CRM.IN": {"type": "Filesystem", "zone": "raw"},
    "dataset.CRM.OUT": {"type": "Filesystem"},
    "recipe.CRM.r": {"type": "python", "inputs": ["IN"], "outputs": ["OUT"], "code": "print('${A} {{ b }}')\n"},
}
SINGLE = """\
version: "1.0"
project: {key: CRM, name: Customers}
zones: [{name: raw, color: "#aaaaaa"}]
libraries: {python: lib/**}
datasets:
  - {name: IN, type: Filesystem, zone: raw}
  - {name: OUT, type: Filesystem}
recipes:
  - {name: r, type: python, inputs: [IN], outputs: [OUT], code_file: code/r.py}
"""
TEXTS = {"code/r.py": "print('${A} {{ b }}')\n", "lib/a.py": "A\r\n", "lib/__pycache__/a.pyc": "junk"}


def below(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{folder}/{path}": text for path, text in files.items()}


DIRECTORY = {
    "project.yml": "project: {key: CRM, name: Customers}\n",
    "zones.yml": "- {name: raw, color: '#aaaaaa'}\n",
    "libraries.yml": "libraries: {python: lib/**}\n",
    "datasets/IN.yml": "name: IN\ntype: Filesystem\nzone: raw\n",
    "datasets/sub/out.yaml": "- name: OUT\n  type: Filesystem\n",
    "recipes/r.yml": "recipes:\n- {name: r, type: python, inputs: [IN], outputs: [OUT], code_file: ../code/r.py}\n",
    **TEXTS,
}
LAYOUTS = {
    "one file": ({"crm.yml": SINGLE, **TEXTS}, "crm.yml"),
    "a file in projects": ({"projects/crm.yml": SINGLE, **below("projects", TEXTS)}, ""),
    "a folder in projects": (below("projects/crm", DIRECTORY), ""),
    "a project folder": (DIRECTORY, ""),
    "a project folder below": (below("x/y", DIRECTORY), "x/y"),
    "several documents": ({"crm.yml": SINGLE.replace("datasets:", "---\ndatasets:"), **TEXTS}, "crm.yml"),
    "null sections": ({"crm.yml": SINGLE + "folders:\nwiki: ~\nwebapps:\nforget:\n", **TEXTS}, "crm.yml"),
    "JSON": (
        {"crm.json": json.dumps(yaml.safe_load(SINGLE)), **TEXTS},
        "crm.json",
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_configuration(layout: str) -> None:
    files, path = LAYOUTS[layout]
    configuration = load_files(files, path=path)
    assert specs(configuration) == EXPECTED
    assert (configuration.stack, configuration.environment) == ("CRM", "default")
    assert list(specs(configuration)) == list(EXPECTED)  # by rank, whatever the order in files


def test_places_lead_to_the_line_of_every_value() -> None:
    resource = load_files({"crm.yml": SINGLE, **TEXTS}, path="crm.yml").resources[Address("recipe", "CRM", "r")]
    assert str(resource.place) == "crm.yml:9:5"
    assert str(resource.place_of("inputs[0]")) == "crm.yml:9:38"
    assert str(resource.place_of("inputs.main[0]")) == "crm.yml:9:29"
    assert str(resource.place_of("code_file")) == "crm.yml:9:70"


def test_envelope_and_forget_are_read() -> None:
    text = CRM + (
        "datasets:\n"
        "- {name: A, depends_on: [dataset.CRM.B], lifecycle: {protect: \"{{ environment == 'prod' }}\", "
        "ignore: [params.path], on_delete: drop_data}}\n"
        "- {name: B}\n"
        "forget: [recipe.CRM.old, recipe.CRM.old]\n"
    )
    configuration = load_files({"crm.yml": text}, environment="prod")
    resource = configuration.resources[Address("dataset", "CRM", "A")]
    assert resource.spec == {}
    assert resource.depends_on == (Address("dataset", "CRM", "B"),)
    lifecycle = resource.lifecycle
    assert (lifecycle.protect, lifecycle.ignore, lifecycle.on_delete) == (True, ("params.path",), OnDelete.DROP_DATA)
    assert configuration.forget == (Address("recipe", "CRM", "old"),)


# --- one row per rule ---

REFUSED: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "syntax": (CRM + "datasets: [\n", [("yaml-syntax", "crm.yml:3:1")]),
    "unknown top key": (CRM + "datsets: []\n", [("unknown-key", "crm.yml:2:1")]),
    "unknown key": (CRM + "datasets:\n- name: A\n  conection: x\n", [("unknown-key", "crm.yml:4:3")]),
    "unknown deep key": (CRM + "datasets: [{name: A, schema: [{name: a, typ: x}]}]\n", [("unknown-key", "crm.yml:2:41")]),
    "unknown lifecycle key": (CRM + "datasets: [{name: A, lifecycle: {protected: true}}]\n", [("unknown-key", "crm.yml:2:34")]),
    "missing name": (CRM + "datasets: [{type: x}]\n", [("missing-key", "crm.yml:2:12")]),
    "missing key": (CRM + "recipes: [{name: r}]\n", [("missing-key", "crm.yml:2:11")]),
    "missing project key": ("project: {name: x}\ndatasets: [{name: A}]\n", [("missing-key", "crm.yml:1:1")]),
    "no project": ("datasets: [{name: A}]\n", [("no-project", "crm.yml:1:12")]),
    "two projects": (CRM + "---\nproject: {key: CRM}\n", [("duplicate-key", "crm.yml:3:1")]),
    "duplicate key": (CRM + "datasets: []\ndatasets: []\n", [("duplicate-key", "crm.yml:3:1")]),
    "number as text": (CRM + "datasets: [{name: A, type: 3}]\n", [("wrong-type", "crm.yml:2:28")]),
    "number as name": (CRM + "datasets: [{name: 3}]\n", [("wrong-type", "crm.yml:2:19")]),
    "yes as boolean": (CRM + "datasets: [{name: A, managed: yes}]\n", [("wrong-type", "crm.yml:2:31")]),
    "section no list": (CRM + "datasets: {A: {}}\n", [("wrong-type", "crm.yml:2:1")]),
    "entry no mapping": (CRM + "datasets: [A]\n", [("wrong-type", "crm.yml:2:12")]),
    "null entry": (CRM + "datasets: [~]\n", [("wrong-type", "crm.yml:2:12")]),
    "file no mapping": ("- a\n", [("wrong-type", "crm.yml:1:1")]),
    "wrong alternative": (CRM + "datasets: [{name: A, schema: x}]\n", [("wrong-type", "crm.yml:2:30")]),
    "near alternative": (CRM + "datasets: [{name: A, schema: {colums: []}}]\n", [("unknown-key", "crm.yml:2:31")]),
    "enum": (CRM + "datasets: [{name: A, format_type: parket}]\n", [("not-allowed", "crm.yml:2:35")]),
    "minimum": (CRM + "datasets: [{name: A, retries: -1}]\n", [("not-allowed", "crm.yml:2:31")]),
    "unique": (CRM + "datasets: [{name: A, tags: [a, a]}]\n", [("not-allowed", "crm.yml:2:22")]),
    "version": ('version: "2.0"\n' + CRM, [("unsupported-version", "crm.yml:1:10")]),
    "metadata version": ("metadata: {version: '2'}\n" + CRM, [("unsupported-version", "crm.yml:1:21")]),
    "metadata": ("metadata: {owner: me}\n" + CRM, [("unknown-key", "crm.yml:1:12")]),
    "future section": (CRM + "webapps: [{name: w}]\n", [("not-supported-yet", "crm.yml:2:1")]),
    "moved": (CRM + "moved: [{from: a, to: b}]\n", [("bad-address", "crm.yml:2:9"), ("bad-address", "crm.yml:2:9")]),
    "moved without a side": (CRM + "moved: [{from: dataset.CRM.A}]\n", [("missing-key", "crm.yml:2:9")]),
    "moved to nothing": (CRM + "moved: [{from: dataset.CRM.A, to: dataset.CRM.B}]\n", [("bad-move", "crm.yml:2:9")]),
    "moved to another kind": (CRM + "moved: [{from: dataset.CRM.A, to: folder.CRM.A}]\n", [("bad-move", "crm.yml:2:9")]),
    "import": (CRM + "import: [{to: a, id: b}]\n", [("not-supported-yet", "crm.yml:2:1")]),
    "modules": (CRM + "modules: [{use: a}]\n", [("not-supported-yet", "crm.yml:2:1")]),
    "include": (CRM + "datasets: {$include: a}\n", [("not-supported-yet", "crm.yml:2:12")]),
    "library git": (CRM + "libraries: {git: {python/x: {repository: x}}}\n", [("missing-key", "crm.yml:2:13"), ("unknown-key", "crm.yml:2:13")]),
    "library glob": (CRM + "libraries: {python: lib/**}\n", [("missing-file", "crm.yml:2:21")]),
    "library outside": (CRM + "libraries: {python: ../**}\n", [("outside-tree", "crm.yml:2:21")]),
    "duplicate address": (CRM + "datasets: [{name: A}, {name: A}]\n", [("duplicate-address", "crm.yml:2:23")]),
    "missing file": (CRM + "wiki: [{name: w, file: no.md}]\n", [("missing-file", "crm.yml:2:24")]),
    "file outside": (CRM + "wiki: [{name: w, file: ../no.md}]\n", [("outside-tree", "crm.yml:2:24")]),
    "code and file": (CRM + "wiki: [{name: w, content: x, file: no.md}]\n", [("code-twice", "crm.yml:2:36")]),
    "kind's own check": (CRM + "recipes: [{name: r, type: sync}]\n", [("missing-outputs", "crm.yml:2:11")]),
    "undefined": (CRM + "datasets: [{name: A, type: '{{ var.X }}'}]\n", [("undefined-variable", "crm.yml:2:28")]),
    "secret reference": (CRM + "datasets: [{name: A, params: {password: '${secret:x}'}}]\n", [("secret-unsupported", "crm.yml:2:41")]),
    "clear secret": (CRM + "datasets: [{name: A, params: {password: hunter2}}]\n", [("clear-secret", "crm.yml:2:31")]),
    "secret of the environment": (CRM + "datasets: [{name: A, params: {password: '{{ env.PW }}'}}]\n", [("clear-secret", "crm.yml:2:31")]),
    "secret in a list": (CRM + "datasets: [{name: A, params: {l: [{apiKey: abc}]}}]\n", [("clear-secret", "crm.yml:2:36")]),
    "server-owned": (CRM + "datasets: [{name: A, versionTag: {versionNumber: 1}}]\n", [("server-owned", "crm.yml:2:22")]),
    "noise": (CRM + "datasets: [{name: A, params: {position: 1}}]\n", [("no-effect", "crm.yml:2:31")]),
    "bad address": (CRM + "forget: [datset.CRM.A, dataset.CRM, x]\n", [("bad-address", "crm.yml:2:10"), ("bad-address", "crm.yml:2:24"), ("bad-address", "crm.yml:2:37")]),
    "forget declared": (CRM + "datasets: [{name: A}]\nforget: [dataset.CRM.A]\n", [("forget-declared", "crm.yml:3:10")]),
    "unknown dependency": (CRM + "datasets: [{name: A, depends_on: [dataset.CRM.B]}]\n", [("unresolved-reference", "crm.yml:2:22")]),
    "unknown zone": (CRM + "datasets: [{name: A, zone: raw}]\n", [("unresolved-reference", "crm.yml:2:28")]),
    "unknown input": (CRM + "datasets: [{name: A}]\nrecipes: [{name: r, type: x, inputs: [B], outputs: [A]}]\n", [("unresolved-reference", "crm.yml:3:39")]),
    "two writers": (
        CRM + "datasets: [{name: A}]\nrecipes:\n- {name: r, type: x, outputs: [A]}\n- {name: s, type: x, outputs: [A]}\n",
        [("two-writers", "crm.yml:5:32")],
    ),
    "circle in the flow": (
        CRM + "datasets: [{name: A}, {name: B}]\nrecipes:\n- {name: r, type: x, inputs: [A], outputs: [B]}\n- {name: s, type: x, inputs: [B], outputs: [A]}\n",
        [("cycle", "crm.yml:2:12")],
    ),
    "circle of dependencies": (
        CRM + "datasets: [{name: A, depends_on: [dataset.CRM.B]}, {name: B, depends_on: [dataset.CRM.A]}]\n",
        [("cycle", "crm.yml:2:12")],
    ),
    "own input": (CRM + "datasets: [{name: A}]\nrecipes: [{name: r, type: x, inputs: [A], outputs: [A]}]\n", [("cycle", "crm.yml:2:12")]),
    "lifecycle": (CRM + "datasets: [{name: A, lifecycle: {protect: 'no', on_delete: keep, ignore: [1]}}]\n", [("wrong-type", "crm.yml:2:43"), ("not-allowed", "crm.yml:2:60"), ("wrong-type", "crm.yml:2:75")]),
    "project key": ("project: {key: crm}\n", [("naming", "crm.yml:1:16")]),
    "foreign": (CRM + "datasets: [{name: A}]\nrecipes: [{name: r, type: x, inputs: [OTHER.B], outputs: [A]}]\n", []),
}  # fmt: skip


@pytest.mark.parametrize("rule", REFUSED)
def test_each_rule_has_its_code_and_place(rule: str) -> None:
    text, expected = REFUSED[rule]
    assert problems({"crm.yml": text}, path="crm.yml", os_environ={"PW": "hunter2"}) == expected


def test_all_problems_are_raised_at_once_and_sorted() -> None:
    text = CRM + "datsets: []\ndatasets:\n- {nam: A}\n- {name: B, typ: x, managed: 1}\n- {name: C, zone: no}\n"
    assert problems({"crm.yml": text}) == [
        ("unknown-key", "crm.yml:2:1"),
        ("missing-key", "crm.yml:4:3"),
        ("unknown-key", "crm.yml:5:13"),
        ("wrong-type", "crm.yml:5:30"),
        ("unresolved-reference", "crm.yml:6:19"),
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("datasets: [{name: A, conection: x}]", 'did you mean "connection"?'),
        ("datsets: []", 'did you mean "datasets"?'),
        ("datasets: [{name: A, format_type: parket}]", 'did you mean "parquet"?'),
        ("datasets: [{name: A, format_type: x}]", "allowed: csv, parquet"),
        ("datasets: [{name: A, managed: yes}]", "write true; only true and false are booleans"),
        ("datasets: [{name: A, type: 3}]", "put it in quotes"),
        ("forget: [datset.CRM.A]", 'did you mean "dataset"?'),
        ("datasets: [{name: A, versionTag: {a: 1}}]", "counts saves"),
        ("datasets: [{name: A}, {name: A}]", "first at crm.yml:2:12"),
        ("folders: [{name: F}]\nrecipes: [{name: r, type: x, inputs: [F], outputs: ['folder:F']}]", 'write "folder:F"'),
        ("datasets: [{name: F}]\nrecipes: [{name: r, type: x, outputs: ['folder:F']}]", 'write "F"'),
        ("datasets: [{name: ORDERS}]\nrecipes: [{name: r, type: x, outputs: [ORDER]}]", 'did you mean "ORDERS"?'),
    ],
)
def test_the_message_says_what_to_do(line: str, words: str) -> None:
    assert words in only_problem({"crm.yml": CRM + line + "\n"})


def test_a_circle_is_told_with_its_path() -> None:
    text, _ = REFUSED["circle in the flow"]
    message = only_problem({"crm.yml": text})
    assert "dataset.CRM.A → recipe.CRM.r → dataset.CRM.B → recipe.CRM.s → dataset.CRM.A" in message


def test_a_secret_is_never_in_the_message() -> None:
    for rule in ("clear secret", "secret of the environment"):
        assert "hunter2" not in only_problem({"crm.yml": REFUSED[rule][0]}, os_environ={"PW": "hunter2"})


# --- warnings and settings ---


def test_datasets_without_checks_are_one_warning() -> None:
    text = CRM + f"datasets: [{{name: A}}, {{name: B, {CHECKED}}}, {{name: C}}]\n"
    (warning,) = load_files({"crm.yml": text}).warnings
    assert (warning.code, str(warning.place)) == ("no-checks", "crm.yml:2:12")
    assert warning.detail == "dataset.CRM.A, dataset.CRM.C"
    with pytest.raises(ConfigError):
        load_files({"crm.yml": text}, strict=True)


@pytest.mark.parametrize(("naming", "severity"), [("off", None), ("warn", Severity.WARNING), ("error", Severity.ERROR)])
def test_naming_is_as_strict_as_the_settings_say(naming: str, severity: Severity | None) -> None:
    files = {
        "dataiku-iac.yml": f"naming: {naming}\n",
        "projects/crm.yml": CRM + f"datasets: [{{name: a, {CHECKED}}}]\n",
    }
    try:
        found = load_files(files).warnings
    except ConfigError as error:
        found = error.problems
    assert [(problem.code, problem.severity, str(problem.place)) for problem in found] == (
        [("naming", severity, "projects/crm.yml:2:19")] if severity else []
    )


SETTINGS_REFUSED = {
    "unknown": ("stak: x\n", ("unknown-key", "dataiku-iac.yml:1:1")),
    "two places of state": ("state: {directory: a, managed_folder: b}\n", ("not-allowed", "dataiku-iac.yml:1:1")),
    "state key": ("state: {folder: a}\n", ("unknown-key", "dataiku-iac.yml:1:9")),
    "stack": ("stack: ../x\n", ("not-allowed", "dataiku-iac.yml:1:8")),
    "secrets": ("secrets: {provider: vault}\n", ("not-supported-yet", "dataiku-iac.yml:1:1")),
    "policies": ("policies: [a]\n", ("not-supported-yet", "dataiku-iac.yml:1:1")),
    "naming": ("naming: of\n", ("not-allowed", "dataiku-iac.yml:1:9")),
    "environment": ("default_environment: 1\n", ("wrong-type", "dataiku-iac.yml:1:22")),
}


@pytest.mark.parametrize("rule", SETTINGS_REFUSED)
def test_settings_are_checked(rule: str) -> None:
    text, expected = SETTINGS_REFUSED[rule]
    assert problems({"dataiku-iac.yml": text, "projects/crm.yml": CRM}) == [expected]


def test_settings_are_read() -> None:
    files = {
        "dataiku-iac.yml": "stack: marketing\nstate: {managed_folder: IAC.state}\ndefault_environment: dev\n",
        "projects/crm.yml": CRM,
    }
    loaded = load(MemoryTree(files), SMALL)
    assert (loaded.configuration.stack, loaded.configuration.environment) == ("marketing", "dev")
    assert loaded.settings.state == {"managed_folder": "IAC.state"}


def test_several_projects_need_a_stack() -> None:
    files = {"projects/a.yml": "project: {key: A}\n", "projects/b.yml": "project: {key: B}\n"}
    assert problems(files) == [("missing-key", "dataiku-iac.yml")]
    configuration = load_files({**files, "dataiku-iac.yml": "stack: both\n"})
    assert configuration.projects == ("A", "B")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"projects/a.py": ""}, ("not-supported-yet", "projects/a.py")),
        ({"modules/a.yml": "x: 1"}, ("not-supported-yet", "modules/a.yml")),
        ({"projects/crm/webapps/a.yml": "name: x"}, ("not-supported-yet", "projects/crm/webapps/a.yml")),
        ({"projects/crm/dataset/a.yml": "name: x"}, ("ignored-file", "projects/crm/dataset")),
        ({"projects/crm/lib/a.yml": "name: x"}, None),
        ({"tests/a.yml": "name: x", "mkdocs.yml": "x: 1", ".gitlab-ci.yml": "x: 1"}, None),
    ],
)
def test_no_file_is_passed_over_in_silence(files: Mapping[str, str], expected: tuple[str, str] | None) -> None:
    assert problems({"projects/crm/project.yml": CRM, **files}) == ([expected] if expected else [])


def test_an_empty_tree_is_an_error() -> None:
    assert problems({}) == [("nothing-declared", "files")]


# --- environments ---

FLOW = CRM + (
    "folders: [{name: F}]\n"
    "datasets:\n"
    "- {name: A, connection: '${SF}', params: {connection: dev2, source: CRM.B, table: '${projectKey}_a'}}\n"
    "- {name: B, managed: true}\n"
    "- {name: C, managed: true, connection: dev}\n"
    "recipes: [{name: r, type: x, inputs: [CRM.A, OTHER.Z], outputs: [B], code: 'dev ${SF}'}]\n"
    "forget: [dataset.CRM.OLD]\n"
)
PROD = """\
environment: prod
node: "node-${SUFFIX}"
extends: base
variables: {SF: dev}
projects: {CRM: {key: CRM_PRD}}
remap: {connections: {dev: prod, dev2: dev}}
defaults: {managed_connection: managed}
settings: {parallelism: 3, protect: ["dataset.*.C", "dataset.CRM.B"]}
"""
BASE = """\
variables: {SF: base, SUFFIX: x}
remap: {connections: {dev: never, other: o}}
defaults: {managed_connection: never, managed_folder_connection: folders}
"""


def test_an_environment_renames_remaps_and_fills_in() -> None:
    files = {"projects/crm.yml": FLOW, "environments/prod.yml": PROD, "environments/base.yml": BASE}
    loaded = load(MemoryTree(files), SMALL, environment="prod")
    assert specs(loaded.configuration) == {
        "project.CRM_PRD": {},
        "folder.CRM_PRD.F": {"connection": "folders"},
        "dataset.CRM_PRD.A": {
            "connection": "prod",
            "params": {"connection": "dev", "source": "CRM_PRD.B", "table": "${projectKey}_a"},
        },
        "dataset.CRM_PRD.B": {"managed": True, "connection": "managed"},
        "dataset.CRM_PRD.C": {"managed": True, "connection": "prod"},
        "recipe.CRM_PRD.r": {
            "type": "x",
            "inputs": ["CRM_PRD.A", "OTHER.Z"],
            "outputs": ["B"],
            "code": "dev ${SF}",
        },
    }
    assert loaded.configuration.stack == "CRM"  # the same in every environment
    assert loaded.configuration.forget == (Address("dataset", "CRM_PRD", "OLD"),)
    assert (loaded.environment.node, loaded.environment.parallelism) == ("node-x", 3)
    protected = [str(a) for a, resource in loaded.configuration.resources.items() if resource.lifecycle.protect]
    assert protected == ["dataset.CRM_PRD.B", "dataset.CRM_PRD.C"]
    assert [(p.code, str(p.place)) for p in loaded.configuration.warnings if p.code != "no-checks"] == [
        ("unused-remap", "environments/base.yml:2:42")
    ]


def test_names_can_be_swapped() -> None:
    files = {
        "projects/crm.yml": CRM + "datasets: [{name: A, connection: a, params: {x: b}}]\n",
        "environments/dev.yml": "remap: {connections: {a: b, b: a}}\n",
    }
    assert specs(load_files(files, environment="dev"))["dataset.CRM.A"] == {"connection": "b", "params": {"x": "a"}}


def test_command_line_wins_over_environment_over_settings() -> None:
    files = {
        "dataiku-iac.yml": "variables: {A: s, B: s, C: s}\n",
        "environments/dev.yml": "variables: {A: e, B: e}\n",
        "projects/crm.yml": CRM + "datasets: [{name: X, type: '${A}${B}${C}${D:d}'}]\n",
    }
    configuration = load_files(files, environment="dev", variables={"A": "c"})
    assert specs(configuration)["dataset.CRM.X"] == {"type": "cesd"}


ENVIRONMENTS_REFUSED = {
    "unknown key": ("variabels: {}\n", ("unknown-key", "environments/dev.yml:1:1")),
    "overrides": ("overrides: {datasets: {A: {}}}\n", ("not-supported-yet", "environments/dev.yml:1:1")),
    "another name": ("environment: prod\n", ("not-allowed", "environments/dev.yml:1:14")),
    "unknown base": ("extends: bas\n", ("unknown-environment", "environments/dev.yml:1:10")),
    "circle": ("extends: dev\n", ("environment-cycle", "environments/dev.yml:1:10")),
    "remap sort": ("remap: {connection: {a: b}}\n", ("unknown-key", "environments/dev.yml:1:9")),
    "remap value": ("remap: {connections: {a: 1}}\n", ("wrong-type", "environments/dev.yml:1:26")),
    "remap llms": ("remap: {llms: {a: b}}\n", ("not-supported-yet", "environments/dev.yml:1:9")),
    "approval": ("settings: {require_approval: govern}\n", ("not-supported-yet", "environments/dev.yml:1:12")),
    "rollback": ("settings: {on_failure: rollback}\n", ("not-supported-yet", "environments/dev.yml:1:12")),
    "parallelism": ("settings: {parallelism: 0}\n", ("wrong-type", "environments/dev.yml:1:25")),
    "rename meets": ("projects: {CRM: {key: B}, A: {key: B}}\n", ("not-allowed", "environments/dev.yml:1:27")),
    "rename chain": ("projects: {CRM: {key: A}, A: {key: Z}}\n", ("not-allowed", "environments/dev.yml:1:12")),
    "unused remap": ("remap: {connections: {a: b}}\n", ("unused-remap", "environments/dev.yml:1:26")),
    "unused rename": ("projects: {CRN: {key: B}}\n", ("unused-remap", "environments/dev.yml:1:12")),
    "unused protect": ("settings: {protect: [dataset.X.*]}\n", ("unused-protect", "environments/dev.yml:1:12")),
    "harmless settings": ("settings: {on_failure: keep, require_tests: false, drift_policy: report}\n", None),
    "variable circle": ("variables: {A: '${B}', B: '${A}'}\nnode: '${A}'\n", ("variable-cycle", "environments/dev.yml:2:7")),
    "undefined": ("node: '{{ var.N }}'\n", ("undefined-variable", "environments/dev.yml:1:7")),
}  # fmt: skip


@pytest.mark.parametrize("rule", ENVIRONMENTS_REFUSED)
def test_environments_are_checked(rule: str) -> None:
    text, expected = ENVIRONMENTS_REFUSED[rule]
    found = problems({"environments/dev.yml": text, "projects/crm.yml": CRM}, environment="dev")
    assert found == ([expected] if expected else [])


def test_the_environment_must_exist_where_there_are_any() -> None:
    files = {"environments/dev.yml": "", "projects/crm.yml": CRM}
    assert problems(files, environment="prod") == [("unknown-environment", "environments")]
    assert problems(files) == [("unknown-environment", "environments")]
    assert problems({"environments/dev.yaml": "", **files}, environment="dev") == [
        ("duplicate-key", "environments/dev.yaml")
    ]
    assert load_files({"projects/crm.yml": CRM}, environment="prod").environment == "prod"
    assert problems({"projects/crm.yml": CRM}, environment="../prod") == [("not-allowed", "environments")]


# --- order and size ---

SECTIONS = [
    "zones: [{name: raw}]\n",
    "datasets: [{name: B, zone: raw}, {name: A}]\n",
    "recipes: [{name: r, type: x, inputs: [A], outputs: [B]}]\n",
    "folders: [{name: F}]\n",
]


@pytest.mark.parametrize(
    "order", list(itertools.permutations(SECTIONS)), ids=lambda order: "".join(s[0] for s in order)
)
def test_order_in_a_file_means_nothing(order: tuple[str, ...]) -> None:
    assert (
        load_files({"crm.yml": CRM + "".join(order)}).digest == load_files({"crm.yml": "".join(SECTIONS) + CRM}).digest
    )


@given(st.permutations(SECTIONS), st.permutations(["a", "b", "c", "d"]))
@settings(max_examples=50, deadline=None)
def test_order_of_files_means_nothing(sections: list[str], names: list[str]) -> None:
    files = {f"projects/crm/{name}.yml": text for name, text in zip(names, sections, strict=True)}
    found = load_files({"projects/crm/project.yml": CRM, **files})
    expected = load_files({"crm.yml": "".join(SECTIONS) + CRM})
    assert found.digest == expected.digest
    assert list(found.resources) == list(expected.resources)


def count_calls(entries: int) -> int:
    """Return how many Python functions a load of so many entries calls."""
    lines = "".join(f"- {{name: D{i}, type: x, schema: [{{name: a, type: b}}]}}\n" for i in range(entries))
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        load_files({"crm.yml": f"{CRM}datasets:\n{lines}"})
    finally:
        sys.setprofile(None)
    return calls


def test_the_work_of_a_load_grows_with_the_entries_and_no_faster() -> None:
    count_calls(10)  # fills caches
    assert count_calls(1600) / count_calls(800) < 2.05


def test_a_flow_of_ten_thousand_steps_loads_and_its_circle_is_found() -> None:
    count = 10_000
    datasets = "".join(f"- {{name: D{i}}}\n" for i in range(count + 1))
    recipes = "".join(f"- {{name: r{i}, type: x, inputs: [D{i}], outputs: [D{i + 1}]}}\n" for i in range(count))
    text = f"{CRM}datasets:\n{datasets}recipes:\n{recipes}"
    assert len(load_files({"crm.yml": text}).resources) == 2 * count + 2
    closing = f"- {{name: back, type: x, inputs: [D{count}], outputs: [D0]}}\n"
    assert problems({"crm.yml": text + closing}) == [("cycle", "crm.yml:3:3")]
