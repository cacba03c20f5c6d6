"""Attachments of wiki articles. Facts: api-flow.md 12, object-shapes.md 13."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened
from tests.conformance.instance import refusal
from tests.conformance.keys import KEY


@pytest.fixture
def article(project: Any) -> Any:
    return project.get_wiki().create_article("Home", content="text")


def attachments(article: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = article.get_data().get_metadata()["attachments"]
    return found


def test_uploaded_file_is_attached_and_comes_back(article: Any) -> None:
    """POST ``upload`` (multipart): an entry of type FILE with who and when; the bytes by its id [client, seen]."""
    before = article.get_data().get_metadata()["versionTag"]["versionNumber"]
    article.upload_attachement(io.BytesIO(b"\x00\x01 bytes"), "a plan.bin")
    (entry,) = attachments(article)
    assert entry["attachmentType"] == "FILE"
    assert entry["details"]["objectDisplayName"] == "a plan.bin"
    assert entry["details"]["size"] == 8
    assert entry["attachedBy"]
    assert entry["attachedOn"] > 0
    with article.get_uploaded_file(entry["smartId"]) as stream:
        assert stream.content == b"\x00\x01 bytes"
    metadata = article.get_data().get_metadata()
    assert metadata["versionTag"]["versionNumber"] == before + 1
    assert article.get_data().get_body() == "text"


def test_two_files_of_one_name_are_two(article: Any) -> None:
    """Each upload has an id of its own."""
    for content in (b"1", b"2"):
        article.upload_attachement(io.BytesIO(content), "same.txt")
    found = [article.get_uploaded_file(entry["smartId"]).content for entry in attachments(article)]
    assert found == [b"1", b"2"]


def test_attached_object_is_completed(project: Any, article: Any) -> None:
    """``DSS_OBJECT`` entries: display data are the server's, who and when too [seen]."""
    dashboard = project.create_dashboard("Board")
    data = article.get_data()
    entry = {"attachmentType": "DSS_OBJECT", "taggableType": "DASHBOARD", "smartId": dashboard.dashboard_id}
    data.get_metadata()["attachments"].append(entry)
    data.save()
    (found,) = attachments(article)
    assert entry.items() <= found.items()
    assert found["details"]["objectDisplayName"] == "Board"
    assert found["attachedOn"] > 0
    data.save()
    assert attachments(article) == [found]


def test_entry_that_a_put_lacks_is_detached(article: Any) -> None:
    """The article is replaced as a whole, its list of attachments with it."""
    for name in ("a.txt", "b.txt"):
        article.upload_attachement(io.BytesIO(b"x"), name)
    data = article.get_data()
    data.get_metadata()["attachments"].pop(0)
    data.save()
    assert [entry["details"]["objectDisplayName"] for entry in attachments(article)] == ["b.txt"]


def test_missing_uploads_and_articles_are_404(dss: Dss, project: Any, article: Any) -> None:
    """api-flow 2.3: NotFound."""
    assert "NotFoundException" in refusal(lambda: article.get_uploaded_file("ghost"))
    url = dss.api(f"/projects/{KEY}/wiki/99/upload")
    assert dss.http().post(url, files={"file": ("x", b"x")}).status_code == 404


def test_files_go_with_their_article(project: Any, article: Any) -> None:
    """Deleted, and not found again under the article's path."""
    article.upload_attachement(io.BytesIO(b"x"), "a.txt")
    (entry,) = attachments(article)
    article.delete()
    assert "NotFoundException" in refusal(lambda: article.get_uploaded_file(entry["smartId"]))


@pytest.fixture
def documented(steered: NodeProcess) -> Iterator[str]:
    with opened(steered) as dss:
        project = dss.client().create_project("DOCUMENTED", "Documented", "admin")
        article = project.get_wiki().create_article("Home")
        article.upload_attachement(io.BytesIO(b"kept"), "a.txt")
        (entry,) = attachments(article)
        yield entry["smartId"]
        project.delete()


def test_restart_export_and_import(steered: NodeProcess, documented: str, tmp_path: Path) -> None:
    """Nothing is lost at a restart; files travel with the uploads [inferred]."""
    steered.kill()
    steered.restart()
    with opened(steered) as dss:
        client = dss.client()
        project = client.get_project("DOCUMENTED")
        assert project.get_wiki().get_article("1").get_uploaded_file(documented).content == b"kept"
        project.export_to_file(str(tmp_path / "out.zip"), {"exportUploads": True})
        with (tmp_path / "out.zip").open("rb") as archive:
            client.prepare_project_import(archive).execute({"targetProjectKey": "DOCUMENTED2"})
        copy = client.get_project("DOCUMENTED2")
        assert copy.get_wiki().get_article("1").get_uploaded_file(documented).content == b"kept"
        copy.delete()
