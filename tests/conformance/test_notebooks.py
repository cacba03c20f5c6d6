"""Jupyter notebooks, SQL notebooks, statistics worksheets. Facts: api-flow.md 2.3, 12, 13, object-shapes.md 2, 14."""

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened
from tests.conformance.instance import Clients, refusal, requires_client
from tests.conformance.keys import KEY

SPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}


def content(*sources: str) -> dict[str, Any]:
    cells = [
        {
            "cell_type": "code",
            "metadata": {},
            "source": [source],
            "execution_count": 3,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["1\n"]}],
        }
        for source in sources
    ]
    markdown = {"cell_type": "markdown", "metadata": {}, "source": ["# Title"]}
    return {"metadata": {"kernelspec": SPEC}, "nbformat": 4, "nbformat_minor": 1, "cells": [*cells, markdown]}


def test_notebook_is_its_name(project: Any) -> None:
    """api-flow 12: the id is the name, blanks are allowed; the list has headers."""
    notebook = project.create_jupyter_notebook("My first notebook", content("print(1)"))
    (head,) = project.list_jupyter_notebooks(as_type="listitems")
    assert (head.name, head.language, head.kernel_spec) == ("My first notebook", "python", SPEC)
    assert "cells" not in head._data
    assert notebook.get_content().get_cells() == content("print(1)")["cells"]


def test_metadata_gets_what_dss_adds(project: Any) -> None:
    """api-flow 12: creator, createdOn, modifiedBy, tags, customFields, hide_input [seen]."""
    metadata = project.create_jupyter_notebook("n", content()).get_content().get_metadata()
    assert metadata["kernelspec"] == SPEC
    assert metadata["creator"] == metadata["modifiedBy"]
    assert metadata["createdOn"] > 0
    assert (metadata["tags"], metadata["customFields"], metadata["hide_input"]) == ([], {}, False)


def test_saved_notebook_keeps_who_made_it(project: Any) -> None:
    """The content is replaced, the creator and the moment stay."""
    notebook = project.create_jupyter_notebook("n", content("a"))
    before = notebook.get_content()
    before.content["cells"] = content("b", "c")["cells"]
    before.content["metadata"] = {"kernelspec": SPEC, "creator": "forged", "tags": ["x"]}
    before.save()
    after = notebook.get_content()
    assert [cell["source"] for cell in after.get_cells()] == [["b"], ["c"], ["# Title"]]
    assert after.get_metadata()["creator"] != "forged"
    assert after.get_metadata()["createdOn"] > 0
    assert after.get_metadata()["tags"] == ["x"]
    assert "x" in project.get_tags()["tags"]  # tagging defines the tag


def test_put_of_a_missing_notebook_is_404(dss: Dss, project: Any) -> None:
    """api-flow 2.3: use POST to create [seen]; GET and DELETE are 404 as well."""
    url = dss.api(f"/projects/{KEY}/jupyter-notebooks/ghost")
    for method in ("GET", "PUT", "DELETE"):
        answer = dss.http().request(method, url, json=content() if method == "PUT" else None)
        assert answer.status_code == 404
        assert answer.json()["errorType"].endswith("NotFoundException")


def test_taken_name_already_exists(project: Any) -> None:
    """api-flow 2.3: "already exists"."""
    project.create_jupyter_notebook("n", content())
    assert "already exists" in refusal(lambda: project.create_jupyter_notebook("n", content()))


@pytest.mark.parametrize("body", [{}, {"cells": "x"}, {"cells": ["x"]}, {"cells": [], "metadata": []}])
def test_what_is_no_notebook_is_refused(dss: Dss, project: Any, body: Any) -> None:
    """The content is nbformat's [client]."""
    url = dss.api(f"/projects/{KEY}/jupyter-notebooks/n")
    assert dss.http().post(url, json=body).status_code == 400
    assert project.list_jupyter_notebooks() == []


def test_outputs_are_cleared(project: Any) -> None:
    """api-flow 12: DELETE outputs; sources stay."""
    notebook = project.create_jupyter_notebook("n", content("a"))
    path = f"/projects/{project.project_key}/jupyter-notebooks/n/outputs"
    project.client._perform_json("DELETE", path)  # older clients have no call for it
    code, markdown = notebook.get_content().get_cells()
    assert (code["outputs"], code["execution_count"], code["source"]) == ([], None, ["a"])
    assert markdown == content()["cells"][0]


def test_no_kernel_ever_runs(project: Any) -> None:
    """api-flow 12: sessions; none is active, none can be stopped."""
    notebook = project.create_jupyter_notebook("n", content())
    assert notebook.get_sessions() == []
    assert project.list_jupyter_notebooks(active=True) == []
    path = f"/projects/{project.project_key}/jupyter-notebooks/n/sessions/abc"
    assert "NotFoundException" in refusal(lambda: project.client._perform_json("DELETE", path))


def test_deleted_notebook_is_gone(project: Any) -> None:
    """api-flow 12: DELETE answers JSON."""
    notebook = project.create_jupyter_notebook("n", content())
    notebook.delete()
    assert "NotFoundException" in refusal(notebook.get_content)


def sql(project: Any, **more: Any) -> Any:
    requires_client(project, "create_sql_notebook")
    cells = [{"name": "first", "type": "QUERY", "code": "SELECT 1"}, {"type": "MARKDOWN", "code": "# x"}]
    body = {"projectKey": project.project_key, "connection": "warehouse", "cells": cells, **more}
    return project.create_sql_notebook(body)


def test_sql_notebook_gets_an_id(project: Any) -> None:
    """api-flow 12: POST answers the full object with a generated id; the list has headers."""
    notebook = sql(project)
    assert len(notebook.notebook_id) == 7
    (head,) = project.list_sql_notebooks()
    assert (head.id, head.language, head.connection) == (notebook.notebook_id, "SQL", "warehouse")
    assert "cells" not in head._data
    found = notebook.get_content()
    assert [(cell["type"], cell["code"]) for cell in found.cells] == [("QUERY", "SELECT 1"), ("MARKDOWN", "# x")]
    assert all(cell["id"] for cell in found.cells)
    assert found.get_raw()["automationLocal"] is False


def test_sql_notebook_of_another_project_is_refused(project: Any) -> None:
    """api-flow 12: ``projectKey`` has to be that of the URL."""
    for key in ("OTHER", None):
        assert "IllegalArgument" in refusal(lambda key=key: sql(project, projectKey=key))


def test_sql_notebook_is_replaced_and_deleted(project: Any) -> None:
    """PUT and DELETE answer JSON [client]; ids of cells stay, the tag steps."""
    notebook = sql(project)
    found = notebook.get_content()
    first = found.cells[0]
    found.cells = [{**first, "code": "SELECT 2"}]
    found.connection = "other"
    found.content["colour"] = "red"
    found.save()
    again = notebook.get_content()
    assert [(cell["id"], cell["code"]) for cell in again.cells] == [(first["id"], "SELECT 2")]
    assert again.connection == "other"
    assert "colour" not in again.get_raw()
    assert again.get_raw()["versionTag"]["versionNumber"] == 1
    notebook.delete()
    assert "NotFoundException" in refusal(notebook.get_content)
    assert project.list_sql_notebooks() == []


def test_history_of_queries_that_never_ran(project: Any) -> None:
    """api-flow 12: history by cell, cleared, written back; nothing is made up."""
    notebook = sql(project)
    history = notebook.get_history()
    assert history.history == {}
    history.save()
    notebook.clear_history()
    path = f"/projects/{project.project_key}/sql-notebooks/{notebook.notebook_id}/history"
    forged = {"cell": [{"id": "r", "state": "DONE"}]}
    assert "Unknown query run" in refusal(lambda: project.client._perform_empty("PUT", path, body=forged))


@pytest.fixture
def dataset(project: Any) -> Any:
    project.new_managed_dataset("orders").with_store_into("filesystem_managed").create()
    return project.get_dataset("orders")


def test_worksheet_is_created_with_its_root_card(dataset: Any) -> None:
    """api-flow 13: full object; id of 10; ``rootCard`` with its defaults and an id [seen]."""
    worksheet = dataset.create_statistics_worksheet("Look")
    assert len(worksheet.worksheet_id) == 10
    raw = worksheet.get_settings().get_raw()
    assert (raw["name"], raw["dataSpec"]["inputDatasetSmartName"]) == ("Look", "orders")
    assert raw["dataSpec"]["datasetSelection"]["maxRecords"] == 30000
    assert raw["dataSpec"]["autoRefreshSample"] is True
    root = raw["rootCard"]
    expected = {"type": "worksheet_root", "confidenceLevel": 0.95, "showConfidenceInterval": False, "cards": []}
    assert expected.items() <= root.items()
    assert len(root["id"]) == 7
    assert [item["id"] for item in dataset.list_statistics_worksheets(as_objects=False)] == [worksheet.worksheet_id]


def test_worksheet_without_a_selection_is_refused(dss: Dss, dataset: Any) -> None:
    """api-flow 13: creation without ``dataSpec.datasetSelection`` fails [seen]."""
    url = dss.api(f"/projects/{KEY}/datasets/orders/statistics/worksheets/")
    for body in ({"name": "x"}, {"name": "x", "dataSpec": {"inputDatasetSmartName": "orders"}}):
        assert dss.http().post(url, json=body).status_code == 500
    assert dataset.list_statistics_worksheets() == []


def test_worksheet_cards_are_kept_and_get_ids(dataset: Any) -> None:
    """Cards are of many types: kept as they are; ids of 7 [seen]. The client keeps the answer of the PUT."""
    settings = dataset.create_statistics_worksheet().get_settings()
    settings.add_card({"type": "univariate_header", "xColumns": [{"name": "a", "type": "CATEGORICAL"}]})
    settings.save()
    (card,) = settings.get_raw()["rootCard"]["cards"]
    assert card["xColumns"] == [{"name": "a", "type": "CATEGORICAL"}]
    assert len(card["id"]) == 7
    settings.save()
    assert settings.get_raw()["rootCard"]["cards"] == [card]
    assert settings.get_raw()["versionTag"]["versionNumber"] == 2


def test_worksheets_belong_to_their_dataset(project: Any, dataset: Any) -> None:
    """The dataset stands in the URL: another one does not have it; a missing one has none; it cannot be moved."""
    project.new_managed_dataset("other").with_store_into("filesystem_managed").create()
    worksheet = dataset.create_statistics_worksheet()
    other = project.get_dataset("other")
    assert other.list_statistics_worksheets() == []
    assert "NotFoundException" in refusal(other.get_statistics_worksheet(worksheet.worksheet_id).get_settings)
    assert "NotFoundException" in refusal(project.get_dataset("ghost").list_statistics_worksheets)
    settings = worksheet.get_settings()
    settings.get_raw()["dataSpec"]["inputDatasetSmartName"] = "other"
    settings.save()
    assert settings.get_raw()["dataSpec"]["inputDatasetSmartName"] == "orders"


def test_worksheets_follow_a_renamed_dataset(project: Any, dataset: Any) -> None:
    """object-shapes 16: references follow in worksheets [seen]."""
    worksheet = dataset.create_statistics_worksheet()
    dataset.rename("sales")
    (found,) = project.get_dataset("sales").list_statistics_worksheets()
    assert found.worksheet_id == worksheet.worksheet_id


def test_deleted_worksheet_is_gone(dataset: Any) -> None:
    """DELETE, then 404."""
    worksheet = dataset.create_statistics_worksheet()
    worksheet.delete()
    assert "NotFoundException" in refusal(worksheet.get_settings)


def test_cards_are_not_computed(dataset: Any) -> None:
    """No data engine: the calls do not exist and say so."""
    worksheet = dataset.create_statistics_worksheet()
    assert "404" in refusal(worksheet.run_worksheet)


@pytest.fixture
def others(clients: Clients) -> Iterator[tuple[Any, Any]]:
    """A project as a reader and as a writer without the ability to write code see it."""
    project = clients.admin.create_project("NOTES", "Notes", "admin")
    seen = [clients.user(login, "readers").get_project("NOTES") for login in ("note_reader", "note_writer")]
    permissions = project.get_permissions()
    permissions["permissions"] = [
        {"user": "note_reader", "readProjectContent": True},
        {"user": "note_writer", "writeProjectContent": True},
    ]
    project.set_permissions(permissions)
    yield seen[0], seen[1]
    project.delete()


def test_rights(others: tuple[Any, Any]) -> None:
    """10.2: reading needs read, writing write; code of notebooks needs the ability too [doc]."""
    reader, writer = others
    assert reader.list_jupyter_notebooks() == []
    assert reader.client._perform_json("GET", "/projects/NOTES/sql-notebooks/") == []
    assert "Unauthorized" in refusal(lambda: reader.create_jupyter_notebook("n", content()))
    assert "may not write code" in refusal(lambda: writer.create_jupyter_notebook("n", content()))
    assert "Unauthorized" in refusal(lambda: sql(reader))
    assert sql(writer).notebook_id


def test_restart(steered: NodeProcess) -> None:
    """Nothing that was answered is lost."""
    with opened(steered) as dss:
        project = dss.client().create_project("NOTES2", "Notes", "admin")
        project.create_jupyter_notebook("a b", content("1"))
        sql(project)
    steered.kill()
    steered.restart()
    with opened(steered) as dss:
        project = dss.client().get_project("NOTES2")
        (notebook,) = project.list_jupyter_notebooks()
        assert notebook.get_content().get_cells() == content("1")["cells"]
        assert len(project.list_sql_notebooks()) == 1
        project.delete()
