"""Whom a machine trusts: by its own bundle where it has one, by certifi's where it has none."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path

import pytest

from synthmon.engine import trusted


def test_the_machines_own_bundle_comes_first_and_no_other_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "ours.pem"
    bundle.touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    monkeypatch.delitem(sys.modules, "certifi", raising=False)
    assert trusted.trusted_certificates() == str(bundle)
    assert "certifi" not in sys.modules


def test_where_the_machine_has_none_certifis_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    none = str(tmp_path / "none.pem")
    monkeypatch.setenv("SSL_CERT_FILE", none)
    monkeypatch.setattr(trusted, "_DEBIANS", none)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: ssl.DefaultVerifyPaths(none, none, "", none, "", ""))
    found = trusted.trusted_certificates()
    assert "BEGIN CERTIFICATE" in Path(found).read_text()
    assert Path(found).parent.name == "certifi"
