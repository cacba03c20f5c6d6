from __future__ import annotations

import pytest

from dataiku_iac.config.files import MemoryTree
from dataiku_iac.config.loading import load_configuration
from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import NodeError, Refused, UnexpectedShape
from dataiku_iac.core.kind import Document
from dataiku_iac.resources.libraries import LibraryKind
from dataiku_iac.resources.registry import KINDS
from tests.unit.resources.scripted_node import Asked, ScriptedNode

KIND = LibraryKind()
CONTENTS = "/projects/CRM/libraries/contents"
TREE: Json = [
    {"name": "python", "children": [{"name": "a b.py"}, {"name": "pkg", "children": [{"name": "__init__.py"}]}]},
    {"name": "empty", "children": []},
    {"name": "external-libraries.json"},
]
EXTERNAL = Address("library", "CRM", "external-libraries.json")
GIT = '{"gitReferences": {"python/x": {"remote": "git@h:x", "checkout": "main", "lastHash": "abc"}}, "pythonPath": ["python"]}'


def test_list_is_one_call_of_paths() -> None:
    node = ScriptedNode({f"GET {CONTENTS}": TREE})
    found = KIND.list(node, "CRM")
    assert [live.name for live in found] == ["external-libraries.json", "python/a b.py", "python/pkg/__init__.py"]
    assert not any(live.complete or live.version for live in found)
    assert len(node.asked) == 1


def test_paths_are_quoted_segment_by_segment() -> None:
    node = ScriptedNode({f"GET {CONTENTS}/python/a%20b.py": {"name": "a b.py", "data": "x = 1\n"}})
    live = KIND.read(node, "CRM", "python/a b.py", frozenset({"content"}))
    assert live is not None
    assert live.document == {"content": "x = 1\n"}
    assert live.complete


class _Unwilling(ScriptedNode):
    """Answers a missing or unreadable file with a 500, as it does for folders [seen]."""

    def get(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        if path.startswith(f"{CONTENTS}/"):
            raise Refused("Cannot read")
        return super().get(path, params=params)


def test_a_refused_file_is_absent_only_if_the_tree_lacks_it() -> None:
    node = _Unwilling({f"GET {CONTENTS}": TREE})
    assert KIND.read(node, "CRM", "python/gone.py", frozenset({"content"})) is None
    with pytest.raises(NodeError, match="Cannot read"):
        KIND.read(node, "CRM", "python/a b.py", frozenset({"content"}))
    assert KIND.read(ScriptedNode(), "CRM", "python/gone.py", frozenset({"content"})) is None


@pytest.mark.parametrize("answer", [{"name": "x"}, {"name": "x", "data": "\ufffdPNG"}])
def test_what_is_not_text_is_refused_instead_of_spoiled(answer: Json) -> None:
    with pytest.raises(UnexpectedShape, match="library file"):
        KIND.read(ScriptedNode({f"GET {CONTENTS}/x": answer}), "CRM", "x", frozenset({"content"}))


def test_an_empty_file_is_a_file() -> None:
    address = Address("library", "CRM", "python/__init__.py")
    assert KIND.declare({"content": ""}, address) == {"content": ""}
    node = ScriptedNode()
    assert (
        KIND.create(node, "CRM", "python/__init__.py", KIND.put({}, {"content": ""}, address)) == "python/__init__.py"
    )
    assert node.asked == [Asked("POST", f"{CONTENTS}/python/__init__.py", "")]


def test_git_state_of_external_libraries_is_no_difference_and_stays() -> None:
    node = ScriptedNode({f"GET {CONTENTS}/external-libraries.json": {"data": GIT}})
    live = KIND.read(node, "CRM", "external-libraries.json", frozenset({"content"}))
    assert live is not None
    spec = KIND.declare(live.document, EXTERNAL)
    assert "lastHash" not in str(spec)
    assert "python/x" in str(spec)
    assert KIND.put(live.document, spec, EXTERNAL) == live.document
    KIND.write(node, "CRM", "external-libraries.json", "content", live.document)
    assert '"lastHash": "abc"' in str(node.written[0].body)


def test_the_text_of_external_libraries_may_be_laid_out_in_any_way() -> None:
    assert KIND.normal({"content": '{"pythonPath":\n["a"]}'}, EXTERNAL) == KIND.normal(
        {"content": '{ "pythonPath": ["a"] }'}, EXTERNAL
    )


def test_a_credential_in_a_git_remote_stays_on_the_node() -> None:
    document: dict[str, Json] = {
        "content": {"gitReferences": {"x": {"remote": "https://u:pw@h/x.git", "checkout": "m"}}}
    }
    spec = KIND.declare(document, EXTERNAL)
    assert "pw" not in str(spec)
    assert KIND.put(document, spec, EXTERNAL) == document


def test_files_keep_their_own_extension() -> None:
    assert KIND.file_extension({}, KIND.files[0]) == ""


def test_git_references_stand_beside_the_folders() -> None:
    text = """
        project: {key: CRM, name: Customers}
        libraries:
          git: {python/shared: {repository: "git@example.org:shared.git", checkout: main, path: lib}}
        """
    configuration = load_configuration(MemoryTree({"projects/crm.yml": text}), KINDS)
    spec = configuration.resources[EXTERNAL].spec
    reference = {"remote": "git@example.org:shared.git", "checkout": "main", "remotePath": "lib"}
    assert KIND.expand(spec, EXTERNAL) == {"content": {"gitReferences": {"python/shared": reference}}}


def test_a_credential_in_an_address_is_never_written() -> None:
    reference = {"remote": "https://bob:pw@example.org/x.git", "checkout": "main", "remotePath": ""}
    live: Document = {"content": {"gitReferences": {"python/x": reference}, "pythonPath": ["python"]}}
    spec = KIND.declare(live, EXTERNAL)
    assert spec == {"git": {"python/x": {"checkout": "main", "path": ""}}}
    assert KIND.put(live, spec, EXTERNAL) == live
