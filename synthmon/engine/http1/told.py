"""What is wrong with an answer as HTTP/1.1, in the words in which libcurl's codes are told (see `fault`)."""

from __future__ import annotations

from synthmon.model import words
from synthmon.model.run import Failure, FailureKind

_LONGEST = 255  # bytes of one of libcurl's messages


def not_http(text: str) -> Failure:
    said = words.printable(text[:_LONGEST], 200)
    return Failure(FailureKind.PROTOCOL, f"the answer is not HTTP: {said}", detail=said)


def of_another_version(text: str) -> Failure:
    return Failure(FailureKind.PROTOCOL, "the answer is not HTTP/1.0, 1.1 or 2", detail=text)


def too_large(text: str) -> Failure:
    return Failure(FailureKind.TOO_LARGE, "the answer has too large a header", detail=text)


def broke_off(text: str) -> Failure:
    return Failure(FailureKind.PROTOCOL, "the exchange broke off while the answer was read", detail=text)


def unreadable(text: bytes) -> Failure:
    said = words.printable(text[:_LONGEST].decode("utf-8", "replace"), 200)
    return Failure(FailureKind.DECODE, "the body does not decode as its Content-Encoding says", detail=said)


def unanswered(text: str = "Empty reply from server") -> Failure:
    return Failure(FailureKind.PROTOCOL, "the server closed the connection without an answer", detail=text)


def incomplete(text: str) -> Failure:
    return Failure(FailureKind.PROTOCOL, "the answer ended before it was complete", detail=text)
