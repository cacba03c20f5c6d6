"""Import reads whole projects, and says what it leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dataikuapi
import pytest

from dataiku_iac.core.address import Address
from dataiku_iac.core.errors import UnexpectedShape
from emulator.launch import NodeProcess, start_node
from tests.laws.two_nodes import Carrier, files_of


@pytest.fixture(scope="module")
def own_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    with start_node(tmp_path_factory.mktemp("node")) as process:
        yield process


def test_library_file_that_is_no_text_is_named_and_the_rest_imported(own_node: NodeProcess, tmp_path: Path) -> None:
    project = dataikuapi.DSSClient(own_node.url, own_node.api_key).create_project("BINARY", "Binary", "admin")
    library = project.get_library()
    library.add_file("python/text.py").write("x = 1\n")
    library.add_file("python/model.bin").write(b"\x00\xff\xfe")
    imported = Carrier(own_node, "BINARY", tmp_path).import_project("BINARY")
    assert Address("library", "BINARY", "python/text.py") in imported.resources
    assert ("library", ("python/model.bin",)) in [(group.what, group.names) for group in imported.report.not_covered]


def test_exposed_folder_is_named_and_not_its_id(own_node: NodeProcess, tmp_path: Path) -> None:
    """An id is valid on one node only; the project's settings name folders they expose by id [seen]."""
    project = dataikuapi.DSSClient(own_node.url, own_node.api_key).create_project("GIVER", "Giver", "admin")
    folder = project.create_managed_folder("gifts")
    settings = project.get_settings()
    settings.add_exposed_object("MANAGED_FOLDER", folder.id, "TAKER")
    settings.save()
    carrier = Carrier(own_node, "GIVER", tmp_path)
    imported = carrier.import_project("GIVER")
    assert folder.id not in "".join(files_of(imported).values())
    configuration = carrier.load(files_of(imported))
    carrier.apply(carrier.plan(configuration))
    assert carrier.plan(configuration).is_empty


def test_what_the_api_cannot_create_is_imported_with_the_reason(own_node: NodeProcess, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "saved_models").mkdir(parents=True)
    (tree / "params.json").write_text('{"name": "Trained", "owner": "admin"}')
    (tree / "saved_models" / "a8BcD123.json").write_text('{"name": "Churn", "contentType": "prediction/py_memory"}')
    own_node.load_project("TRAINED", tree)
    imported = Carrier(own_node, "TRAINED", tmp_path / "state").import_project("TRAINED")
    assert imported.resources[Address("saved_model", "TRAINED", "Churn")] == {}
    (by_hand,) = imported.report.by_hand
    assert (by_hand.kind, by_hand.names) == ("saved_model", ("Churn",))
    assert 'under the name "<its name>"' in by_hand.reason


def test_what_names_nothing_is_left_out(own_node: NodeProcess, tmp_path: Path) -> None:
    """A recipe on a dataset that is gone could not be declared; what names things that are there names no ids."""
    tree = tmp_path / "tree"
    (tree / "recipes").mkdir(parents=True)
    (tree / "params.json").write_text('{"name": "Dangling", "owner": "admin"}')
    recipe = '{"type": "shell", "inputs": {"main": {"items": [{"ref": "GONE"}]}}, "outputs": {}}'
    (tree / "recipes" / "reads_nothing.json").write_text(recipe)
    own_node.load_project("DANGLING", tree)
    project = dataikuapi.DSSClient(own_node.url, own_node.api_key).get_project("DANGLING")
    bank = project.create_knowledge_bank("Manuals", "CHROMA", "openai:a:b")
    project.new_agent_tool("VectorStoreSearch", "Search").with_knowledge_bank(bank).create()
    imported = Carrier(own_node, "DANGLING", tmp_path / "state").import_project("DANGLING")
    tool = imported.resources[Address("agent_tool", "DANGLING", "Search")]
    assert tool["params"] == {"knowledgeBankRef": "knowledge_bank:Manuals"}
    assert Address("recipe", "DANGLING", "reads_nothing") not in imported.resources
    reasons = {group.what: (group.names, group.reason) for group in imported.report.not_covered}
    assert reasons["recipe"] == (("reads_nothing",), "names dataset.DANGLING.GONE, which is not declared")


def test_a_family_that_the_version_does_not_know_stops_only_who_declares_one(
    own_node: NodeProcess, tmp_path: Path
) -> None:
    standard = own_node.profile()
    own_node.set_profile(dss_version="14.2.0")
    try:
        dataikuapi.DSSClient(own_node.url, own_node.api_key).create_project("OLD", "Old", "admin")
        carrier = Carrier(own_node, "OLD", tmp_path)
        assert carrier.import_project("OLD").report.not_covered == ()
        files = {"OLD.yml": "project: {key: OLD}\nsemantic_models: [{name: Sales}]\n"}
        with pytest.raises(UnexpectedShape, match="semantic-models"):
            carrier.plan(carrier.load(files))
    finally:
        own_node.set_profile(**standard)
