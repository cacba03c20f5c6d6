from __future__ import annotations

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json
from dataiku_iac.core.lens import differences
from dataiku_iac.resources.notebooks import NotebookKind
from dataiku_iac.resources.sql_notebooks import SqlNotebookKind
from tests.unit.resources.scripted_node import Asked, ScriptedNode

KIND = NotebookKind()
ADDRESS = Address("notebook", "CRM", "a b")
PATH = "/projects/CRM/jupyter-notebooks/a%20b"
RAW: dict[str, Json] = {
    "metadata": {"kernelspec": {"name": "python3"}, "creator": "bob"},
    "nbformat": 4,
    "nbformat_minor": 5,
    "cells": [
        {
            "cell_type": "code",
            "id": "a1",
            "source": "x = 1\nx",
            "outputs": [{"text": "1"}],
            "execution_count": 7,
            "metadata": {},
        }
    ],
}


def test_a_source_that_is_a_text_is_read_as_lines() -> None:
    live = KIND.read(ScriptedNode({f"GET {PATH}": RAW}), "CRM", "a b", frozenset({"definition"}))
    assert live is not None
    assert KIND.declare(live.document, ADDRESS) == {
        "content": {
            "metadata": {"kernelspec": {"name": "python3"}},
            "cells": [{"cell_type": "code", "source": ["x = 1\n", "x"]}],
        }
    }


def test_a_notebook_as_jupyter_writes_it_is_no_difference_to_what_it_became() -> None:
    live = KIND.read(ScriptedNode({f"GET {PATH}": RAW}), "CRM", "a b", frozenset({"definition"}))
    assert live is not None
    after = KIND.put(live.document, {"content": RAW}, ADDRESS)
    assert differences(live.document, after, KIND.rules.root) == []
    assert after == live.document  # outputs that are there stay


def test_what_is_created_is_a_whole_notebook() -> None:
    node = ScriptedNode()
    partial: dict[str, Json] = {
        "cells": [{"cell_type": "code", "source": ["1"]}, {"cell_type": "markdown", "source": []}]
    }
    assert KIND.create(node, "CRM", "a b", {"definition": partial}) == "a b"
    assert node.written == [
        Asked(
            "POST",
            PATH,
            {
                "metadata": {},
                "nbformat": 4,
                "nbformat_minor": 4,
                "cells": [
                    {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": ["1"]},
                    {"cell_type": "markdown", "metadata": {}, "source": []},
                ],
            },
        )
    ]


def test_cells_get_ids_where_the_format_wants_them() -> None:
    node = ScriptedNode()
    KIND.write(
        node, "CRM", "a b", "definition", {"definition": {**RAW, "cells": [{"cell_type": "code", "source": ["1"]}]}}
    )
    (put,) = node.written
    assert isinstance(put.body, dict)
    (cell,) = put.body["cells"]
    assert len(cell["id"]) == 8


def test_notebooks_made_for_editing_a_recipe_are_left_out() -> None:
    assert KIND.is_unremarkable({}, Address("notebook", "CRM", "notebook editor for compute_x"))
    assert not KIND.is_unremarkable({}, ADDRESS)


def test_sql_notebooks_whose_headers_have_no_name_are_read_for_it() -> None:
    base = "/projects/CRM/sql-notebooks/"
    heads: Json = [
        {"id": "s1", "projectKey": "CRM", "connection": "pg"},
        {"id": "s2", "projectKey": "CRM", "connection": "pg"},
    ]
    node = ScriptedNode(
        {
            f"GET {base}": heads,
            f"GET {base}s1": {"id": "s1", "name": "Checks", "connection": "pg", "cells": []},
            f"GET {base}s2": {"id": "s2", "connection": "pg", "cells": []},
        }
    )
    assert [(live.name, live.id) for live in SqlNotebookKind().list(node, "CRM")] == [("Checks", "s1"), ("s2", "s2")]
    named = ScriptedNode({f"GET {base}": [{"id": "s1", "name": "Checks"}]})
    SqlNotebookKind().list(named, "CRM")
    assert len(named.asked) == 1
