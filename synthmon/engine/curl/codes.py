"""libcurl's codes as failures of a kind."""

from __future__ import annotations

import pycurl

from synthmon.engine.fault import Wire, broken_off, certificate_words, not_connected, timed_out, unresolved
from synthmon.model import words
from synthmon.model.run import Failure, FailureKind

_PROTOCOL = {
    pycurl.E_GOT_NOTHING: "the server closed the connection without an answer",
    pycurl.E_PARTIAL_FILE: "the answer ended before it was complete",
    pycurl.E_UNSUPPORTED_PROTOCOL: "the answer is not HTTP/1.0, 1.1 or 2",
    pycurl.E_HTTP2: "the server broke the rules of HTTP/2",
    pycurl.E_TOO_MANY_REDIRECTS: "the server kept redirecting",
    92: "the server broke off the HTTP/2 stream",
}

_TOO_LARGE = 100  # CURLE_TOO_LARGE, from libcurl's own bounds on a header

_TLS = {
    pycurl.E_SSL_CONNECT_ERROR,
    pycurl.E_PEER_FAILED_VERIFICATION,
    pycurl.E_SSL_CERTPROBLEM,
    pycurl.E_SSL_CIPHER,
    pycurl.E_SSL_ISSUER_ERROR,
    pycurl.E_SSL_INVALIDCERTSTATUS,
    pycurl.E_SSL_PINNEDPUBKEYNOTMATCH,
    98,  # CURLE_SSL_CLIENTCERT
}


def explain(code: int, text: str, os_errno: int, wire: Wire) -> Failure:
    """The failure that libcurl's code stands for; `text` is libcurl's own, which may quote the target."""
    said = words.printable(text, 200)
    if code == pycurl.E_COULDNT_CONNECT:
        return not_connected(os_errno, said, wire)
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return unresolved(wire) if wire.phase == "dns" else timed_out(wire)
    if code in _TLS:
        return Failure(FailureKind.TLS, f"no secure connection: {certificate_words(said)}", detail=said)
    if code in {pycurl.E_RECV_ERROR, pycurl.E_SEND_ERROR}:
        return broken_off(os_errno, said, wire)
    if code == pycurl.E_FTP_WEIRD_SERVER_REPLY:
        return Failure(FailureKind.PROTOCOL, f"the answer is not HTTP: {said}", detail=said)
    if code == _TOO_LARGE:
        return Failure(FailureKind.TOO_LARGE, "the answer has too large a header", detail=said)
    if code == pycurl.E_BAD_CONTENT_ENCODING:
        return Failure(FailureKind.DECODE, "the body does not decode as its Content-Encoding says", detail=said)
    if code in {pycurl.E_OUT_OF_MEMORY, pycurl.E_SSL_CACERT_BADFILE, pycurl.E_INTERFACE_FAILED}:
        return Failure(FailureKind.RESOURCE, f"this machine could not make the request: {said}")
    return Failure(FailureKind.PROTOCOL, _PROTOCOL.get(code, f"no answer that could be read: {said}"), detail=said)
