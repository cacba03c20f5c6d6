"""The tree that import writes: safe on every disk, readable, and loading it gives the same specs."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dataiku_iac.config.file_names import allocate_stems, is_safe_path, safe_stem
from dataiku_iac.config.files import DirectoryTree, MemoryTree
from dataiku_iac.config.loading import load_configuration
from dataiku_iac.config.writing import write_entry, write_project
from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.result import ByHand, ImportReport, NotCovered
from dataiku_iac.resources.registry import KINDS
from tests.kinds.declarations import declarations
from tests.unit.config.small_kinds import SMALL

Resources = Sequence[tuple[Address, JsonObject]]


def read_back(files: Mapping[str, str], registry: Registry) -> dict[Address, JsonObject]:
    configuration = load_configuration(MemoryTree(files), registry)
    return {address: resource.spec for address, resource in configuration.resources.items()}


# --- names ---

_ODD_NAMES = (
    "",
    ".",
    "..",
    ".git",
    "-x",
    "CON",
    "con.txt",
    "Lpt1",
    "a/b",
    "a\\b",
    "a b",
    "é",
    "x.",
    "a:b",
    "😀",
    "a" * 200,
)


@pytest.mark.parametrize("name", _ODD_NAMES)
def test_odd_names_get_a_safe_file_of_their_own(name: str) -> None:
    assert is_safe_path(safe_stem(name))
    assert safe_stem(name) != name


def test_a_name_with_accents_stays_readable() -> None:
    stem = safe_stem("Répartition  par statut & émission (2024)")
    assert stem.rpartition("-")[0] == "Repartition_par_statut_emission_2024"


def test_plain_names_stay() -> None:
    assert [safe_stem(name) for name in ("ORDERS", "prep_1", "a.b-c")] == ["ORDERS", "prep_1", "a.b-c"]


@given(st.lists(st.one_of(st.text(max_size=8), st.sampled_from(["A", "a", "é", "É", "con"])), unique=True, max_size=12))
@settings(max_examples=300, deadline=None)
@example(["a", "A", "a-ca978112"])
def test_files_never_meet_on_a_disk_without_case(names: list[str]) -> None:
    stems = allocate_stems(names)
    assert set(stems) == set(names)
    assert len({stem.casefold() for stem in stems.values()}) == len(names)
    assert all(is_safe_path(stem) for stem in stems.values())


# --- the tree ---

RESOURCES: Resources = [
    (Address("project", "CRM"), {"description": "Line one\nline two\n", "variables": {"standard": {"país": "FR"}}}),
    (Address("zone", "CRM", "raw"), {"color": "#4a90d9"}),
    (Address("library", "CRM", "python/a/__init__.py"), {"content": ""}),
    (Address("library", "CRM", "python/a/b.py"), {"content": "x = '${A} {{ b }}'\r\n"}),
    (Address("library", "CRM", "top.json"), {"content": "{}"}),
    (
        Address("dataset", "CRM", "ORDERS"),
        {
            "zone": "raw",
            "schema": [{"name": "id", "type": "bigint"}, {"name": "on", "type": "string"}],
            "type": "Filesystem",
            "params": {"path": "/${projectKey}/$${x}", "since": "2024-01-01", "glob": "{{ not ours }}"},
        },
    ),
    (
        Address("recipe", "CRM", "prep orders"),
        {"type": "python", "inputs": [], "outputs": ["ORDERS"], "code": "import dataiku\nprint(1)"},
    ),
    (Address("recipe", "CRM", "sync"), {"type": "sync", "inputs": ["ORDERS"], "outputs": ["folder:F"]}),
    (Address("folder", "CRM", "F"), {}),
    (Address("wiki", "CRM", "Getting started"), {"content": "# Hi\n{{ x }}\n"}),
]
FILES = {
    "project.yml": (
        "version: '1.0'\nproject:\n  key: CRM\n  description: |\n    Line one\n    line two\n"
        "  variables:\n    standard: {país: FR}\n"
    ),
    "zones.yml": "zones:\n- {name: raw, color: '#4a90d9'}\n",
    "folders.yml": "folders:\n- {name: F}\n",
    "libraries.yml": "libraries:\n- {python: lib/python/**}\n- {path: top.json, file: lib/top.json}\n",
    "lib/python/a/__init__.py": "",
    "lib/python/a/b.py": "x = '${A} {{ b }}'\r\n",
    "lib/top.json": "{}",
    "datasets/ORDERS.yml": (
        "name: ORDERS\ntype: Filesystem\nparams:\n  path: /${projectKey}/$$${x}\n  glob: '{{ ''{{'' }} not ours }}'\n"
        "  since: '2024-01-01'\nschema:\n- {name: id, type: bigint}\n- {name: 'on', type: string}\nzone: raw\n"
    ),
    "recipes/prep_orders-6b2b3c4d.yml": "",
    "recipes/sync.yml": "name: sync\ntype: sync\ninputs: [ORDERS]\noutputs: ['folder:F']\n",
    "wiki.yml": "wiki:\n- {name: Getting started, file: wiki/Getting_started-X.md}\n",
}


def test_the_tree_is_what_people_would_write() -> None:
    recipe, article = safe_stem("prep orders"), safe_stem("Getting started")
    expected = {
        **FILES,
        f"recipes/{recipe}.yml": f"name: prep orders\ntype: python\ninputs: []\noutputs: [ORDERS]\ncode_file: {recipe}.py\n",
        f"recipes/{recipe}.py": "import dataiku\nprint(1)",
        "wiki.yml": f"wiki:\n- {{name: Getting started, file: wiki/{article}.md}}\n",
        f"wiki/{article}.md": "# Hi\n{{ x }}\n",
    }
    del expected["recipes/prep_orders-6b2b3c4d.yml"]
    written = dict(write_project(RESOURCES, SMALL))
    index = written.pop("projects/CRM/index.md")
    assert written == {f"projects/CRM/{path}": text for path, text in expected.items()}
    assert "* [datasets](#datasets): 1\n" in index
    assert "| [ORDERS](datasets/ORDERS.yml) | Filesystem | raw | prep orders |\n" in index
    assert f"| [prep orders](recipes/{recipe}.yml) | python |  | ORDERS |\n" in index
    assert "| [F](folders.yml) | sync |\n" in index


def test_loading_what_was_written_gives_the_same_specs(tmp_path: Path) -> None:
    files = write_project(RESOURCES, SMALL)
    assert read_back(files, SMALL) == dict(RESOURCES)
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(text.encode())
    from_disk = load_configuration(DirectoryTree(tmp_path), SMALL)
    assert {address: resource.spec for address, resource in from_disk.resources.items()} == dict(RESOURCES)


def test_order_means_nothing() -> None:
    expected = write_project(RESOURCES, SMALL)
    for rotation in range(len(RESOURCES)):
        assert write_project([*RESOURCES[rotation:], *RESOURCES[:rotation]], SMALL) == expected


def test_the_index_says_what_is_left_out() -> None:
    report = ImportReport(
        project="CRM",
        node_url="http://node",
        counts=(),
        not_covered=(NotCovered("labeling tasks", ("a8BcD123",), "this kind is not covered yet"),),
        left_out=((Address("dataset", "CRM", "A"), "definition.params.password", "a credential"),),
        by_hand=(ByHand("saved_model", ("Churn",), "train it, and plan again"),),
    )
    index = write_project(RESOURCES, SMALL, report=report)["projects/CRM/index.md"]
    assert "* saved_model (1): Churn: train it, and plan again\n" in index
    assert "* labeling tasks (1): a8BcD123: this kind is not covered yet\n" in index
    assert "* dataset.CRM.A `definition.params.password`: a credential\n" in index


def test_an_entry_alone_is_yaml_with_its_text() -> None:
    address, spec = RESOURCES[6]
    assert write_entry(SMALL["recipe"], address, spec).endswith("code: |-\n  import dataiku\n  print(1)\n")


@pytest.mark.parametrize("spec", [{"type": "\ud83d"}, {"type": "x", "code": "\ud83d"}])
def test_half_a_character_is_refused_not_lost(spec: JsonObject) -> None:
    with pytest.raises(ConfigError, match="half of a surrogate pair"):
        write_project([(Address("recipe", "CRM", "r"), spec)], SMALL)


# --- the law, on generated specs ---

_TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.text(alphabet="${}:'\"{ab \n\t\r\x85\u2028#-é😀", max_size=16),
    st.sampled_from(["yes", "1e3", "~", "${projectKey}", "${uuid}", "a\n", "a \nb\n", "\n a"]),
)
_NAME = _TEXT.filter(bool)
_JSON: st.SearchStrategy[Json] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), _TEXT),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("ab -${}\n", max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
_DATASETS = st.dictionaries(
    _NAME,
    st.fixed_dictionaries(
        {}, optional={"params": st.dictionaries(st.text("ab -${}\n", max_size=4), _JSON, max_size=3), "type": _TEXT}
    ),
    max_size=4,
)
_RECIPES = st.dictionaries(
    _NAME.map(lambda name: f"r{name}"),
    st.fixed_dictionaries({"type": st.sampled_from(["python", "sql_query"])}, optional={"code": _TEXT}),
    max_size=4,
)
_PATHS = st.lists(
    st.sampled_from(["a", "A", "python", "é", "con", "__pycache__", "x.pyc", "b c", "git"]), min_size=1, max_size=3
)
_LIBRARIES = st.dictionaries(
    _PATHS.map(lambda parts: "/".join((*parts, "f.py"))), st.fixed_dictionaries({"content": _TEXT}), max_size=5
)
_WIKI = st.dictionaries(_NAME, st.fixed_dictionaries({"content": _TEXT}), max_size=3)


@given(_DATASETS, _RECIPES, _LIBRARIES, _WIKI)
@settings(max_examples=300, deadline=None)
def test_load_of_write_is_the_identity(
    datasets: dict[str, JsonObject],
    recipes: dict[str, JsonObject],
    libraries: dict[str, JsonObject],
    wiki: dict[str, JsonObject],
) -> None:
    resources: dict[Address, JsonObject] = {Address("project", "CRM"): {}}
    resources |= {Address("dataset", "CRM", name): spec for name, spec in datasets.items()}
    resources |= {Address("library", "CRM", name): spec for name, spec in libraries.items()}
    resources |= {Address("wiki", "CRM", name): spec for name, spec in wiki.items()}
    for i, (name, spec) in enumerate(recipes.items()):
        resources[Address("dataset", "CRM", f"out {i}")] = {}
        resources[Address("recipe", "CRM", name)] = {**spec, "outputs": [f"out {i}"]}
    files = write_project(list(resources.items()), SMALL)
    assert read_back(files, SMALL) == resources
    assert len({path.casefold() for path in files}) == len(files)


# --- the law, on the real kinds ---


def test_every_declared_example_of_every_kind_survives() -> None:
    """All valid example specs, each in a project of its own with the objects it refers to."""
    seen = set()
    for kind, spec in itertools.chain.from_iterable(
        ((declaration.kind, spec) for spec in declaration.specs) for declaration in declarations().values()
    ):
        address = spec.address
        resources: dict[Address, JsonObject] = {Address("project", address.project): {}}
        # Through JSON, because a YAML 1.1 reader of the declarations makes the key `on` a boolean.
        resources[address] = kind.normal(json.loads(json.dumps(spec.spec)), address)
        waiting = [address]
        while waiting:
            at = waiting.pop()
            for reference in KINDS[at.kind].references(resources[at], at):
                if reference.to.project == address.project and reference.to not in resources:
                    resources[reference.to] = _bare(reference.to)
                    waiting.append(reference.to)
        assert read_back(write_project(list(resources.items()), KINDS), KINDS) == resources, str(spec)
        seen.add(kind.name)
    assert seen == set(declarations())


def _bare(address: Address) -> JsonObject:
    if address.kind in _BARE:
        return _BARE[address.kind]
    minimal = next(spec.spec for spec in declarations()[address.kind].specs if spec.source == "minimal")
    return KINDS[address.kind].normal(minimal, address)


_BARE: Mapping[str, JsonObject] = {
    "folder": {},
    "zone": {},
    "dataset": {"type": "Filesystem"},
    "wiki": {"content": "x"},
    "recipe": {"type": "shell", "outputs": {"main": []}},
}
