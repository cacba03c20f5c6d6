"""Project libraries and wiki. Facts: api-flow.md 12, 2.3, object-shapes.md 13."""

from typing import Any

import pytest
from dataikuapi.utils import DataikuException

from tests.conformance.conftest import Dss
from tests.conformance.keys import KEY


def test_fresh_library_has_the_external_libraries_file(project: Any) -> None:
    """``lib/external-libraries.json`` is there from creation [seen]."""
    library = project.get_library()
    assert "external-libraries.json" in [item.name for item in library.list()]


def test_files_and_folders_round_trip(project: Any) -> None:
    """Parents are made, text and bytes come back, missing ``children`` marks a file [client]."""
    library = project.get_library()
    library.add_folder("python")
    created = library.get_folder("/python").add_file("pkg/mod.py")
    created.write("x = 'é <&>'\n")
    again = project.get_library().get_file("/python/pkg/mod.py")
    assert again.read() == "x = 'é <&>'\n"
    assert again.read(as_type="bytes") == "x = 'é <&>'\n".encode()
    assert [item.name for item in project.get_library().get_folder("/python").list()] == ["pkg"]


def test_reading_a_folder_as_a_file_is_500(dss: Dss, project: Any) -> None:
    """``Cannot read directory as file: ...`` [seen]."""
    project.get_library().add_folder("python")
    answer = dss.http().get(dss.api(f"/projects/{KEY}/libraries/contents/python"))
    assert answer.status_code == 500
    assert "Cannot read directory as file" in answer.json()["message"]


def test_rename_move_delete(project: Any) -> None:
    """By old path and new name, or new folder [client]."""
    library = project.get_library()
    library.add_file("a.py").write("1")
    library.add_folder("deep")
    library.get_file("a.py").rename("b.py")
    project.get_library().get_file("b.py").move_to(project.get_library().get_folder("deep"))
    moved = project.get_library().get_file("deep/b.py")
    assert moved.read() == "1"
    moved.delete()
    assert project.get_library().get_folder("deep").list() == []


def test_library_paths_cannot_leave(dss: Dss, project: Any) -> None:
    """A path with ``..`` is refused."""
    path = dss.api(f"/projects/{KEY}/libraries/contents/%2e%2e/params.json")
    assert dss.http().get(path).status_code == 400


def test_articles(project: Any) -> None:
    """Ids count up as strings, found by name too, nested by parent; the first one is home [client, seen]."""
    wiki = project.get_wiki()
    first = wiki.create_article("Home", content="# Hello\n")
    second = wiki.create_article("Child", parent_id=first.article_id)
    assert (first.article_id, second.article_id) == ("1", "2")
    assert wiki.get_article("Home").get_data().get_body() == "# Hello\n"
    settings = wiki.get_settings()
    assert settings.get_taxonomy() == [{"id": "1", "children": [{"id": "2", "children": []}]}]
    assert settings.get_home_article_id() == "1"


def test_article_is_replaced_as_a_whole(project: Any) -> None:
    """PUT of article and payload; the client keeps the answer [client]."""
    article = project.get_wiki().create_article("A", content="one")
    data = article.get_data()
    data.set_body("two")
    data.get_metadata()["tags"] = ["b", "a"]
    data.save()
    assert data.article_data["article"]["tags"] == ["a", "b"]
    assert project.get_wiki().get_article("A").get_data().get_body() == "two"


def test_taxonomy_is_replaced(project: Any) -> None:
    """``{homeArticleId, taxonomy}`` [client]."""
    wiki = project.get_wiki()
    for name in ("A", "B"):
        wiki.create_article(name)
    settings = wiki.get_settings()
    settings.move_article_in_taxonomy("2", "1")
    settings.set_home_article_id("2")
    settings.save()
    read = wiki.get_settings()
    assert read.get_taxonomy() == [{"id": "1", "children": [{"id": "2", "children": []}]}]
    assert read.get_home_article_id() == "2"


def test_deleted_article_does_not_come_back(project: Any) -> None:
    """Gone from the taxonomy; its id is not given again."""
    wiki = project.get_wiki()
    parent = wiki.create_article("P")
    wiki.create_article("C", parent_id=parent.article_id)
    parent.delete()
    assert wiki.get_settings().get_taxonomy() == [{"id": "2", "children": []}]
    wiki.get_article("2").delete()
    assert wiki.create_article("N").article_id == "3"
    with pytest.raises(DataikuException, match="NotFoundException"):
        wiki.get_article("P")


def test_only_a_get_takes_the_name_of_an_article(dss: Dss, project: Any) -> None:
    """The name is accepted in the URL for GET [client]; PUT and DELETE want the id."""
    article = project.get_wiki().create_article("Home", content="text")
    path = dss.api(f"/projects/{project.project_key}/wiki")
    body = dss.http().get(f"{path}/Home").json()
    assert body["article"]["id"] == article.article_id
    assert dss.http().put(f"{path}/Home", json={**body, "payload": "other"}).status_code == 404
    assert dss.http().delete(f"{path}/Home").status_code == 404
    assert dss.http().get(f"{path}/Home").json()["payload"] == "text"
