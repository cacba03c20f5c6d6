"""Import reads whole projects, and says what it leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dataikuapi
import pytest

from dataiku_iac.core.address import Address
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
