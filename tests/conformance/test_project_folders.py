"""Project folders and where projects lie in them. Facts: api-projects-scenarios-deployer.md 3.3, 3.9."""

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened
from tests.conformance.instance import Clients, refusal, requires_client


@pytest.fixture
def root(clients: Clients) -> Iterator[Any]:
    """The root folder; what a test makes below it goes when the test ends."""
    folder = clients.admin.get_root_project_folder()
    yield folder
    for project in clients.admin.list_project_keys():
        clients.admin.get_project(project).delete()
    _empty(clients.admin.get_root_project_folder())


def _empty(folder: Any) -> None:
    for child in folder.list_child_folders():
        _empty(child)
        child.delete()


def test_root_has_neither_name_nor_parent(root: Any) -> None:
    """3.9: ``name`` absent or null for the root, ``parentId`` absent [client]."""
    assert (root.id, root.name, root.get_parent(), root.get_path()) == ("ROOT", None, None, "/")


def test_root_has_a_path_of_its_own(root: Any, node: NodeProcess) -> None:
    """3.9: clients ask for ``ROOT``, the documentation for the bare path [client, doc]."""
    with opened(node) as dss:
        assert dss.http().get(dss.api("/project-folders/")).json()["id"] == root.id


def test_folder_gets_an_id_and_names_repeat(root: Any) -> None:
    """3.9: server-generated ids; names are not unique [seen]."""
    first, second = root.create_sub_folder("Sales"), root.create_sub_folder("Sales")
    assert first.id != second.id
    assert first.name == second.name == "Sales"
    child = first.create_sub_folder("Reports")
    assert child.get_path() == "/Sales/Reports"
    assert child.get_parent().id == first.id
    again = root.client.get_project_folder(first.id)
    assert [folder.id for folder in again.list_child_folders()] == [child.id]


def test_missing_folder_is_404(root: Any) -> None:
    """1.4: unknown object: NotFoundException [seen]."""
    assert "NotFoundException" in refusal(lambda: root.client.get_project_folder("ghost"))


def test_settings_are_replaced_and_the_id_stays(root: Any) -> None:
    """3.9: ``{name, owner, permissions}``; ids survive a rename [seen]; unknown keys vanish."""
    folder = root.create_sub_folder("Old")
    settings = folder.get_settings()
    assert (settings.get_name(), settings.get_permissions()) == ("Old", [])
    assert settings.get_owner().startswith("api:")  # of a key without a user [seen: object-shapes 15.3]
    settings.set_name("New")
    settings.get_permissions().append({"group": "readers", "read": True, "colour": "red"})
    settings.save()
    assert root.client.get_project_folder(folder.id).name == "New"
    expected = [{"group": "readers", "read": True, "writeContents": False, "admin": False}]
    assert folder.get_settings().get_permissions() == expected
    settings.set_owner("ghost")
    assert "User does not exist" in refusal(settings.save)
    settings.set_owner("admin")
    settings.save()
    assert folder.get_settings().get_owner() == "admin"


def test_project_is_created_in_a_folder_and_found_there(root: Any) -> None:
    """3.1, 3.9: ``projectFolderId`` at creation; ``locate-project`` (client 14) answers the folder."""
    folder = root.create_sub_folder("Sales")
    project = folder.create_project("PLACED", "Placed", "admin")
    assert root.client.get_project_folder(folder.id).list_project_keys() == ["PLACED"]
    assert "PLACED" not in root.client.get_root_project_folder().list_project_keys()
    located = root.client._perform_json("GET", "/project-folders/locate-project/PLACED")
    assert located["id"] == folder.id
    requires_client(project, "get_project_folder")
    assert project.get_project_folder().id == folder.id


def test_project_in_an_unknown_folder_is_not_made(root: Any) -> None:
    """3.3: creation in a folder needs the folder."""
    text = refusal(lambda: root.client.create_project("LOST", "Lost", "admin", project_folder_id="ghost"))
    assert "NotFoundException" in text
    assert "LOST" not in root.client.list_project_keys()


def test_projects_move_from_where_they_are(root: Any) -> None:
    """3.9: the folder in the path must be the present one."""
    source, target = root.create_sub_folder("A"), root.create_sub_folder("B")
    source.create_project("MOVING", "Moving", "admin")
    assert "IllegalArgument" in refusal(lambda: target.move_project_to("MOVING", source))
    source.move_project_to("MOVING", target)
    assert root.client.get_project_folder(target.id).list_project_keys() == ["MOVING"]
    assert root.client.get_project_folder(source.id).list_project_keys() == []
    target.move_project_to("MOVING", root)
    assert "MOVING" in root.client.get_root_project_folder().list_project_keys()


def test_folders_move_but_not_into_themselves(root: Any) -> None:
    """3.9: ``move?destination=``; ids survive [seen]; a folder does not go below itself [doc]."""
    outer, other = root.create_sub_folder("Outer"), root.create_sub_folder("Other")
    inner = outer.create_sub_folder("Inner")
    assert "IllegalArgument" in refusal(lambda: outer.move_to(inner))
    inner.move_to(other)
    assert root.client.get_project_folder(inner.id).get_path() == "/Other/Inner"


def test_only_empty_folders_are_deleted(root: Any) -> None:
    """3.9: must be empty."""
    folder = root.create_sub_folder("Full")
    child = folder.create_sub_folder("Child")
    assert "not empty" in refusal(folder.delete)
    child.delete()
    project = folder.create_project("INSIDE", "Inside", "admin")
    assert "not empty" in refusal(folder.delete)
    project.delete()
    folder.delete()
    assert "NotFoundException" in refusal(lambda: root.client.get_project_folder(folder.id))


def test_the_root_stays(root: Any) -> None:
    """3.9: the root always exists; it cannot be moved or deleted."""
    folder = root.create_sub_folder("A")
    for call in (root.delete, root.get_settings, lambda: root.move_to(folder)):
        assert "IllegalArgument" in refusal(call)


def test_a_project_deleted_and_made_again_begins_at_the_root(root: Any) -> None:
    """3.9: a place belongs to the project, not to its key."""
    folder = root.create_sub_folder("A")
    folder.create_project("AGAIN", "Again", "admin").delete()
    root.client.create_project("AGAIN", "Again", "admin")
    assert "AGAIN" in root.client.get_root_project_folder().list_project_keys()


def test_rights(root: Any, clients: Clients) -> None:
    """3.9: one sees what one may read; writing needs ``writeContents``, settings and deletion ``admin`` [doc]."""
    reader, maker = clients.user("folder_reader", "readers"), clients.user("folder_maker", "data_team")
    folder, hidden = root.create_sub_folder("Shared"), root.create_sub_folder("Hidden")
    settings = folder.get_settings()
    settings.get_permissions().append({"group": "readers", "read": True})
    settings.get_permissions().append({"group": "data_team", "writeContents": True})
    settings.save()
    assert [child.id for child in reader.get_root_project_folder().list_child_folders()] == [folder.id]
    assert "Unauthorized" in refusal(lambda: reader.get_project_folder(hidden.id))
    seen = reader.get_project_folder(folder.id)
    assert "Unauthorized" in refusal(lambda: seen.create_sub_folder("x"))
    assert "Unauthorized" in refusal(seen.get_settings)
    assert "Unauthorized" in refusal(lambda: reader.get_root_project_folder().create_sub_folder("x"))
    made = maker.get_project_folder(folder.id).create_sub_folder("Mine")
    assert made.get_settings().get_owner() == "folder_maker"
    assert "Unauthorized" in refusal(maker.get_project_folder(folder.id).delete)
    made.delete()


def test_projects_that_one_may_not_read_are_not_listed(root: Any, clients: Clients) -> None:
    """3.9: listing shows only what the caller can read."""
    maker = clients.user("folder_viewer", "data_team")
    root.client.create_project("SECRET", "Secret", "admin")
    maker.create_project("MINE", "Mine", "folder_viewer")
    assert maker.get_root_project_folder().list_project_keys() == ["MINE"]


def test_place_proposed_for_new_projects(root: Any) -> None:
    """3.9, 3.3: since 13.4 a folder "Sandbox" is proposed [doc], else the folder that was asked [inferred]."""
    path = "/project-folders/ROOT/default-for-project-creation"
    assert root.client._perform_json("GET", path)["id"] == "ROOT"
    sandbox = root.create_sub_folder("Sandbox")
    assert root.client._perform_json("GET", path)["id"] == sandbox.id


def test_folders_and_places_survive_a_restart(node: NodeProcess, root: Any) -> None:
    """Nothing that was answered is lost."""
    folder = root.create_sub_folder("Lasting")
    folder.create_project("LASTING", "Lasting", "admin")
    node.kill()
    node.restart()
    with opened(node) as dss:
        assert _folder(dss, folder.id)["projectKeys"] == ["LASTING"]


def _folder(dss: Dss, folder_id: str) -> Any:
    return dss.http().get(dss.api(f"/project-folders/{folder_id}")).json()
