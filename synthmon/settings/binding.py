"""Addresses to listen on, as `synthmon.yaml` and the environment write them."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from synthmon.patterns import regular
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.base import refuse
from synthmon.probefile.format.marks import BeforeValidator, WithJsonSchema
from synthmon.probefile.format.scalars import text

_ADDRESS = regular(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?\]):[0-9]{1,5}\Z")


def parse_bind(written: str) -> tuple[str, int]:
    """Host and port of `127.0.0.1:8420` or `[::1]:8420`; raises `ValueError`."""
    if not _ADDRESS.match(written):
        raise ValueError("an address is a host and a port")
    parts = urlsplit(f"//{written}")
    if not parts.hostname or parts.port is None:
        raise ValueError("an address is a host and a port")
    return parts.hostname, parts.port


def _bind(value: object) -> str:
    written = text(value)
    try:
        parse_bind(written)
    except ValueError:
        raise refuse("bind", f"{quoted(written)} is not an address to bind to", "write 127.0.0.1:8420") from None
    return written


Bind = Annotated[str, BeforeValidator(_bind), WithJsonSchema({"type": "string", "examples": ["127.0.0.1:8420"]})]
