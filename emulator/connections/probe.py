"""The "test" button of a connection: S3 really lists, the rest says what it cannot do. Source: api-admin-govern.md 2.1."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emulator.json_text import JsonObject

__all__ = ["try_s3"]


def try_s3(client: Any, bucket: str | None) -> JsonObject:
    """Return ``{"connectionOK": True}``, or ``False`` with ``connectionErrorMsg``. Blocks: call it in a thread."""
    try:
        if bucket:
            client.list_objects_v2(Bucket=bucket, MaxKeys=1)
        else:
            client.list_buckets()
    except (BotoCoreError, ClientError) as error:
        return {"connectionOK": False, "connectionErrorMsg": str(error)}
    return {"connectionOK": True}
