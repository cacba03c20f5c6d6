"""A boto3 client for an ``EC2`` connection, as the node itself uses it for folders and tests."""

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from emulator.connections.store import Connections
from emulator.errors import coded_error

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["s3_client_of"]


def s3_client_of(world: "World", connection: str) -> Any:
    """Return a client for the endpoint and key pair of ``connection``.

    ``regionOrEndpoint`` may be a URL; a region name (or nothing) means the node's own S3 server, if it was started with one.

    Raises:
        DssError: no such connection, another credential mode than a key pair, or no server to talk to.
    """
    connections = world.state_of(Connections)
    params = connections.definition(connection)["params"]
    credential = connections.aws_credential(connection)
    if credential is None:
        raise coded_error(
            "ERR_CONNECTION_S3_INVALID_CONFIG",
            f"Connection '{connection}': this node can sign with a key pair only, not in mode {params['credentialsMode']}",
        )
    place = str(params.get("regionOrEndpoint") or "")
    endpoint = place if "://" in place else world.settings.s3_endpoint
    if endpoint is None:
        raise coded_error(
            "ERR_CONNECTION_S3_INVALID_CONFIG",
            f"Connection '{connection}': set regionOrEndpoint to the URL of an S3 server, this node does not reach Amazon",
        )
    region = "us-east-1" if "://" in place or not place else place
    return world.state_of(_Clients).get(endpoint, region, str(credential["accessKey"]), str(credential["secretKey"]))


class _Clients:
    """Clients by what they connect with: making one costs more than a hundred calls, and they are safe for threads."""

    def __init__(self, world: "World") -> None:
        del world
        self._clients: dict[tuple[str, str, str, str], Any] = {}

    def get(self, endpoint: str, region: str, access_key: str, secret_key: str) -> Any:
        """Return the client, made at first use."""
        known = (endpoint, region, access_key, secret_key)
        if known not in self._clients:
            self._clients[known] = boto3.client(
                "s3",
                endpoint_url=endpoint,
                aws_access_key_id=access_key,
                aws_secret_access_key=secret_key,
                region_name=region,
                config=Config(
                    s3={"addressing_style": "path"},
                    connect_timeout=5,
                    read_timeout=30,
                    max_pool_connections=32,
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                ),
            )
        return self._clients[known]
