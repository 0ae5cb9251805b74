"""HTTP to what runs on this machine: a client that reads no certificates, which takes longer than to ask."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


def client(url: str, timeout: float) -> httpx.Client:
    """For that address; over plain HTTP nothing is there to be proven, over TLS the usual certificates are read."""
    if url.lower().startswith("https:"):
        return httpx.Client(trust_env=False, timeout=timeout)
    return httpx.Client(trust_env=False, timeout=timeout, verify=_trusts_nobody())


@cache
def _trusts_nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
