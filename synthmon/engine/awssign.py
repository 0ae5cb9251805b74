"""AWS Signature Version 4, by botocore: which headers a request needs besides its own."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from synthmon.nouns import dataclass

if TYPE_CHECKING:
    import httpx

_SIGNED = frozenset({"host", "content-type", "date"})
"""Headers that are signed if they are there, besides those of AWS; others may be changed on the way."""


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """Credentials, revealed, and where they are meant to be used; an empty token is none."""

    key_id: str
    secret: str
    token: str
    region: str
    service: str


class _At(SigV4Auth):  # type: ignore[misc]
    """With the instant given from outside, and paths of S3 as they are: its keys may hold `//` and `..`."""

    def at(self, request: AWSRequest, instant: datetime) -> str:
        """The value of the Authorization header; the date is put onto the request."""
        request.context["timestamp"] = instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        self._modify_request_before_signing(request)
        to_sign = self.string_to_sign(request, self.canonical_request(request))
        self._inject_signature_to_request(request, self.signature(to_sign, request))
        return str(request.headers["Authorization"])

    def _normalize_url_path(self, path: str) -> str:
        if self._service_name == "s3":
            return path
        return str(super()._normalize_url_path(path))


def signature(request: httpx.Request, signer: Signer, at: datetime) -> list[tuple[str, str]]:
    """The headers to add, in the order in which they should be."""
    body = request.read()
    signed = [
        (name.lower(), value)
        for name, value in request.headers.items()
        if name.lower() in _SIGNED or name.lower().startswith("x-amz-")
    ]
    digest = [("X-Amz-Content-SHA256", hashlib.sha256(body).hexdigest())] if signer.service == "s3" else []
    theirs: Any = AWSRequest(request.method, str(request.url), headers=dict([*signed, *digest]), data=body)
    credentials = Credentials(signer.key_id, signer.secret, signer.token or None)
    value = _At(credentials, signer.service, signer.region).at(theirs, at)
    dated = [(name, theirs.headers[name]) for name in ("X-Amz-Date", "Date") if name in theirs.headers]
    token = [("X-Amz-Security-Token", signer.token)] if signer.token else []
    return [*digest, *dated, *token, ("Authorization", value)]
