"""Where the state lives, told from what a node says of its folders and connections."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dataikuapi import DSSClient

from dataiku_iac.commands.inputs import Source, SourceSort, StateInputs
from dataiku_iac.commands.sources import open_source
from dataiku_iac.commands.state_places import open_blobs
from dataiku_iac.core.errors import ConfigError, IacError, ObjectMissing
from dataiku_iac.core.secret import Secret
from dataiku_iac.dss.session import NodeSession
from dataiku_iac.store.blobs import Blobs
from dataiku_iac.store.clock import SystemClock
from emulator.launch import NodeProcess, start_node
from emulator.s3.process import S3Process, start_s3

_CLOCK = SystemClock()


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Process]:
    with start_s3() as found:
        found.create_bucket("iac")
        found.create_bucket("other")
        yield found


@pytest.fixture(scope="module")
def node(s3: S3Process, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    with start_node(tmp_path_factory.mktemp("node"), s3_endpoint=s3.endpoint) as found:
        client = DSSClient(found.url, api_key=found.api_key)
        params = {
            "credentialsMode": "KEYPAIR",
            "accessKey": s3.access_key,
            "secretKey": s3.secret_key,
            "regionOrEndpoint": s3.endpoint,
            "defaultManagedBucket": "iac",
        }
        client.create_connection("s3", "EC2", params)
        project = client.create_project("IAC", "Infrastructure as code", "admin")
        for name, path in (("state", "/fixed"), ("own", "/x/${projectKey}/${odbId}"), ("odd", "/${unknown}")):
            folder = project.create_managed_folder(name, connection_name="s3")
            settings = folder.get_settings()
            settings.get_raw()["params"].update({"bucket": "iac", "path": path})
            settings.save()
        project.create_managed_folder("local")
        project.create_managed_folder("twice", connection_name="s3")
        project.create_managed_folder("twice", connection_name="s3")
        yield found


@pytest.fixture
def session(node: NodeProcess) -> Iterator[NodeSession]:
    with NodeSession.connect(node.url, Secret(node.api_key), clock=_CLOCK) as found:
        yield found


def _open(state: StateInputs, session: NodeSession | None, base: Path | None = None) -> Blobs:
    return open_blobs(state, clock=_CLOCK, reader=session, local=None, base=base)


def _written(blobs: Blobs, s3: S3Process, bucket: str = "iac") -> list[str]:
    blobs.put("probe", b"x")
    keys = [item["Key"] for item in s3.client().list_objects_v2(Bucket=bucket).get("Contents", [])]
    blobs.delete("probe")
    return [key for key in keys if key.endswith("probe")]


def test_managed_folder_is_the_place_that_dss_shows(session: NodeSession, s3: S3Process, node: NodeProcess) -> None:
    blobs = _open(StateInputs(managed_folder="IAC.state"), session)
    blobs.put("a/b", b"x")
    project = DSSClient(node.url, api_key=node.api_key).get_project("IAC")
    folder = next(item["id"] for item in project.list_managed_folders() if item["name"] == "state")
    assert [item["path"] for item in project.get_managed_folder(folder).list_contents()["items"]] == ["/a/b"]
    assert _open(StateInputs(managed_folder=f"IAC.{folder}"), session).get("a/b") is not None
    blobs.delete("a/b")


def test_path_of_a_folder_is_expanded(session: NodeSession, s3: S3Process, node: NodeProcess) -> None:
    (key,) = _written(_open(StateInputs(managed_folder="IAC.own"), session), s3)
    project = DSSClient(node.url, api_key=node.api_key).get_project("IAC")
    folder = next(item["id"] for item in project.list_managed_folders() if item["name"] == "own")
    assert key == f"x/IAC/{folder}/probe"


def test_what_the_user_says_counts_more(session: NodeSession, s3: S3Process) -> None:
    state = StateInputs(managed_folder="IAC.odd", bucket="other", prefix="mine")
    with pytest.raises(ConfigError, match="cannot be told from outside"):
        _open(StateInputs(managed_folder="IAC.odd"), session)
    assert _written(_open(state, session), s3, "other") == ["mine/probe"]


def test_bucket_alone(s3: S3Process) -> None:
    state = StateInputs(
        bucket="iac",
        prefix="/alone/",
        region="us-east-1",
        endpoint=s3.endpoint,
        access_key=s3.access_key,
        secret_key=Secret(s3.secret_key),
    )
    assert _written(_open(state, None), s3) == ["alone/probe"]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (StateInputs(), "nothing says where the state lives"),
        (StateInputs(managed_folder="state"), "does not name a managed folder"),
        (StateInputs(managed_folder="IAC.nowhere"), 'no managed folder "nowhere"'),
        (StateInputs(managed_folder="IAC.twice"), '2 managed folders are called "twice"'),
        (StateInputs(managed_folder="IAC.local"), "is of type Filesystem"),
        (StateInputs(directory="relative"), "relative to nothing"),
    ],
)
def test_wrong_places_are_named(session: NodeSession, state: StateInputs, expected: str) -> None:
    with pytest.raises(IacError, match=expected):
        _open(state, session)


def test_library_and_folder_as_sources(session: NodeSession, node: NodeProcess) -> None:
    project = DSSClient(node.url, api_key=node.api_key).get_project("IAC")
    text = "é\r\n# tab\t\n"
    project.get_library().add_file("python/a b.yml").write(text)
    folder = next(item["id"] for item in project.list_managed_folders() if item["name"] == "local")
    project.get_managed_folder(folder).put_file("sub/a b.yml", text.encode())
    for source in (
        Source(SourceSort.LIBRARY, "IAC", "python"),
        Source(SourceSort.FOLDER, "IAC", "/sub/", folder="local"),
        Source(SourceSort.FOLDER, "IAC", "", folder=folder),
    ):
        with open_source(source, session, {}) as opened:
            (path,) = [path for path in opened.tree.list("**") if path.endswith("a b.yml")]
            assert opened.tree.read_text(path) == text


def test_source_that_is_not_there(session: NodeSession) -> None:
    with (
        pytest.raises(ConfigError, match="there are no files"),
        open_source(Source(SourceSort.LIBRARY, "IAC", "nowhere"), session, {}),
    ):
        pass
    with (
        pytest.raises(ObjectMissing, match="no managed folder"),
        open_source(Source(SourceSort.FOLDER, "IAC", folder="nowhere"), session, {}),
    ):
        pass
