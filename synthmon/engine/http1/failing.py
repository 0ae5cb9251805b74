"""What a failure of TLS over our own sockets means, in the words in which libcurl's are told."""

from __future__ import annotations

import ssl

from synthmon.engine.fault import Wire, broken_off, certificate_words
from synthmon.model import words
from synthmon.model.run import Failure, FailureKind

_OTHER_NAME = frozenset({62, 64})  # X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH


def not_secured(error: OSError) -> Failure:
    """A handshake that failed."""
    said = words.printable(_said(error), 200)
    return Failure(FailureKind.TLS, f"no secure connection: {certificate_words(said)}", detail=said)


def broken_below(error: ssl.SSLError, wire: Wire) -> Failure:
    """A connection whose TLS broke after the handshake."""
    return broken_off(0, words.printable(f"OpenSSL SSL_read: SSL routines::{_reason(error)}", 200), wire)


def unprepared(error: OSError | ValueError, whence: str) -> Failure:
    """TLS cannot be spoken at all: the authorities that are to be trusted cannot be read, `whence` they are."""
    said = _reason(error) if isinstance(error, ssl.SSLError) else getattr(error, "strerror", None) or str(error)
    text = words.printable(f"the trusted authorities of {whence} cannot be read: {said}", 200)
    return Failure(FailureKind.RESOURCE, f"this machine could not make the request: {text}")


def _said(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _OTHER_NAME:
            return "SSL: no alternative certificate subject name matches the target's"
        return f"SSL certificate problem: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS connect error: SSL routines::{_reason(error)}"
    return f"Recv failure: {error.strerror or error}"


def _reason(error: ssl.SSLError) -> str:
    """OpenSSL's own words, which Python writes in capitals."""
    if isinstance(error, ssl.SSLEOFError):
        return "unexpected eof while reading"
    return (error.reason or str(error)).lower().replace("_", " ").replace("sslv3 alert", "ssl/tls alert")
