"""Questions and answers of the domain name system as bytes (RFC 1035), as far as finding addresses needs them."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from enum import IntEnum

from synthmon.nouns import dataclass

LARGEST_NAME = 253  # characters (RFC 1035, section 2.3.4)
_LARGEST_LABEL = 63
_HEADER = struct.Struct("!6H")
_RECURSION_DESIRED, _RESPONSE, _TRUNCATED = 0x0100, 0x8000, 0x0200
_INTERNET = 1
_MOST_JUMPS = 64
_MOST_RECORDS = 512


class Kind(IntEnum):
    """Types of records."""

    A = 1
    NS = 2
    CNAME = 5
    AAAA = 28


class Code(IntEnum):
    """What a server says of a question (RFC 1035, section 4.1.1)."""

    NOERROR = 0
    FORMERR = 1
    SERVFAIL = 2
    NXDOMAIN = 3
    NOTIMP = 4
    REFUSED = 5


class Malformed(Exception):
    """Bytes that are no answer to what was asked."""


@dataclass(frozen=True, slots=True)
class Question:
    number: int  # 16 bits, not to be guessed
    name: str  # in ASCII, without the root's dot; empty for the root
    kind: Kind

    def encoded(self) -> bytes:
        """The packet; raises `ValueError` for what is no name."""
        head = _HEADER.pack(self.number, _RECURSION_DESIRED, 1, 0, 0, 0)
        return head + encoded_name(self.name) + struct.pack("!2H", self.kind, _INTERNET)


@dataclass(frozen=True, slots=True)
class Reply:
    """`code` as the server gave it, which need not be one of `Code`. `truncated`: ask again over TCP."""

    code: int
    truncated: bool
    addresses: tuple[str, ...]


def encoded_name(name: str) -> bytes:
    """Labels with their lengths; raises `ValueError`."""
    if not name:
        return b"\0"
    if len(name) > LARGEST_NAME:
        raise ValueError("a name has at most 253 characters")
    if not name.isascii():
        raise ValueError("a name on the wire is ASCII")
    labels = [label.encode("ascii") for label in name.split(".")]
    if not all(0 < len(label) <= _LARGEST_LABEL for label in labels):
        raise ValueError("a part of a name has 1 to 63 characters")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def read_reply(packet: bytes, question: Question) -> Reply:
    """What the packet answers; raises `Malformed` if it is no answer to the question, or cannot be read."""
    try:
        number, flags, asked, answers, _, _ = _HEADER.unpack_from(packet)
        if number != question.number or not flags & _RESPONSE:
            raise Malformed("the packet answers another question")
        code, truncated = flags & 0x0F, bool(flags & _TRUNCATED)
        if asked == 0 and code != Code.NOERROR:  # a server that could not even read the question
            return Reply(code, truncated, ())
        place = _check_question(packet, question, asked)
        found = () if truncated else tuple(_addresses(packet, place, min(answers, _MOST_RECORDS), question))
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise Malformed("the packet ends too early") from error
    return Reply(code, truncated, found)


def _check_question(packet: bytes, question: Question, asked: int) -> int:
    """Where the answers begin."""
    name, place = _name(packet, _HEADER.size)
    kind, network = struct.unpack_from("!2H", packet, place)
    if asked != 1 or name != question.name.lower() or (kind, network) != (question.kind, _INTERNET):
        raise Malformed("the packet repeats another question")
    return place + 4


def _addresses(packet: bytes, place: int, records: int, question: Question) -> Iterator[str]:
    """The addresses of the name asked for, by way of its aliases."""
    wanted = question.name.lower()
    for _ in range(records):
        owner, place = _name(packet, place)
        kind, network, _, length = struct.unpack_from("!2HIH", packet, place)
        place += 10
        data = packet[place : place + length]
        if len(data) != length:
            raise Malformed("a record is longer than its packet")
        if network == _INTERNET and owner == wanted:
            if kind == Kind.CNAME:
                wanted, _ = _name(packet, place)
            elif kind == question.kind and length == {Kind.A: 4, Kind.AAAA: 16}.get(kind):
                yield str(ipaddress.ip_address(data))
        place += length


def _name(packet: bytes, place: int) -> tuple[str, int]:
    """A name in lower case, and where what follows it begins; names may point backwards (section 4.1.4)."""
    labels: list[str] = []
    after: int | None = None
    for _ in range(_MOST_JUMPS):
        length = packet[place]
        if length >= 0xC0:
            after = place + 2 if after is None else after
            target = (length & 0x3F) << 8 | packet[place + 1]
            if target >= place:
                raise Malformed("a name points forwards")
            place = target
        elif length == 0:
            return ".".join(labels), place + 1 if after is None else after
        elif length > _LARGEST_LABEL:
            raise Malformed("a part of a name is too long")
        else:
            labels.append(packet[place + 1 : place + 1 + length].decode("latin-1").lower())
            place += 1 + length
    raise Malformed("a name has too many parts")
