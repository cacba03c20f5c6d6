"""What an S3 answer means: one table, so that every error says what, where and what to do, and never shows a key."""

from __future__ import annotations

from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    SSLError,
)

from dataiku_iac.core.errors import StoreUnavailable
from dataiku_iac.store.blobs import StoreRefused

__all__ = ["explain", "is_absent", "is_unclear"]

_SETTINGS: Final = "correct it in the state store's settings"
# By error code: what it means, and what to do.
_REFUSALS: Final[dict[str, tuple[str, str]]] = {
    "NoSuchBucket": ('the bucket "{bucket}" does not exist', f"create it, or {_SETTINGS}"),
    "InvalidAccessKeyId": ("the access key is unknown to the store", _SETTINGS),
    "SignatureDoesNotMatch": ("the secret key does not belong to the access key", _SETTINGS),
    "ExpiredToken": ("the temporary credentials have expired", "run again with fresh ones; nothing was lost"),
    "ExpiredTokenException": ("the temporary credentials have expired", "run again with fresh ones; nothing was lost"),
    "InvalidToken": ("the session token is not accepted", _SETTINGS),
    "RequestTimeTooSkewed": ("this machine's clock differs too much from the store's", "set the machine's clock"),
    "PermanentRedirect": ("the bucket lives in another region", f"{_SETTINGS}: region, or endpoint"),
    "AuthorizationHeaderMalformed": ("the bucket lives in another region", f"{_SETTINGS}: region"),
    "NotImplemented": (
        "the store does not know conditional writes",
        "use a store that does: without them two runs could overwrite each other",
    ),
    "AccessDenied": (
        "the credentials may not do this in the bucket",
        "grant s3:GetObject, s3:PutObject and s3:DeleteObject on the prefix and s3:ListBucket on the bucket"
        " (without the last, absent objects look forbidden)",
    ),
}
_UNCLEAR_STATUS: Final = frozenset({408, 409, 412, 425, 429})


def is_absent(exc: ClientError) -> bool:
    """Return whether the answer proves that the key does not exist; a missing bucket does not."""
    return str(exc.response["Error"].get("Code")) == "NoSuchKey"


def is_unclear(exc: Exception | None) -> bool:
    """Return whether only a look tells what the request did: condition false, lost race, 5xx, no answer.

    404 NoSuchKey belongs here too: it is how a store answers ``If-Match`` on an absent key.
    """
    if isinstance(exc, ClientError):
        status = int(exc.response["ResponseMetadata"].get("HTTPStatusCode", 0))
        code = str(exc.response["Error"].get("Code"))
        if code in _REFUSALS:
            return False
        return status in _UNCLEAR_STATUS or status >= 500 or code == "NoSuchKey"
    return not isinstance(
        exc,
        ParamValidationError | NoCredentialsError | PartialCredentialsError | NoRegionError | SSLError,
    )


def explain(exc: Exception | None, *, bucket: str, endpoint: str, where: str) -> StoreUnavailable:
    """Return the error to raise for ``exc``. Texts of the store are left out: some repeat what was sent."""
    where = f"{where} at {endpoint}"
    if isinstance(exc, ClientError):
        status = exc.response["ResponseMetadata"].get("HTTPStatusCode")
        code = str(exc.response["Error"].get("Code"))
        if code == "NoSuchBucket" or code in _REFUSALS:
            what, next_step = _REFUSALS[code]
            return StoreRefused(f"{what.format(bucket=bucket)} ({status} {code})", where=where, next_step=next_step)
        if is_unclear(exc):
            return StoreUnavailable(
                f"the store answers {status} {code}",
                where=where,
                next_step="see whether the store is healthy, then run again",
            )
        what, next_step = _REFUSALS["AccessDenied"] if status in (401, 403) else ("the store refuses", _SETTINGS)
        return StoreRefused(f"{what} ({status} {code})", where=where, next_step=next_step)
    match exc:
        case NoCredentialsError() | PartialCredentialsError():
            return StoreRefused(
                "no credentials were found",
                where=where,
                next_step="give an access key in the state store's settings, or let this machine have a role",
            )
        case NoRegionError():
            return StoreRefused("no region is set", where=where, next_step=f"{_SETTINGS}: region")
        case SSLError():
            return StoreRefused(
                "no trusted TLS connection to the store",
                where=where,
                next_step="install the certificate authority that signed the store's certificate, or correct the endpoint",
            )
        case EndpointConnectionError() | ConnectTimeoutError():
            return StoreUnavailable(
                "the store cannot be reached",
                where=where,
                next_step="check endpoint, network and firewall from this machine, then run again",
            )
        case BotoCoreError():
            return StoreUnavailable(
                f"the connection to the store broke ({type(exc).__name__})",
                where=where,
                next_step="see whether the store is healthy, then run again",
            )
        case _:
            return StoreUnavailable("the store did not answer", where=where, next_step="run again")
