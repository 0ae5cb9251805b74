"""How much of a target's answer is taken, and how long each part of it may last."""

from __future__ import annotations

from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes, counts and seconds. Beyond them an exchange is broken off: what a target sends is hostile until bounded.

    `lookup` is for names that synthmon looks up itself. `connect` covers name lookup and TCP;
    `secure` covers them and the TLS handshake.
    """

    lookup: float = 2.0
    connect: float = 3.0
    secure: float = 5.0
    header_bytes: int = 64 * 1024
    header_fields: int = 200
    interim: int = 20  # answers of status 1xx before the real one
    wire_bytes: int = 4 * 1024 * 1024
    body_bytes: int = 8 * 1024 * 1024  # after decoding
    ratio: int = 200  # of decoded bytes to bytes on the wire, from 1 MiB on
