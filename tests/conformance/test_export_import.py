"""Export archives and their import. Facts: api-projects-scenarios-deployer.md 3.4, object-shapes.md 2, 16."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened
from tests.conformance.keys import KEY, named

COPY = named("COPY")
COPY2 = named("COPY2")


@pytest.fixture
def imported(client: Any) -> Iterator[Callable[..., dict[str, Any]]]:
    """Import an archive under a key; deleted after the test."""
    keys: list[str] = []

    def run(content: bytes, **settings: Any) -> dict[str, Any]:
        outcome: dict[str, Any] = client.prepare_project_import(io.BytesIO(content)).execute(settings)
        if outcome["success"]:
            keys.append(outcome["usedProjectKey"])
        return outcome

    yield run
    for key in keys:
        client.get_project(key).delete()


def export(project: Any, **options: bool) -> bytes:
    with project.get_export_stream(options) as stream:
        content: bytes = stream.read()
    return content


@pytest.fixture
def filled(project: Any) -> Any:
    """A project with a bit of everything that has files of its own."""
    for name in ("src", "dst"):
        project.new_managed_dataset(name).with_store_into("filesystem_managed").create()
    builder = project.new_recipe("python", "compute_dst").with_input("src").with_output("dst")
    builder.with_script("x = 1\n").create()
    project.create_managed_folder("files")
    project.create_scenario("nightly", "step_based", {"active": True, "params": {"steps": []}})
    project.get_flow().create_zone("Z").add_item(project.get_dataset("src"))
    project.set_variables({"standard": {"a": 1}, "local": {"b": 2}})
    project.get_library().add_file("python/lib.py").write("y = 2\n")
    project.get_wiki().create_article("Home", content="# Hi\n")
    return project


def test_archive_layout(filled: Any) -> None:
    """``project_config/`` plus manifest; no identity inside files [seen]."""
    with zipfile.ZipFile(io.BytesIO(export(filled))) as archive:
        names = set(archive.namelist())
        manifest = json.loads(archive.read("export-manifest.json"))
        dataset = json.loads(archive.read("project_config/datasets/src.json"))
    expected = "params.json datasets/src.json recipes/compute_dst.json recipes/compute_dst.py scenarios/nightly.json variables.json"
    assert {
        f"project_config/{name}" for name in [*expected.split(), "wiki/articles/1.md", "lib/python/lib.py"]
    } <= names
    assert manifest["originalProjectKey"] == KEY
    assert manifest["requiredConnections"]["filesystem_managed"]["type"] == "Filesystem"
    assert not {"name", "projectKey", "versionTag", "smartName"} & set(dataset)


def test_import_brings_everything_back(client: Any, filled: Any, imported: Callable[..., dict[str, Any]]) -> None:
    """All objects, ids of zones and folders, version numbers and creation data stay [seen]."""
    filled.get_dataset("src").get_settings().save()
    outcome = imported(export(filled), targetProjectKey=COPY)
    assert outcome["usedProjectKey"] == COPY
    copy = client.get_project(COPY)
    for name in ("src", "dst"):
        before, after = (p.get_dataset(name).get_settings().get_raw() for p in (filled, copy))
        assert {**before, "projectKey": COPY} == after
    get = client._perform_json
    before = get("GET", f"/projects/{KEY}/recipes/compute_dst")
    after = get("GET", f"/projects/{COPY}/recipes/compute_dst")
    assert after["payload"] == before["payload"] == "x = 1\n"
    assert {**before["recipe"], "projectKey": COPY} == after["recipe"]
    assert [f["id"] for f in copy.list_managed_folders()] == [f["id"] for f in filled.list_managed_folders()]
    assert get("GET", f"/projects/{COPY}/flow/zones") == get("GET", f"/projects/{KEY}/flow/zones")
    assert copy.get_variables() == {"standard": {"a": 1}, "local": {"b": 2}}
    assert copy.get_wiki().get_article("Home").get_data().get_body() == "# Hi\n"


def test_import_switches_scenarios_off_and_drops_the_status(
    client: Any, filled: Any, imported: Callable[..., dict[str, Any]]
) -> None:
    """``active`` true -> false, ``projectStatus`` removed [seen]."""
    imported(export(filled), targetProjectKey=COPY)
    copy = client.get_project(COPY)
    assert copy.get_scenario("nightly").get_settings().active is False
    assert filled.get_scenario("nightly").get_settings().active is True
    assert "projectStatus" not in copy.get_settings().get_raw()


def test_refusals_are_200_with_messages(client: Any, filled: Any, imported: Callable[..., dict[str, Any]]) -> None:
    """HTTP 200 even when ``success`` is false; codes [doc]; nothing is imported."""
    content = export(filled)
    taken = imported(content)
    assert taken["success"] is False
    assert taken["messages"]["error"] is True
    assert taken["messages"]["messages"][0]["code"] == "ERR_PROJECT_INVALID_PROJECT_KEY"
    broken = imported(b"this is no zip", targetProjectKey=COPY)
    assert broken["messages"]["messages"][0]["code"] == "ERR_PROJECT_INVALID_ARCHIVE"
    assert client.list_project_keys() == [KEY] or COPY not in client.list_project_keys()


def test_missing_connection_needs_a_remapping(
    dss: Dss, client: Any, filled: Any, imported: Callable[..., dict[str, Any]]
) -> None:
    """``ERR_BUNDLE_ACTIVATE_MISSING_CONNECTION`` unless mapped [doc]."""
    client.create_connection("elsewhere", "Filesystem", params={"root": "/nowhere"}, usable_by="ALL")
    settings = filled.get_dataset("src").get_settings()
    settings.get_raw()["params"]["connection"] = "elsewhere"
    settings.save()
    content = export(filled)
    client.get_connection("elsewhere").delete()
    refused = imported(content, targetProjectKey=COPY)
    assert refused["success"] is False
    assert refused["messages"]["messages"][0]["code"] == "ERR_BUNDLE_ACTIVATE_MISSING_CONNECTION"
    mapping = {"connections": [{"source": "elsewhere", "target": "filesystem_managed"}]}
    assert imported(content, targetProjectKey=COPY, remapping=mapping)["success"] is True
    read = client.get_project(COPY).get_dataset("src").get_settings().get_raw()
    assert read["params"]["connection"] == "filesystem_managed"


def test_data_travels_only_if_asked(client: Any, project: Any, imported: Callable[..., dict[str, Any]]) -> None:
    """All data options default to false [client]."""
    dataset = project.create_upload_dataset("up")
    dataset.uploaded_add_file(io.BytesIO(b"1,2\n"), "x.csv")
    imported(export(project), targetProjectKey=COPY)
    assert client.get_project(COPY).get_dataset("up").uploaded_list_files() == []
    imported(export(project, exportUploads=True), targetProjectKey=COPY2)
    assert client.get_project(COPY2).get_dataset("up").uploaded_list_files() == [{"path": "/x.csv", "size": 4}]


def test_exports_of_one_project_are_equal(filled: Any) -> None:
    """Nothing in an archive depends on when it was made."""
    assert export(filled) == export(filled)


@pytest.mark.parametrize("folder", ["hotel-cancellation-mlops", "titanic-export", "recommendation-workflow-app"])
def test_files_of_kinds_that_are_not_served_come_out_again(node: NodeProcess, real_projects: Path, folder: str) -> None:
    """Analyses, models, insights, explore state ... leave as they came, byte for byte."""
    source = real_projects / folder
    config = source / "project_config" if (source / "project_config").is_dir() else source
    node.load_project("WHOLE", source)
    with opened(node) as dss, zipfile.ZipFile(io.BytesIO(export(dss.client().get_project("WHOLE")))) as archive:
        for file in config.rglob("*"):
            if file.is_file():
                assert archive.read(f"project_config/{file.relative_to(config).as_posix()}") == file.read_bytes()


def test_import_under_another_key_keeps_version_numbers(
    client: Any, filled: Any, imported: Callable[..., dict[str, Any]]
) -> None:
    """Version numbers and creation data survive [seen], those of the project itself too."""
    filled.set_metadata(filled.get_metadata())
    before = filled.get_summary()
    imported(export(filled), targetProjectKey=COPY)
    after = client.get_project(COPY).get_summary()
    assert after["versionTag"] == before["versionTag"]
    assert after["creationTag"] == before["creationTag"]
    assert after["ownerLogin"] == "admin"


def test_creation_tag_may_be_gone_after_an_import(
    steered: NodeProcess, filled: Any, imported: Callable[..., dict[str, Any]]
) -> None:
    """Summaries of imported projects lack it in one source [seen], histories keep it: a switch."""
    steered.set_profile(imported_creation_tag="dropped")
    imported(export(filled), targetProjectKey=COPY)
    assert "creationTag" not in filled.client.get_project(COPY).get_summary()


def test_connections_not_for_the_caller_or_not_writable_stop_an_import(dss: Dss, client: Any, filled: Any) -> None:
    """``…BAD_CONNECTION_PERMISSIONS`` and ``…CONNECTION_NOT_WRITABLE`` [doc]."""
    content = export(filled)
    client.create_connection("closed", "Filesystem", params={"root": "/n"}, usable_by="ALLOWED", allowed_groups=["x"])
    client.create_connection("readonly", "Filesystem", params={"root": "/n"})
    settings = client.get_connection("readonly").get_settings()
    settings.get_raw()["allowWrite"] = False
    settings.save()
    user = client.create_user("importer", "secret-password", groups=["data_team"])
    mine = dss.client(dss.personal_key("importer"))
    try:
        for name, code in (("closed", "BAD_CONNECTION_PERMISSIONS"), ("readonly", "CONNECTION_NOT_WRITABLE")):
            mapping = {"connections": [{"source": "filesystem_managed", "target": name}]}
            settings_ = {"targetProjectKey": COPY, "remapping": mapping}
            outcome = mine.prepare_project_import(io.BytesIO(content)).execute(settings_)
            assert outcome["success"] is False
            assert [item["code"] for item in outcome["messages"]["messages"]] == [f"ERR_BUNDLE_ACTIVATE_{code}"]
        assert COPY not in client.list_project_keys()
    finally:
        user.delete()
        for name in ("closed", "readonly"):
            client.get_connection(name).delete()
