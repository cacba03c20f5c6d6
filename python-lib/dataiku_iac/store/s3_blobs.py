"""Objects in an S3 bucket, through conditional writes; facts: section 2 of the design of the state store."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from dataiku_iac.core.errors import ConfigError, StoreUnavailable
from dataiku_iac.core.heads import Mode
from dataiku_iac.core.secret import Secret
from dataiku_iac.store.blobs import Blob, Item, Lost, Stored
from dataiku_iac.store.clock import StoreClock
from dataiku_iac.store.s3_errors import explain, is_absent, is_unclear

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["QUOTED", "UNQUOTED", "S3Blobs", "S3Settings", "open_s3"]

T = TypeVar("T")

QUOTED: Final = "quoted"
UNQUOTED: Final = "unquoted"  # Ceph 16 compares the header with the bare ETag [seen]


@dataclass(frozen=True, slots=True)
class S3Settings:
    """Where the bucket is. Without ``access_key`` the machine's own chain of credentials is used.

    ``prefix`` is the folder inside the bucket, e.g. ``iac`` or ``""``; ``endpoint_url`` is empty for AWS.
    """

    bucket: str
    prefix: str = ""
    region: str = ""
    endpoint_url: str = ""
    access_key: str = ""
    secret_key: Secret | None = None
    session_token: Secret | None = None
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 10.0


def open_s3(settings: S3Settings, *, clock: StoreClock) -> S3Blobs:
    """Return the bucket; sends nothing yet.

    Raises:
        ConfigError: the settings cannot be right, or boto3 is too old for conditional writes.
    """
    _check(settings)
    config: dict[str, Any] = {
        # botocore's own retries turn "stored, answer lost" into 412; 1 total attempt is really one [seen].
        "retries": {"total_max_attempts": 1, "mode": "standard"},
        "connect_timeout": settings.connect_timeout_s,
        "read_timeout": settings.read_timeout_s,
        "max_pool_connections": 32,
    }
    if settings.endpoint_url and not _is_aws(settings.endpoint_url):
        config["s3"] = {"addressing_style": "path"}
        # The default CRC trailers break some stores; unknown to botocore before 1.36, which does not send them.
        known = Config.OPTION_DEFAULTS
        for option in ("request_checksum_calculation", "response_checksum_validation"):
            if option in known:
                config[option] = "when_required"
    client = boto3.session.Session().client(
        "s3",
        endpoint_url=settings.endpoint_url or None,
        region_name=settings.region or None,
        aws_access_key_id=settings.access_key or None,
        aws_secret_access_key=settings.secret_key.reveal() if settings.secret_key else None,
        aws_session_token=settings.session_token.reveal() if settings.session_token else None,
        config=Config(**config),
    )
    members = client.meta.service_model.operation_model("PutObject").input_shape.members  # type: ignore[union-attr]  # PutObject has an input
    if "IfMatch" not in members:
        raise ConfigError(
            f"boto3 {boto3.__version__} cannot make conditional writes",
            where="Python environment",
            next_step="install boto3 1.35.69 or newer in the plugin's code environment",
        )
    prefix = settings.prefix.strip("/")
    return S3Blobs(client, settings.bucket, prefix=f"{prefix}/" if prefix else "", clock=clock)


def _check(settings: S3Settings) -> None:
    problem = ""
    if not settings.bucket:
        problem = "the bucket's name is empty"
    elif "@" in urlsplit(settings.endpoint_url).netloc:
        problem = "the endpoint holds a user name or password"
    elif settings.endpoint_url and urlsplit(settings.endpoint_url).scheme not in ("http", "https"):
        problem = f'the endpoint "{settings.endpoint_url}" begins with neither http:// nor https://'
    elif bool(settings.access_key) != bool(settings.secret_key):
        problem = "of access key and secret key one is given and the other is not"
    if problem:
        raise ConfigError(
            problem, where=f'state store, bucket "{settings.bucket}"', next_step="correct the state store's settings"
        )


def _is_aws(endpoint_url: str) -> bool:
    host = urlsplit(endpoint_url).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


class S3Blobs:
    """A bucket, or a prefix of it. Safe for threads, as boto3 clients are.

    ``attempts`` is how often an unclear request is made before giving up; pauses between grow to ``cap_s`` with full jitter.
    ``page`` is how many keys one request of a listing asks for.
    """

    mode: Mode = Mode.CAS

    def __init__(
        self,
        client: S3Client,
        bucket: str,
        *,
        clock: StoreClock,
        prefix: str = "",
        dialect: str = QUOTED,
        attempts: int = 5,
        cap_s: float = 2.0,
        jitter: Callable[[], float] = random.random,
        page: int = 1000,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._clock = clock
        self._prefix = prefix
        self._dialect = dialect
        self._attempts = attempts
        self._cap_s = cap_s
        self._jitter = jitter
        self._page = page

    @property
    def identity(self) -> str:
        """Endpoint and bucket."""
        return f"{self._client.meta.endpoint_url.rstrip('/')}/{self._bucket}"

    def where(self, key: str) -> str:
        """Return e.g. ``s3://iac/prod/crm/lock.json``."""
        return f"s3://{self._bucket}/{self._prefix}{key}"

    def dialects(self) -> Sequence[str]:
        """Both spellings of an ETag in a condition."""
        return (QUOTED, UNQUOTED)

    def speaking(self, dialect: str) -> S3Blobs:
        """Return the same bucket with ETags spelled so."""
        return S3Blobs(
            self._client,
            self._bucket,
            clock=self._clock,
            prefix=self._prefix,
            dialect=dialect,
            attempts=self._attempts,
            cap_s=self._cap_s,
            jitter=self._jitter,
            page=self._page,
        )

    def get(self, key: str) -> Blob | None:
        """Return the object with the store's own clock beside it."""

        def send() -> Blob:
            reply = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)
            return Blob(
                body=reply["Body"].read(),
                etag=reply["ETag"],
                last_modified=reply["LastModified"],
                server_date=_date(reply["ResponseMetadata"]["HTTPHeaders"].get("date")),
            )

        try:
            return self._patiently(send, key)
        except ClientError as exc:
            if is_absent(exc):
                return None
            raise self._explain(exc, key) from exc

    def put_if_absent(self, key: str, body: bytes) -> Stored | Lost:
        """Write unless the key exists (``If-None-Match: *``)."""
        return self._write(key, body, base=None)

    def compare_and_swap(self, key: str, etag: str, body: bytes) -> Stored | Lost:
        """Replace exactly that version (``If-Match``)."""
        return self._write(key, body, base=etag)

    def _write(self, key: str, body: bytes, *, base: str | None) -> Stored | Lost:
        condition: dict[str, Any] = {"IfNoneMatch": "*"}
        if base is not None:
            condition = {"IfMatch": base if self._dialect == QUOTED else base.strip('"')}
        problem: Exception | None = None
        for attempt in range(self._attempts):
            self._pause(attempt)
            try:
                reply = self._client.put_object(Bucket=self._bucket, Key=self._prefix + key, Body=body, **condition)
            except (ClientError, BotoCoreError) as exc:
                if not is_unclear(exc):
                    raise self._explain(exc, key) from exc
                problem = exc
            else:
                return Stored(reply["ETag"])
            found = self.get(key)
            if found is not None and found.body == body:
                return Stored(found.etag)
            if (None if found is None else found.etag) != base:
                return Lost(found)
        raise StoreUnavailable(
            f"{self._attempts} conditional writes in a row had no clear outcome; the last answer: {_brief(problem)}",
            where=self.where(key),
            next_step="see whether the store is healthy and run again: what is stored is looked at first, never assumed",
        ) from problem

    def put(self, key: str, body: bytes) -> None:
        """Write whatever is there; may be sent more than once."""
        self._call(
            lambda: self._client.put_object(Bucket=self._bucket, Key=self._prefix + key, Body=body),
            key,
        )

    def delete(self, key: str) -> None:
        """Delete, if there."""
        self._call(lambda: self._client.delete_object(Bucket=self._bucket, Key=self._prefix + key), key)

    def list(self, prefix: str) -> Sequence[Item]:
        """Return all keys under ``prefix``."""
        items: list[Item] = []
        token = ""
        cut = len(self._prefix)
        while True:
            more: dict[str, Any] = {"ContinuationToken": token} if token else {}
            reply = self._call(
                lambda more=more: self._client.list_objects_v2(  # type: ignore[misc] # the default binds the variable
                    Bucket=self._bucket, Prefix=self._prefix + prefix, MaxKeys=self._page, **more
                ),
                prefix,
            )
            items += [Item(it["Key"][cut:], it["Size"], it["LastModified"]) for it in reply.get("Contents", ())]
            token = reply.get("NextContinuationToken", "")
            if not token:
                return items

    def _call(self, send: Callable[[], T], key: str) -> T:
        try:
            return self._patiently(send, key)
        except ClientError as exc:
            raise self._explain(exc, key) from exc

    def _patiently(self, send: Callable[[], T], key: str) -> T:
        """Repeat a harmless request while the answers are unclear; a clear refusal is raised as it came."""
        problem: Exception | None = None
        for attempt in range(self._attempts):
            self._pause(attempt)
            try:
                return send()
            except (ClientError, BotoCoreError) as exc:
                if isinstance(exc, ClientError) and (is_absent(exc) or not is_unclear(exc)):
                    raise
                problem = exc
                if not is_unclear(exc):
                    break
        raise self._explain(problem, key) from problem

    def _pause(self, attempt: int) -> None:
        if attempt:
            self._clock.wait(threading.Event(), self._jitter() * min(self._cap_s, 0.1 * 2**attempt))

    def _explain(self, exc: Exception | None, key: str) -> Exception:
        if isinstance(exc, ParamValidationError):
            return exc  # a defect of ours, not of the store
        return explain(exc, bucket=self._bucket, endpoint=self._client.meta.endpoint_url, where=self.where(key))


def _date(header: str | None) -> datetime | None:
    if header is None:
        return None
    try:
        return parsedate_to_datetime(header)
    except ValueError:
        return None


def _brief(exc: Exception | None) -> str:
    """Name an answer without its text, which some stores fill with request details."""
    if isinstance(exc, ClientError):
        return f"{exc.response['ResponseMetadata'].get('HTTPStatusCode')} {exc.response['Error'].get('Code')}"
    return type(exc).__name__
