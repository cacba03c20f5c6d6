"""Users, groups and API keys. Facts: api-admin-govern.md sections 1.3, 4 and 5."""

from collections.abc import Callable
from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.instance import Clients, refusal, requires_client


def anna_by_client(admin: Any) -> None:
    requires_client(admin, "create_user", "email")
    admin.create_user("anna", "secret-password", display_name="Anna", groups=["readers"], email="a@x.org")


def anna_by_call(admin: Any) -> None:
    body = {"login": "anna", "password": "secret-password", "displayName": "Anna", "sourceType": "LOCAL"}
    more = {"groups": ["readers"], "userProfile": "DATA_SCIENTIST", "email": "a@x.org"}
    admin._perform_text("POST", "/admin/users/", body={**body, **more})


@pytest.mark.parametrize("create_anna", [anna_by_client, anna_by_call])
def test_user_life(admin: Any, create_anna: Callable[[Any], None]) -> None:
    """POST takes login, name, groups, profile, email; ``enabled`` needs a PUT; the password is never told [client]."""
    create_anna(admin)
    settings = admin.get_user("anna").get_settings()
    assert (settings.get_raw()["displayName"], settings.enabled) == ("Anna", True)
    assert (settings.get_raw()["groups"], settings.get_raw()["email"]) == (["readers"], "a@x.org")
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


def bulk_by_client(admin: Any, verb: str, body: list[Any]) -> Any:
    method = {"POST": "create_users", "PUT": "edit_users", "DELETE": "delete_users"}[verb]
    requires_client(admin, method)
    return getattr(admin, method)(body)


def bulk_by_call(admin: Any, verb: str, body: list[Any]) -> Any:
    return admin._perform_json(verb, "/admin/users/actions/bulk", body=body)


@pytest.mark.parametrize("bulk", [bulk_by_client, bulk_by_call])
def test_bulk_calls_fail_in_part(admin: Any, bulk: Callable[[Any, str, list[Any]], Any]) -> None:
    """One status per user, HTTP stays 200 [client]."""
    new: list[dict[str, Any]] = [
        {"login": name, "password": "secret-password", "displayName": name, "groups": []} for name in ("bulk1", "b")
    ]
    created = bulk(admin, "POST", new)
    assert [item["status"] for item in created] == ["SUCCESS", "FAILURE"]
    changed = bulk(admin, "PUT", [{"login": "bulk1", "email": "new@x.org"}, {"login": "ghost", "email": "x"}])
    assert [item["status"] for item in changed] == ["SUCCESS", "FAILURE"]
    raw = admin.get_user("bulk1").get_settings().get_raw()
    assert (raw["email"], raw["displayName"]) == ("new@x.org", "bulk1")
    assert [item["status"] for item in bulk(admin, "DELETE", ["bulk1", "ghost"])] == ["SUCCESS", "FAILURE"]


def all_settings_by_client(admin: Any) -> Any:
    requires_client(admin, "list_users", "include_settings")
    return admin.list_users(include_settings=True)


def all_settings_by_call(admin: Any) -> Any:
    return admin._perform_json("GET", "/admin/users/", params={"includeSettings": True})


@pytest.mark.parametrize("all_settings", [all_settings_by_client, all_settings_by_call])
def test_list_leaves_out_settings_unless_asked(admin: Any, all_settings: Callable[[Any], Any]) -> None:
    """List items lack properties and secrets unless ``includeSettings`` [client]."""
    assert not [item for item in admin.list_users() if "secrets" in item]
    found = all_settings(admin)
    assert "admin" in [item["login"] for item in found]
    assert all("secrets" in item for item in found)


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


def test_client_methods_for_public_views(clients: Clients) -> None:
    """The views that need no admin, through the client [client]."""
    user = clients.user("looker", "readers")
    requires_client(user, "list_users_info")
    assert "admin" in [info.login for info in user.list_users_info()]
    assert user.get_user("admin").get_info().display_name == "Administrator"
    assert "readers" in [info.name for info in user.list_groups_info()]


def test_public_views_are_for_everybody_and_admin_ones_are_not(clients: Clients) -> None:
    """``/users``, ``/groups`` and one's own settings need no admin; ``/admin`` does [client]."""
    user = clients.user("plain", "readers")
    assert "admin" in [info["login"] for info in user._perform_json("GET", "/users")]
    assert user._perform_json("GET", "/users/admin")["displayName"] == "Administrator"
    assert "readers" in [info["name"] for info in user._perform_json("GET", "/groups")]
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


def create_global_key(admin: Any, label: str, *, is_admin: bool) -> tuple[str, str]:
    """Return path and value; the methods of older clients address keys by value, on another route."""
    body = {"label": label, "description": "d", "globalPermissions": {"admin": is_admin}}
    made = admin._perform_json("POST", "/admin/global-api-keys/", body=body)
    return f"/admin/global-api-keys/{made['id']}", made["key"]


def test_global_keys_tell_their_value_once(clients: Clients, node: NodeProcess) -> None:
    """The value is in the answer to the creation only; later ``******`` or nothing, both [seen]."""
    admin = clients.admin
    path, value = create_global_key(admin, "ci-raw", is_admin=True)
    key_id = path.rpartition("/")[2]
    assert clients.with_key(value).get_auth_info()["authIdentifier"] == f"api:{key_id}"
    assert admin._perform_json("GET", path)["key"] == "******"
    node.set_profile(api_key_after_creation="absent")
    assert "key" not in admin._perform_json("GET", path)
    node.set_profile(api_key_after_creation="masked")
    definition = admin._perform_json("GET", path)
    admin._perform_empty("PUT", path, body={**definition, "label": "renamed-raw", "key": "mine"})
    listed = admin._perform_json("GET", "/admin/global-api-keys/")
    assert [item["label"] for item in listed if item["id"] == key_id] == ["renamed-raw"]
    admin._perform_empty("DELETE", path)
    assert "Unknown API Key" in refusal(lambda: clients.with_key(value).list_projects())
    assert value not in (node.data_dir / "config" / "global-api-keys.json").read_text()


def test_client_handles_of_global_keys(clients: Clients, node: NodeProcess) -> None:
    """The same through the handles of the client, where they know keys by id."""
    admin = clients.admin
    requires_client(admin, "get_global_api_key_by_id")
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
    _, value = create_global_key(clients.admin, "plain", is_admin=False)
    assert clients.with_key(value).list_project_keys() == []
    assert "UnauthorizedException" in refusal(lambda: clients.with_key(value).list_users())


def test_client_handle_of_a_personal_key_tells_its_value(clients: Clients) -> None:
    """The handle keeps what the creation answered [client]."""
    holder = clients.user("holder", "readers")
    made = holder.create_personal_api_key(label="laptop", as_type="object")
    requires_client(made, "key")
    assert clients.with_key(made.key).get_auth_info()["associatedDSSUser"] == "holder"


def changed_by_client(key: Any, definition: dict[str, Any]) -> None:
    requires_client(key, "set_definition")
    key.set_definition(definition)


def changed_by_call(key: Any, definition: dict[str, Any]) -> None:
    key.client._perform_empty("PUT", f"/personal-api-keys/{key.id_}", body=definition)


@pytest.mark.parametrize("change", [changed_by_client, changed_by_call])
def test_personal_keys_belong_to_their_user(clients: Clients, change: Callable[[Any, dict[str, Any]], None]) -> None:
    """A personal key is the user; only label and description can be changed; keys of others are hidden [client]."""
    login = f"owner_{change.__name__}"
    owner, other = clients.user(login, "readers"), clients.user(f"other_{change.__name__}", "readers")
    answer = owner.create_personal_api_key(label="laptop")
    made, value = owner.get_personal_api_key(answer["id"]), answer["key"]
    assert clients.with_key(value).get_auth_info()["associatedDSSUser"] == login
    change(made, {**made.get_definition(), "label": "desk", "user": "admin"})
    assert (made.get_definition()["label"], made.get_definition()["user"]) == ("desk", login)
    assert made.id_ not in [item.id for item in other.list_personal_api_keys()]
    assert "not found" in refusal(lambda: other.get_personal_api_key(made.id_).delete())
    assert "UnauthorizedException" in refusal(lambda: other.create_personal_api_key_for_user(login))
    assert made.id_ in [item.id for item in clients.admin.list_all_personal_api_keys()]
    made.delete()
    assert "Unknown API Key" in refusal(lambda: clients.with_key(value).get_auth_info())


def test_deleting_a_user_ends_the_users_keys(clients: Clients) -> None:
    """A key of a deleted user opens nothing."""
    leaver = clients.user("leaver", "readers")
    clients.admin.get_user("leaver").delete()
    assert "Unknown API Key" in refusal(lambda: leaver.get_auth_info())


def test_deleting_oneself_has_to_be_meant(clients: Clients) -> None:
    """Only with ``allowSelfDeletion`` [client]."""
    clients.admin.create_group("second_admins")
    settings = clients.admin.get_group("second_admins").get_definition()
    clients.admin.get_group("second_admins").set_definition({**settings, "admin": True})
    suicidal = clients.user("suicidal", "second_admins")
    assert "allowSelfDeletion" in refusal(suicidal.get_user("suicidal").delete)
    suicidal._perform_empty("DELETE", "/admin/users/suicidal", params={"allowSelfDeletion": True})
    assert "suicidal" not in [item["login"] for item in clients.admin.list_users()]
