"""Whom this machine trusts to vouch for others."""

from __future__ import annotations

import os
import ssl
from importlib import import_module
from pathlib import Path

_DEBIANS = "/etc/ssl/certs/ca-certificates.crt"


def trusted_certificates() -> str:
    """The machine's bundle of trusted authorities, where it has one; certifi's otherwise."""
    paths = ssl.get_default_verify_paths()
    for candidate in (os.environ.get("SSL_CERT_FILE"), paths.cafile, _DEBIANS):
        if candidate and Path(candidate).is_file():
            return candidate
    return str(import_module("certifi").where())  # a tenth of what a process that runs one probe takes to start


def as_it_is(path: str) -> tuple[int, int] | None:
    """What tells a bundle from what the same file held before; None where it cannot be looked at."""
    try:
        return looked_at(path)
    except OSError:
        return None


def looked_at(path: str) -> tuple[int, int]:
    """The same. Raises `OSError`. For each connection, so without a `Path`, which takes twice as long as the look."""
    known = os.stat(path)  # noqa: PTH116
    return known.st_mtime_ns, known.st_size
