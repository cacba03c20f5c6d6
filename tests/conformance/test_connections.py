"""Connections as an admin and as others see them. Facts: api-admin-govern.md sections 1.3, 2 and 10."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator.launch import NodeProcess, start_node
from emulator.s3 import start_s3
from tests.conformance.instance import Clients, opened_clients, refusal, requires_client


def raw(admin: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = admin.get_connection(name).get_settings().get_raw()
    return found


def test_creation_takes_few_keys_and_a_put_the_rest(admin: Any) -> None:
    """POST stores name, type, params, usability; defaults show at the next GET; PUT replaces the whole [client, seen]."""
    admin._perform_text(
        "POST",
        "/admin/connections/",
        body={"name": "pg", "type": "PostgreSQL", "params": {"host": "h"}, "usableBy": "ALL", "allowWrite": False},
    )
    found = raw(admin, "pg")
    assert (found["allowWrite"], found["allowManagedDatasets"], found["allowManagedFolders"]) == (True, True, False)
    assert (found["params"]["host"], found["params"]["port"], found["params"]["properties"]) == ("h", 5432, [])
    assert found["detailsReadability"] == {"readableBy": "NONE", "allowedGroups": []}
    settings = admin.get_connection("pg").get_settings()
    settings.allow_write = False
    settings.get_raw()["notAKey"] = 1
    settings.get_raw()["params"]["ownKey"] = "kept"
    settings.save()
    found = raw(admin, "pg")
    assert found["allowWrite"] is False
    assert "notAKey" not in found
    assert found["params"]["ownKey"] == "kept"


def test_list_is_an_object_by_name(admin: Any) -> None:
    """``GET /admin/connections/`` answers name -> definition [client]."""
    listed = admin.list_connections(as_type="dictitems")
    assert {"filesystem_managed", "filesystem_folders", "filesystem_root"} <= set(listed)
    assert listed["filesystem_managed"]["type"] == "Filesystem"


def test_file_connections_start_with_managed_folders_and_s3_is_called_ec2(admin: Any) -> None:
    """allowManagedFolders is true for file and cloud types; the literal type S3 fails with an opaque error [seen]."""
    admin.create_connection("bucket", "EC2", params={"defaultManagedBucket": "b"})
    assert raw(admin, "bucket")["allowManagedFolders"] is True
    assert "NullPointerException" in refusal(lambda: admin.create_connection("wrong", "S3"))


def test_secrets_come_back_encrypted_and_never_look_the_same_twice(admin: Any, node: NodeProcess) -> None:
    """Random vector: equal passwords have different ciphertexts; sending the ciphertext back keeps the secret [seen]."""
    for name in ("one", "two"):
        admin.create_connection(name, "PostgreSQL", params={"user": "u", "password": "planted-secret"})
    one, two = raw(admin, "one")["params"]["password"], raw(admin, "two")["params"]["password"]
    assert one.startswith("e:AES:")
    assert two.startswith("e:AES:")
    assert one != two
    settings = admin.get_connection("one").get_settings()
    settings.get_raw()["description"] = "changed"
    settings.save()
    assert raw(admin, "one")["params"]["password"] == one
    assert admin.get_connection("one").get_info().get_basic_credential() == {"user": "u", "password": "planted-secret"}
    assert "planted-secret" not in (node.data_dir / "config" / "connections.json").read_text()


@pytest.mark.parametrize(("switch", "password"), [("kept", "old"), ("erased", "")])
def test_put_without_the_password_is_a_switch(node: NodeProcess, admin: Any, switch: str, password: str) -> None:
    """Kept or erased is [unknown]; both can be had."""
    node.set_profile(omitted_connection_secret=switch)
    admin.create_connection(f"omit_{switch}", "PostgreSQL", params={"user": "u", "password": "old"})
    settings = admin.get_connection(f"omit_{switch}").get_settings()
    del settings.get_raw()["params"]["password"]
    settings.save()
    credential = admin.get_connection(f"omit_{switch}").get_info().get_basic_credential()
    assert credential["password"] == password
    node.set_profile(omitted_connection_secret="kept")


def test_secret_properties_are_encrypted_too(admin: Any) -> None:
    """Items of ``properties`` with ``secret: true`` are secrets [inferred]."""
    properties = [{"name": "a", "value": "clear"}, {"name": "b", "value": "planted", "secret": True}]
    admin.create_connection("props", "PostgreSQL", params={"properties": properties})
    shown = raw(admin, "props")["params"]["properties"]
    assert shown[0]["value"] == "clear"
    assert shown[1]["value"].startswith("e:AES:")


def test_missing_connection_has_a_class_of_the_jdk(admin: Any) -> None:
    """Official automation matches exactly this text [seen]."""
    text = refusal(lambda: admin.get_connection("nope").get_definition())
    assert text == "java.lang.IllegalArgumentException: Connection 'nope' does not exist"


def test_others_see_names_they_may_use_and_nothing_of_admin(clients: Clients) -> None:
    """Definitions are for admins; names are for everybody who may use the connection [client]."""
    admin = clients.admin
    admin.create_connection("closed", "PostgreSQL", usable_by="ALLOWED", allowed_groups=["insiders"])
    admin.create_group("insiders")
    outsider, insider = clients.user("outsider", "readers"), clients.user("insider", "insiders")
    assert "closed" not in outsider.list_connections_names("all")
    assert "closed" in insider.list_connections_names("PostgreSQL")
    assert "closed" not in insider.list_connections_names("EC2")
    assert "UnauthorizedException" in refusal(lambda: insider.list_connections())
    assert "UnauthorizedException" in refusal(lambda: insider.get_connection("closed").get_definition())


def test_credentials_are_for_those_who_may_read_details(clients: Clients) -> None:
    """ "Details readable by" governs ``/info``; S3 gives ``resolvedAWSCredential`` in clear text [client]."""
    admin = clients.admin
    admin.create_connection("keys", "EC2", params={"accessKey": "AK", "secretKey": "planted-key"})
    user = clients.user("reader_of_details", "data_team")
    assert "UnauthorizedException" in refusal(lambda: user.get_connection("keys").get_info())
    settings = admin.get_connection("keys").get_settings()
    settings.details_readability.set_readability(False, "data_team")
    settings.save()
    assert user.get_connection("keys").get_info().get_aws_credential() == {
        "accessKey": "AK",
        "secretKey": "planted-key",
    }


def test_delete(admin: Any) -> None:
    """Allowed whoever uses it [inferred]; then it is missing."""
    admin.create_connection("gone", "PostgreSQL")
    admin.get_connection("gone").delete()
    assert "does not exist" in refusal(lambda: admin.get_connection("gone").delete())


def tried_by_client(admin: Any, name: str) -> Any:
    connection = admin.get_connection(name)
    requires_client(connection, "test")
    return connection.test()


def tried_by_call(admin: Any, name: str) -> Any:
    return admin._perform_json("GET", f"/connections/{name}/test")


@pytest.mark.parametrize("tried", [tried_by_client, tried_by_call])
def test_test_button(admin: Any, tried: Callable[[Any, str], Any]) -> None:
    """S3 is really tried; Filesystem has no test and fails with NotImplementedException in the text [seen]."""
    with start_s3() as s3:
        s3.create_bucket("state")
        params = {"accessKey": s3.access_key, "regionOrEndpoint": s3.endpoint, "defaultManagedBucket": "state"}
        good, bad = f"good_{tried.__name__}", f"bad_{tried.__name__}"
        admin.create_connection(good, "EC2", params={**params, "secretKey": s3.secret_key})
        admin.create_connection(bad, "EC2", params={**params, "secretKey": "wrong"})
        assert tried(admin, good) == {"connectionOK": True}
        answer = tried(admin, bad)
    assert answer["connectionOK"] is False
    assert "SignatureDoesNotMatch" in answer["connectionErrorMsg"]
    assert "NotImplementedException" in refusal(lambda: tried(admin, "filesystem_managed"))


def test_ciphertext_of_another_node_is_useless(admin: Any, tmp_path: Path) -> None:
    """The key belongs to the data directory: elsewhere the secret fails with Invalid HMAC at use [doc]."""
    admin.create_connection("origin", "PostgreSQL", params={"user": "u", "password": "p"})
    foreign = raw(admin, "origin")["params"]["password"]
    with start_node(tmp_path / "other") as other, opened_clients(other) as clients:
        clients.admin.create_connection("copy", "PostgreSQL", params={"user": "u", "password": foreign})
        assert "Invalid HMAC" in refusal(lambda: clients.admin.get_connection("copy").get_info())
        other.set_profile(foreign_ciphertext="on_write")
        params = {"password": foreign}
        assert "Invalid HMAC" in refusal(lambda: clients.admin.create_connection("c2", "PostgreSQL", params=params))


def test_connections_outlive_a_kill(tmp_path: Path) -> None:
    """What was answered is on disk, secrets readable by the restarted node."""
    with start_node(tmp_path / "node") as node:
        with opened_clients(node) as clients:
            clients.admin.create_connection("kept", "PostgreSQL", params={"user": "u", "password": "p"})
        node.kill()
        node.start()
        with opened_clients(node) as clients:
            credential = clients.admin.get_connection("kept").get_info().get_basic_credential()
    assert credential == {"user": "u", "password": "p"}


def test_status_of_a_missing_connection_is_a_switch(admin: Any, node: NodeProcess) -> None:
    """404, 400 or 500 [unknown]; class and text are the same, by which it has to be known."""
    text = "java.lang.IllegalArgumentException: Connection 'nope' does not exist"
    path = f"{node.url}/public/api/admin/connections/nope"
    for status in (404, 500, 400):
        node.set_profile(missing_connection_status=status)
        assert admin._session.get(path).status_code == status
        assert refusal(lambda: admin.get_connection("nope").get_definition()) == text


def test_whether_admins_read_details_is_a_switch(admin: Any, node: NodeProcess) -> None:
    """Admins read credentials whatever the connection says [inferred], or not."""
    admin.create_connection("details", "PostgreSQL", params={"user": "u", "password": "planted-details"})
    assert admin.get_connection("details").get_info().get_basic_credential()["password"] == "planted-details"
    node.set_profile(admin_reads_connection_details=False)
    assert "UnauthorizedException" in refusal(lambda: admin.get_connection("details").get_info())
    node.set_profile(admin_reads_connection_details=True)
