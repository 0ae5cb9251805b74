"""Bytecode for synthmon as pip writes it when it installs: a checkout has none where Python may not write any."""

from __future__ import annotations

import compileall
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def compile_as_installed() -> None:
    """Without it every process would compile two hundred files anew, which no installation does."""
    for part in ("synthmon", "migrations"):
        compileall.compile_dir(ROOT / part, quiet=2)
