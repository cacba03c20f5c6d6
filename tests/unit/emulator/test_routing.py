"""The route tree: literals first, parameters decoded, verbs apart."""

from typing import Any

import pytest

from emulator.areas import all_routes
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, RouteTree, empty_reply, split_path


def handler(request: Request, world: Any) -> Reply:
    del request, world
    return empty_reply()


def route(method: str, pattern: str) -> Route:
    return Route(method, pattern, handler, Right.READ)


TREE = RouteTree(
    [
        route("GET", "/p/{key}"),
        route("PUT", "/p/{project_key}"),
        route("GET", "/p/import"),
        route("GET", "/p/{key}/x/{id}/light"),
        route("GET", "/p/{key}/files"),
        route("GET", "/p/{key}/files/{path...}"),
        route("POST", "/p/fixed/x/{id}/deep"),
    ]
)


def found(path: str, method: str = "GET") -> tuple[str, dict[str, str]] | None:
    match = TREE.find(split_path(f"/public/api{path}")[1])
    if match is None or method not in match.by_method:
        return None
    chosen = match.by_method[method]
    return chosen.pattern, match.path_of(chosen)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/p/import", ("/p/import", {})),
        ("/p/CRM", ("/p/{key}", {"key": "CRM"})),
        ("//p//CRM/", ("/p/{key}", {"key": "CRM"})),
        ("/p/a%20b%2Fc", ("/p/{key}", {"key": "a b/c"})),
        ("/p/K/x/7/light", ("/p/{key}/x/{id}/light", {"key": "K", "id": "7"})),
        ("/p/fixed/x/7/light", ("/p/{key}/x/{id}/light", {"key": "fixed", "id": "7"})),
        ("/p/K/files", ("/p/{key}/files", {"key": "K"})),
        ("/p/K/files//a/b%20c.py", ("/p/{key}/files/{path...}", {"key": "K", "path": "a/b c.py"})),
        ("/p/K/nothing", None),
        ("/q", None),
    ],
)
def test_paths(path: str, expected: tuple[str, dict[str, str]] | None) -> None:
    assert found(path) == expected


def test_parameter_names_may_differ_by_verb() -> None:
    assert found("/p/CRM", "PUT") == ("/p/{project_key}", {"project_key": "CRM"})


def test_wrong_verb_is_not_a_missing_route() -> None:
    match = TREE.find(("p", "CRM"))
    assert match is not None
    assert "DELETE" not in match.by_method


def test_two_routes_for_one_verb_are_refused() -> None:
    with pytest.raises(ValueError, match="two routes"):
        RouteTree([route("GET", "/a/{x}"), route("GET", "/a/{y}")])


@pytest.mark.parametrize(
    ("path", "root"), [("/public/api/x", "api"), ("/dip/publicapi/x", "api"), ("/dip/api/x", None), ("/x", None)]
)
def test_roots(path: str, root: str | None) -> None:
    assert split_path(path)[0] == root


def test_all_areas_fit_in_one_tree_and_every_project_route_asks_for_a_right() -> None:
    routes = all_routes()
    RouteTree(found for found in routes if found.root == "api")
    bare = [
        found.pattern
        for found in routes
        if found.has_project and found.right is Right.ANONYMOUS and found.root == "api"
    ]
    assert bare == []
