"""What libcurl says of certificates: until when the target's holds, whose a refused one is, what is wrong with ours."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pycurl

from synthmon.engine.certificate import end_of
from synthmon.engine.route import Secured
from synthmon.model import words
from synthmon.model.run import Failure, FailureKind

PATIENCE = 2.0  # seconds
_SHOWN = {
    "Subject": "for",
    "X509v3 Subject Alternative Name": "with the names",
    "Issuer": "from",
    "Start date": "valid from",
    "Expire date": "until",
}


def describe_certificate(
    failure: Failure, url: bytes, prepared: Callable[[pycurl.Curl], None], deadline: float
) -> Failure:
    """The failure with the certificate's names, issuer and dates; as it was if they cannot be had.

    They are asked for by a second handshake without verification, `prepared` like the first one. Nothing is sent over
    that connection, our own certificate included.
    """
    remaining = min(PATIENCE, deadline - time.monotonic())
    if remaining <= 0.05:
        return failure
    handle = pycurl.Curl()
    try:
        prepared(handle)
        for option, value in (
            (pycurl.URL, url),
            (pycurl.NOSIGNAL, 1),
            (pycurl.CONNECT_ONLY, 1),
            (pycurl.SSL_VERIFYPEER, 0),
            (pycurl.SSL_VERIFYHOST, 0),
            (pycurl.OPT_CERTINFO, 1),
            (pycurl.TIMEOUT_MS, int(remaining * 1000)),
        ):
            handle.setopt(option, value)
        handle.perform()
        chain = handle.getinfo(pycurl.INFO_CERTINFO)
    except pycurl.error:
        return failure
    finally:
        handle.close()
    fields = dict(chain[0]) if chain else {}
    said = [f"{label} {words.printable(fields[name], 120)}" for name, label in _SHOWN.items() if name in fields]
    expected = (
        "a certificate for this host"
        if "another host name" in failure.message
        else "a certificate that is trusted here"
    )
    return replace(failure, actual=", ".join(said) or None, expected=expected)


def certificate_until(handle: pycurl.Curl) -> datetime | None:
    """The end of the target's certificate, of a handshake that has just been made."""
    chain = handle.getinfo(pycurl.INFO_CERTINFO)
    return end_of(dict(chain[0]).get("Expire date")) if chain else None


def about_ours(failure: Failure, code: int, tls: Secured) -> Failure:
    """The failure, told as one of our own certificate if that is what it is about; `code` is libcurl's."""
    if tls.certificate is None:
        return failure
    if code in _UNUSABLE:
        message = "the client certificate and its key cannot be used: are they PEM, whole, without a password, a pair?"
        return Failure(FailureKind.SECRET, message, detail="client_certificate")
    said = (failure.detail or "").lower()
    if " alert " not in said and code != _REQUIRED:
        return failure
    for sign, word in _OVER.items():
        if sign in said:
            message = f"the server refuses our client certificate, which {word}"
            return Failure(FailureKind.SECRET, message, actual=word, detail=f"client_certificate_{word.split()[-1]}")
    if code == _REQUIRED or any(sign in said for sign in _REFUSALS):
        return replace(failure, message="the server refuses our client certificate", actual=failure.detail)
    return failure


_UNUSABLE = frozenset({pycurl.E_SSL_CERTPROBLEM, pycurl.E_BAD_FUNCTION_ARGUMENT})  # the latter for keys
_REQUIRED = 98  # CURLE_SSL_CLIENTCERT
_OVER = {"certificate expired": "has expired", "certificate revoked": "was revoked"}
_REFUSALS = (
    "unknown ca",
    "bad certificate",
    "certificate unknown",
    "unsupported certificate",
    "access denied",
    "decrypt error",
    "certificate required",
)
