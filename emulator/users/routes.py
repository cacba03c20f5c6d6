"""Routes of users, groups and API keys. Source: api-admin-govern.md 4, 5."""

from typing import Final

from emulator.errors import unauthorized
from emulator.rights import Caller, Right
from emulator.routing import Reply, Request, Route, empty_reply, json_reply, text_reply
from emulator.users.errors import no_user_behind_key, self_deletion
from emulator.users.groups import Groups
from emulator.users.keys import ApiKeys
from emulator.users.users import Users, in_bulk
from emulator.world import World

__all__ = ["ROUTES"]


def list_users(request: Request, world: World) -> Reply:
    """Answer with all users; ``includeSettings`` adds properties and secrets."""
    return json_reply(world.state_of(Users).all(with_settings=request.flag("includeSettings")))


def create_user(request: Request, world: World) -> Reply:
    """Answer with text that nobody reads [client]."""
    return text_reply(f"Created user {world.state_of(Users).create(request.json_object())}")


def get_user(request: Request, world: World) -> Reply:
    """Answer with the full document."""
    return json_reply(world.state_of(Users).definition(request.path["login"]))


def put_user(request: Request, world: World) -> Reply:
    """Answer with JSON, which the client parses."""
    return json_reply(world.state_of(Users).replace(request.path["login"], request.json_object()))


def delete_user(request: Request, world: World) -> Reply:
    """Answer with nothing; deleting oneself must be said explicitly."""
    _delete_user(world, request.path["login"], request)
    return empty_reply()


def get_activity(request: Request, world: World) -> Reply:
    """Answer with the user's last activity."""
    return json_reply(world.state_of(Users).activity(request.path["login"]))


def list_activities(request: Request, world: World) -> Reply:
    """Answer with everybody's last activity."""
    users = world.state_of(Users)
    only_enabled = request.flag("enabledUsersOnly")
    return json_reply(
        [users.activity(login) for login in world.users if not only_enabled or users.definition(login)["enabled"]]
    )


def create_users(request: Request, world: World) -> Reply:
    """Answer with one status per user; HTTP stays 200 when some fail [client]."""
    return json_reply(in_bulk(request.json_list(), world.state_of(Users).create, lambda item: str(item.get("login"))))


def change_users(request: Request, world: World) -> Reply:
    """As ``create_users``; only the keys sent are changed."""
    return json_reply(in_bulk(request.json_list(), world.state_of(Users).change, lambda item: str(item.get("login"))))


def delete_users(request: Request, world: World) -> Reply:
    """As ``create_users``, for a list of logins."""
    return json_reply(in_bulk(request.json_list(), lambda login: _delete_user(world, str(login), request), str))


def list_public_users(_request: Request, world: World) -> Reply:
    """Answer with what everybody may know of the users."""
    users = world.state_of(Users)
    return json_reply([users.public(login) for login in world.users])


def get_public_user(request: Request, world: World) -> Reply:
    """Answer with what everybody may know of one user."""
    return json_reply(world.state_of(Users).public(request.path["login"]))


def get_own_user(request: Request, world: World) -> Reply:
    """Answer with the caller's own document."""
    return json_reply(world.state_of(Users).definition(_login(request.caller)))


def put_own_user(request: Request, world: World) -> Reply:
    """Answer with nothing."""
    world.state_of(Users).replace_own(_login(request.caller), request.json_object())
    return empty_reply()


def list_groups(_request: Request, world: World) -> Reply:
    """Answer with all groups."""
    return json_reply(world.state_of(Groups).all())


def list_public_groups(_request: Request, world: World) -> Reply:
    """Answer with the names of the groups."""
    return json_reply([{"name": name} for name in world.groups])


def create_group(request: Request, world: World) -> Reply:
    """Answer with text that nobody reads [client]."""
    return text_reply(f"Created group {world.state_of(Groups).create(request.json_object())}")


def get_group(request: Request, world: World) -> Reply:
    """Answer with the full document."""
    return json_reply(world.state_of(Groups).definition(request.path["name"]))


def put_group(request: Request, world: World) -> Reply:
    """Answer with JSON, which the client parses."""
    return json_reply(world.state_of(Groups).replace(request.path["name"], request.json_object()))


def delete_group(request: Request, world: World) -> Reply:
    """Answer with nothing."""
    world.state_of(Groups).delete(request.path["name"])
    return empty_reply()


def list_global_keys(_request: Request, world: World) -> Reply:
    """Answer with all global keys, values hidden."""
    return json_reply(world.state_of(ApiKeys).global_keys())


def create_global_key(request: Request, world: World) -> Reply:
    """Answer with the key and, this once, its value."""
    return json_reply(world.state_of(ApiKeys).create_global(request.json_object(), request.caller))


def get_global_key(request: Request, world: World) -> Reply:
    """Answer with the key, value hidden."""
    return json_reply(world.state_of(ApiKeys).global_key(request.path["key_id"]))


def get_global_key_by_value(request: Request, world: World) -> Reply:
    """The older route: the path holds the value of the key."""
    return json_reply(world.state_of(ApiKeys).global_key_by_value(request.path["value"]))


def put_global_key(request: Request, world: World) -> Reply:
    """Answer with nothing."""
    world.state_of(ApiKeys).replace_global(request.path["key_id"], request.json_object())
    return empty_reply()


def delete_global_key(request: Request, world: World) -> Reply:
    """Answer with nothing."""
    world.state_of(ApiKeys).delete_global(request.path["key_id"])
    return empty_reply()


def list_personal_keys(request: Request, world: World) -> Reply:
    """Answer with the caller's own keys."""
    return json_reply(world.state_of(ApiKeys).personal_keys(_login(request.caller)))


def create_personal_key(request: Request, world: World) -> Reply:
    """Answer with the key and, this once, its value."""
    keys = world.state_of(ApiKeys)
    return json_reply(keys.create_personal(_login(request.caller), request.json_object(), request.caller))


def list_all_personal_keys(_request: Request, world: World) -> Reply:
    """Answer with the keys of all users."""
    return json_reply(world.state_of(ApiKeys).personal_keys(None))


def create_personal_key_for(request: Request, world: World) -> Reply:
    """As ``create_personal_key``, for the user in the body; another user than oneself is for admins [client]."""
    body = request.json_object()
    login = str(body.get("user"))
    if not request.caller.is_admin and login != request.caller.login:
        raise unauthorized("Only an administrator may create an API key for another user")
    return json_reply(world.state_of(ApiKeys).create_personal(login, body, request.caller))


def get_personal_key(request: Request, world: World) -> Reply:
    """Answer with the key, value hidden."""
    return json_reply(world.state_of(ApiKeys).personal_key(request.path["key_id"], request.caller))


def put_personal_key(request: Request, world: World) -> Reply:
    """Answer with nothing."""
    world.state_of(ApiKeys).replace_personal(request.path["key_id"], request.json_object(), request.caller)
    return empty_reply()


def delete_personal_key(request: Request, world: World) -> Reply:
    """Answer with nothing."""
    world.state_of(ApiKeys).delete_personal(request.path["key_id"], request.caller)
    return empty_reply()


def _delete_user(world: World, login: str, request: Request) -> None:
    if login == request.caller.login and not request.flag("allowSelfDeletion"):
        raise self_deletion()
    world.state_of(Users).delete(login)


def _login(caller: Caller) -> str:
    if caller.login is None:
        raise no_user_behind_key()
    return caller.login


_ADMIN: Final = Right.INSTANCE_ADMIN
_ANY: Final = Right.AUTHENTICATED
ROUTES: Final = (
    Route("GET", "/admin/users", list_users, _ADMIN),
    Route("POST", "/admin/users", create_user, _ADMIN),
    Route("POST", "/admin/users/actions/bulk", create_users, _ADMIN),
    Route("PUT", "/admin/users/actions/bulk", change_users, _ADMIN),
    Route("DELETE", "/admin/users/actions/bulk", delete_users, _ADMIN),
    Route("GET", "/admin/users/{login}", get_user, _ADMIN),
    Route("PUT", "/admin/users/{login}", put_user, _ADMIN),
    Route("DELETE", "/admin/users/{login}", delete_user, _ADMIN),
    Route("GET", "/admin/users/{login}/activity", get_activity, _ADMIN),
    Route("GET", "/admin/users-activity", list_activities, _ADMIN),
    Route("GET", "/users", list_public_users, _ANY),
    Route("GET", "/users/{login}", get_public_user, _ANY),
    Route("GET", "/current-user", get_own_user, _ANY),
    Route("PUT", "/current-user", put_own_user, _ANY),
    Route("GET", "/admin/groups", list_groups, _ADMIN),
    Route("POST", "/admin/groups", create_group, _ADMIN),
    Route("GET", "/admin/groups/{name}", get_group, _ADMIN),
    Route("PUT", "/admin/groups/{name}", put_group, _ADMIN),
    Route("DELETE", "/admin/groups/{name}", delete_group, _ADMIN),
    Route("GET", "/groups", list_public_groups, _ANY),
    Route("GET", "/admin/global-api-keys", list_global_keys, _ADMIN),
    Route("POST", "/admin/global-api-keys", create_global_key, _ADMIN),
    Route("GET", "/admin/global-api-keys/{key_id}", get_global_key, _ADMIN),
    Route("PUT", "/admin/global-api-keys/{key_id}", put_global_key, _ADMIN),
    Route("DELETE", "/admin/global-api-keys/{key_id}", delete_global_key, _ADMIN),
    Route("GET", "/admin/globalAPIKeys/{value}", get_global_key_by_value, _ADMIN),
    Route("GET", "/admin/personal-api-keys", list_all_personal_keys, _ADMIN),
    Route("POST", "/admin/personal-api-keys", create_personal_key_for, _ANY),
    Route("GET", "/personal-api-keys", list_personal_keys, _ANY),
    Route("POST", "/personal-api-keys", create_personal_key, _ANY),
    Route("GET", "/personal-api-keys/{key_id}", get_personal_key, _ANY),
    Route("PUT", "/personal-api-keys/{key_id}", put_personal_key, _ANY),
    Route("DELETE", "/personal-api-keys/{key_id}", delete_personal_key, _ANY),
)
