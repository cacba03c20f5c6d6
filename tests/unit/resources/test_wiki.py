from __future__ import annotations

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json
from dataiku_iac.core.mentions import find_mentions
from dataiku_iac.resources.wiki import WikiKind
from tests.unit.resources.scripted_node import Asked, ScriptedNode

KIND = WikiKind()
WIKI = "/projects/CRM/wiki/"
TAXONOMY: dict[str, Json] = {
    "homeArticleId": "1",
    "taxonomy": [
        {"id": "1", "children": [{"id": "2", "children": [{"id": "3", "children": []}]}]},
        {"id": "4", "children": []},
    ],
    "unknown": True,
}


def article(live_id: str, name: str) -> dict[str, Json]:
    tag: Json = {"versionNumber": 1, "lastModifiedOn": 5}
    return {"article": {"id": live_id, "name": name, "projectKey": "CRM", "versionTag": tag}, "payload": f"# {name}\n"}


ANSWERS: dict[str, Json] = {
    f"GET {WIKI}": TAXONOMY,
    **{f"GET {WIKI}{live_id}": article(live_id, name) for live_id, name in zip("1234", "ABCD", strict=True)},
}


def test_list_walks_the_taxonomy() -> None:
    node = ScriptedNode(ANSWERS)
    found = KIND.list(node, "CRM")
    assert [(live.name, live.id, live.document["parent"], live.document["home"]) for live in found] == [
        ("A", "1", "", True),
        ("B", "2", "1", False),
        ("C", "3", "2", False),
        ("D", "4", "", False),
    ]
    assert found[0].version == "1@5"
    assert len(node.asked) == 5


def test_an_empty_wiki_has_no_articles() -> None:
    assert KIND.list(ScriptedNode({f"GET {WIKI}": {}}), "CRM") == []


def test_an_article_that_the_taxonomy_lacks_is_absent() -> None:
    assert KIND.read(ScriptedNode(ANSWERS), "CRM", "9", frozenset(KIND.parts)) is None
    live = KIND.read(ScriptedNode(ANSWERS), "CRM", "3", frozenset(KIND.parts))
    assert live is not None
    assert live.name == "C"


def test_the_parent_is_an_id_of_the_node() -> None:
    live = KIND.read(ScriptedNode(ANSWERS), "CRM", "3", frozenset(KIND.parts))
    assert live is not None
    assert [(found.sort, found.value) for found in find_mentions(live.document, KIND.mentions)] == [("wiki", "2")]


def test_declared_form_says_place_and_home_only_where_they_are_not_the_default() -> None:
    found = {live.name: live for live in KIND.list(ScriptedNode(ANSWERS), "CRM")}
    address = Address("wiki", "CRM", "A")
    assert KIND.declare(found["A"].document, address) == {"content": "# A\n", "home": True}
    assert KIND.declare(found["D"].document, Address("wiki", "CRM", "D")) == {"content": "# D\n"}


def test_create_puts_the_article_below_its_parent() -> None:
    node = ScriptedNode({f"POST {WIKI}": article("5", "tmp")})
    assert KIND.create(node, "CRM", "tmp", {"parent": "2", "definition": {}}) == "5"
    assert KIND.create(node, "CRM", "tmp", {"parent": "", "definition": {}}) == "5"
    bodies: list[Json] = [{"projectKey": "CRM", "name": "tmp", "parent": parent} for parent in ("2", None)]
    assert node.asked == [Asked("POST", WIKI, body) for body in bodies]


def test_moving_takes_along_what_is_below() -> None:
    node = ScriptedNode()
    KIND.write(node, "CRM", "2", "parent", {"taxonomy": TAXONOMY, "parent": "4"})
    KIND.write(node, "CRM", "2", "parent", {"taxonomy": TAXONOMY, "parent": ""})
    branch: Json = {"id": "2", "children": [{"id": "3", "children": []}]}
    below_4: Json = [{"id": "1", "children": []}, {"id": "4", "children": [branch]}]
    on_top: Json = [{"id": "1", "children": []}, {"id": "4", "children": []}, branch]
    assert node.asked == [
        Asked("PUT", WIKI, {**TAXONOMY, "taxonomy": below_4}),
        Asked("PUT", WIKI, {**TAXONOMY, "taxonomy": on_top}),
    ]


def test_the_home_page_is_set_and_given_up() -> None:
    node = ScriptedNode()
    KIND.write(node, "CRM", "4", "home", {"taxonomy": TAXONOMY, "home": True})
    KIND.write(node, "CRM", "1", "home", {"taxonomy": TAXONOMY, "home": False})
    KIND.write(node, "CRM", "4", "home", {"taxonomy": TAXONOMY, "home": False})
    without = {key: value for key, value in TAXONOMY.items() if key != "homeArticleId"}
    bodies: list[Json] = [{**TAXONOMY, "homeArticleId": "4"}, without, TAXONOMY]
    assert node.asked == [Asked("PUT", WIKI, body) for body in bodies]


def test_text_and_fields_are_written_as_one() -> None:
    node = ScriptedNode()
    whole = article("1", "A")
    KIND.write(node, "CRM", "1", "definition", {"definition": whole})
    assert node.asked == [Asked("PUT", f"{WIKI}1", whole)]


def test_an_article_needs_its_parent() -> None:
    address = Address("wiki", "CRM", "B")
    assert [str(found.to) for found in KIND.references({"parent": "A"}, address)] == ["wiki.CRM.A"]
    assert list(KIND.references({"parent": ""}, address)) == []
