"""Killed at any moment: nothing acknowledged is lost, nothing is there twice, nothing is there in half."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_fifty_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    soak = [sys.executable, "-m", "tests.soak.kill", "--kills", "50", "--seed", "11", "--folder", str(tmp_path)]
    found = subprocess.run(soak, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (0, "") == (found.returncode, found.stderr), found.stdout
    assert found.stdout.startswith("50 kills")
