"""A client for what runs on this machine reads no certificates, and one for TLS does."""

from __future__ import annotations

import ssl

import pytest

from synthmon import loopback


def test_certificates_are_read_for_tls_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    real = ssl.create_default_context

    def context(*given: object, **named: object) -> ssl.SSLContext:
        read.append("certificates")
        return real(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(ssl, "create_default_context", context)
    loopback.client("http://127.0.0.1:1", 1.0).close()
    assert [] == read
    loopback.client("https://127.0.0.1:1", 1.0).close()
    assert ["certificates"] == read
