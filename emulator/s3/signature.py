"""Checks who signed an S3 request (AWS Signature Version 4), which moto does not.

Without it a store opened with a wrong secret would work here and fail on every real bucket.
Source: the public description of Signature Version 4 for S3 (single request, ``Authorization`` header).
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

__all__ = ["Credentials", "SignatureProblem", "SignedRequest", "check_signature"]

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>[^/]+)/(?P<scope>[^,]+),\s*SignedHeaders=(?P<headers>[^,]+),\s*Signature=(?P<signature>[0-9a-f]+)"
)


class SignatureProblem(Exception):
    """The request is refused; ``code`` is the S3 error code, e.g. ``"SignatureDoesNotMatch"``."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the code beside the text: the answer needs both."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Credentials:
    """The one key pair the server knows."""

    access_key: str
    secret_key: str

    def __repr__(self) -> str:
        """Never show the secret."""
        return f"Credentials(access_key={self.access_key!r}, secret_key=***)"


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What the signature covers: method, path and query as sent on the wire, headers by lower-case name, body."""

    method: str
    raw_path: str
    raw_query: str
    headers: Mapping[str, str]
    body: bytes


def check_signature(request: SignedRequest, credentials: Credentials) -> None:
    """Return if ``request`` was signed with ``credentials``.

    Raises:
        SignatureProblem: unsigned, unknown access key, wrong secret, or a body that is not the signed one.
    """
    found = _AUTHORIZATION.match(request.headers.get("authorization", ""))
    if found is None:
        # Presigned URLs are not accepted: nothing of ours uses them, and half a check is worse than none.
        raise SignatureProblem("AccessDenied", "the request carries no AWS4-HMAC-SHA256 Authorization header")
    if found["key"] != credentials.access_key:
        raise SignatureProblem("InvalidAccessKeyId", "the AWS access key id does not exist in our records")
    declared_digest = request.headers.get("x-amz-content-sha256", "")
    if re.fullmatch(r"[0-9a-f]{64}", declared_digest) and hashlib.sha256(request.body).hexdigest() != declared_digest:
        raise SignatureProblem(
            "XAmzContentSHA256Mismatch", "the x-amz-content-sha256 header is not the digest of the body"
        )
    names = found["headers"].split(";")
    canonical = "\n".join(
        [
            request.method,
            request.raw_path,
            _canonical_query(request.raw_query),
            *(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in names),
            "",
            found["headers"],
            declared_digest,
        ]
    )
    text = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            request.headers.get("x-amz-date", ""),
            found["scope"],
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = f"AWS4{credentials.secret_key}".encode()
    for part in found["scope"].split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    if not hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), found["signature"]):
        raise SignatureProblem(
            "SignatureDoesNotMatch", "the request signature does not match; check the secret access key"
        )


def _canonical_query(raw_query: str) -> str:
    """Sort and re-encode ``raw_query`` as the signer did, e.g. ``"list-type=2&prefix=a%2F"``."""
    if not raw_query:
        return ""
    pairs = (part.partition("=") for part in raw_query.split("&"))
    encoded = [(quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~")) for name, _, value in pairs]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))
