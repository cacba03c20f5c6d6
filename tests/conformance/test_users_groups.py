"""Users, groups and API keys. Facts: api-admin-govern.md sections 1.3, 4 and 5."""

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.launch import NodeProcess, start_node
from tests.conformance.instance import Clients, opened_clients, refusal


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    with start_node(tmp_path_factory.mktemp("node")) as running:
        yield running


@pytest.fixture
def clients(node: NodeProcess) -> Iterator[Clients]:
    with opened_clients(node) as opened:
        yield opened


@pytest.fixture
def admin(clients: Clients) -> Any:
    return clients.admin


def test_user_life(admin: Any) -> None:
    """POST takes login, name, groups, profile, email; ``enabled`` needs a PUT; the password is never told [client]."""
    admin.create_user("anna", "secret-password", display_name="Anna", groups=["readers"], email="a@x.org")
    settings = admin.get_user("anna").get_settings()
    assert (settings.get_raw()["displayName"], settings.enabled) == ("Anna", True)
    assert "activeWebSocketSesssions" in settings.get_raw()
    settings.enabled = False
    settings.admin_properties["role"] = "x"
    settings.save()
    raw = admin.get_user("anna").get_settings().get_raw()
    assert (raw["enabled"], raw["adminProperties"]) == (False, {"role": "x"})
    assert not [key for key in raw if "password" in key.lower()]
    admin.get_user("anna").delete()
    assert "anna" not in [item["login"] for item in admin.list_users()]


def test_missing_users_and_groups_have_their_own_class(admin: Any) -> None:
    """Official automation matches the beginning of this text [seen]."""
    expected = "com.dataiku.dip.server.controllers.NotFoundException"
    assert refusal(lambda: admin.get_user("nobody").get_settings()).startswith(expected)
    assert refusal(lambda: admin.get_group("nothing").get_definition()).startswith(expected)


def test_rules_of_names_and_passwords(admin: Any) -> None:
    """Login of 3 to 80 of certain characters, password of at least 5, no second user of a login [doc]."""
    assert "Invalid login" in refusal(lambda: admin.create_user("x", "secret-password"))
    assert "too short" in refusal(lambda: admin.create_user("short.password", "1234"))
    admin.create_user("twice", "secret-password")
    assert "already exists" in refusal(lambda: admin.create_user("twice", "secret-password"))


def test_null_groups_are_refused(admin: Any) -> None:
    """Several POST bodies fail on null for lists [seen]."""
    body = {"login": "nullgroups", "password": "secret-password", "displayName": "n", "groups": None}
    assert "must be a list" in refusal(lambda: admin._perform_text("POST", "/admin/users/", body=body))


def test_default_group_is_a_switch(node: NodeProcess, admin: Any) -> None:
    """DSS 15 adds a group to users made through the API [seen]; others do not."""
    node.set_profile(default_group_of_new_users="readers")
    admin.create_user("grouped", "secret-password", groups=["data_team"])
    node.set_profile(default_group_of_new_users=None)
    assert admin.get_user("grouped").get_settings().get_raw()["groups"] == ["data_team", "readers"]


def test_bulk_calls_fail_in_part(admin: Any) -> None:
    """One status per user, HTTP stays 200 [client]."""
    new: list[dict[str, Any]] = [
        {"login": name, "password": "secret-password", "displayName": name, "groups": []} for name in ("bulk1", "b")
    ]
    created = admin.create_users(new)
    assert [item["status"] for item in created] == ["SUCCESS", "FAILURE"]
    changed = admin.edit_users([{"login": "bulk1", "email": "new@x.org"}, {"login": "ghost", "email": "x"}])
    assert [item["status"] for item in changed] == ["SUCCESS", "FAILURE"]
    raw = admin.get_user("bulk1").get_settings().get_raw()
    assert (raw["email"], raw["displayName"]) == ("new@x.org", "bulk1")
    assert [item["status"] for item in admin.delete_users(["bulk1", "ghost"])] == ["SUCCESS", "FAILURE"]


def test_list_leaves_out_settings_unless_asked(admin: Any) -> None:
    """List items lack properties and secrets unless ``includeSettings`` [client]."""
    assert not [item for item in admin.list_users() if "secrets" in item]
    assert all("secrets" in item for item in admin.list_users(include_settings=True))


def test_secrets_of_users_are_encrypted(admin: Any, node: NodeProcess) -> None:
    """Encrypted on read; the item's key is ``name`` here [client]."""
    admin.create_user("keeper", "secret-password")
    settings = admin.get_user("keeper").get_settings()
    settings.add_secret("token", "planted-token")
    settings.save()
    shown = admin.get_user("keeper").get_settings().get_raw()["secrets"]
    assert [item["name"] for item in shown] == ["token"]
    assert shown[0]["value"].startswith("e:AES:")
    assert "planted-token" not in (node.data_dir / "config" / "users.json").read_text()


def test_own_secrets_are_clear_in_auth_info(clients: Clients) -> None:
    """``withSecrets`` gives the caller's own secrets in clear text, under ``key`` [client]."""
    user = clients.user("secretive", "readers")
    own = user.get_own_user().get_settings()
    own.add_secret("token", "planted-token")
    own.save()
    assert user.get_auth_info(with_secrets=True)["secrets"] == [{"key": "token", "value": "planted-token"}]
    assert "secrets" not in user.get_auth_info()


def test_public_views_are_for_everybody_and_admin_ones_are_not(clients: Clients) -> None:
    """``/users``, ``/groups`` and one's own settings need no admin; ``/admin`` does [client]."""
    user = clients.user("plain", "readers")
    assert "admin" in [info.login for info in user.list_users_info()]
    assert user.get_user("admin").get_info().display_name == "Administrator"
    assert "readers" in [info.name for info in user.list_groups_info()]
    assert "UnauthorizedException" in refusal(lambda: user.list_users())
    own = user.get_own_user().get_settings()
    own.user_properties["color"] = "blue"
    own.get_raw()["groups"] = ["administrators"]
    own.save()
    raw = clients.admin.get_user("plain").get_settings().get_raw()
    assert raw["userProperties"] == {"color": "blue"}
    assert raw["groups"] == ["readers"]


def test_a_global_key_has_no_user(admin: Any) -> None:
    """``/current-user`` fails for a global key [doc]."""
    assert "not associated to a user" in refusal(lambda: admin.get_own_user().get_settings())


def test_group_abilities_need_a_put(admin: Any) -> None:
    """POST stores name, description and source only; implied abilities are not written into the booleans [client, seen]."""
    admin._perform_text("POST", "/admin/groups/", body={"name": "builders", "mayCreateProjects": True, "admin": True})
    group = admin.get_group("builders")
    definition = group.get_definition()
    assert (definition["admin"], definition["mayCreateProjects"], definition["ldapGroupNames"]) == (False, False, [])
    group.set_definition({**definition, "mayManageCodeEnvs": True, "unknownAbility": True})
    stored = group.get_definition()
    assert (stored["mayManageCodeEnvs"], stored["mayCreateCodeEnvs"]) == (True, False)
    assert "unknownAbility" not in stored
    group.delete()
    assert "builders" not in [item["name"] for item in admin.list_groups()]


def test_abilities_of_a_group_take_effect(clients: Clients) -> None:
    """A user gains what the group of the user may."""
    clients.admin.create_group("creators")
    user = clients.user("creator", "creators")
    assert "UnauthorizedException" in refusal(lambda: user.create_project("NOT_YET", "n", "creator"))
    group = clients.admin.get_group("creators")
    abilities = {"mayCreateProjects": True, "mayWriteInRootProjectFolder": True}
    group.set_definition({**group.get_definition(), **abilities})
    user.create_project("NOW", "n", "creator")


def test_global_keys_tell_their_value_once(clients: Clients, node: NodeProcess) -> None:
    """The value is in the answer to the creation only; later ``******`` or nothing, both [seen]."""
    admin = clients.admin
    key = admin.create_global_api_key(label="ci", description="d", admin=True)
    assert clients.with_key(key.key).get_auth_info()["authIdentifier"] == f"api:{key.id_}"
    assert key.get_definition()["key"] == "******"
    node.set_profile(api_key_after_creation="absent")
    assert "key" not in key.get_definition()
    node.set_profile(api_key_after_creation="masked")
    definition = key.get_definition()
    definition.label = "renamed"
    definition["key"] = "mine"
    definition.save()
    assert [item.label for item in admin.list_global_api_keys() if item.id == key.id_] == ["renamed"]
    key.delete()
    assert "Unknown API Key" in refusal(lambda: clients.with_key(key.key).list_projects())
    assert key.key not in (node.data_dir / "config" / "global-api-keys.json").read_text()


def test_plain_global_key_is_refused_admin_paths(clients: Clients) -> None:
    """A key without admin gets UnauthorizedException there [seen]."""
    key = clients.admin.create_global_api_key(label="plain", admin=False)
    assert "UnauthorizedException" in refusal(lambda: clients.with_key(key.key).list_users())


def test_personal_keys_belong_to_their_user(clients: Clients) -> None:
    """A personal key is the user; only label and description can be changed; keys of others are hidden [client]."""
    owner, other = clients.user("owner", "readers"), clients.user("other", "readers")
    made = owner.create_personal_api_key(label="laptop", as_type="object")
    assert clients.with_key(made.key).get_auth_info()["associatedDSSUser"] == "owner"
    made.set_definition({**made.get_definition(), "label": "desk", "user": "admin"})
    assert (made.get_definition()["label"], made.get_definition()["user"]) == ("desk", "owner")
    assert made.id_ not in [item.id for item in other.list_personal_api_keys()]
    assert "not found" in refusal(lambda: other.get_personal_api_key(made.id_).delete())
    assert "UnauthorizedException" in refusal(lambda: other.create_personal_api_key_for_user("owner"))
    assert made.id_ in [item.id for item in clients.admin.list_all_personal_api_keys()]
    made.delete()
    assert "Unknown API Key" in refusal(lambda: clients.with_key(made.key).get_auth_info())


def test_deleting_a_user_ends_the_users_keys(clients: Clients) -> None:
    """A key of a deleted user opens nothing."""
    leaver = clients.user("leaver", "readers")
    clients.admin.get_user("leaver").delete()
    assert "Unknown API Key" in refusal(lambda: leaver.get_auth_info())
