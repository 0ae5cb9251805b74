"""Fetches the tools that synthmon is measured beside, from npm, PyPI and Debian, into one folder.

Each gets a folder of its own below it, so that one that cannot be had takes no other with it; nothing is installed
outside. Scripts of npm packages are not run: what they would fetch from elsewhere (a browser, for Artillery) is not
needed to send requests.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks._figures import ABSENT

HOME = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "synthmon-peers"
NPM = ("newman", "stepci", "artillery")
PYPI = {"tavern": ("tavern", "pytest<9"), "requests": ("requests", "pytest"), "locust": ("locust",)}
DEBIAN = ("prometheus-blackbox-exporter",)
NOT_TO_BE_HAD = {
    "hurl": "its npm package is a script that downloads the program from elsewhere; Debian 12 and PyPI have none",
}
"""Measured too where it is on the PATH."""
PATIENCE = 900  # seconds for one of them


def install(peers: Path) -> dict[str, str]:
    """Fetch what is not there yet; what became of each. What failed leaves nothing behind."""
    peers.mkdir(parents=True, exist_ok=True)
    told = {name: _got(peers / name, [_npm(name)]) for name in NPM}
    for name, packages in PYPI.items():
        into = peers / name
        told[name] = _got(into, [(sys.executable, "-m", "venv", "."), ("bin/pip", "install", "--quiet", *packages)])
    for name in DEBIAN:
        unpack = ("sh", "-c", "dpkg-deb -x ./*.deb . && rm ./*.deb")
        told[name] = _got(peers / name, [("apt-get", "download", "--quiet", name), unpack])
    return told | {name: f"{ABSENT}: {why}" for name, why in NOT_TO_BE_HAD.items() if shutil.which(name) is None}


def _npm(name: str) -> tuple[str, ...]:
    return ("npm", "install", "--prefix", ".", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", name)


def _got(into: Path, commands: Sequence[Sequence[str]]) -> str:
    if into.is_dir():
        return version(into) or "there"
    into.mkdir()
    for command in commands:
        try:
            done = subprocess.run(command, cwd=into, capture_output=True, text=True, timeout=PATIENCE, check=False)
            why = (done.stderr.strip() or done.stdout.strip())[-400:] if done.returncode else ""
        except (OSError, subprocess.TimeoutExpired) as error:
            why = str(error)
        if why:
            shutil.rmtree(into)
            return f"{ABSENT}: {' '.join(command[:3])}: {why}"
    return version(into) or "there"


def folders(home: Path) -> list[Path]:
    """Where programs lie below the folder of one tool."""
    return [home / "node_modules" / ".bin", home / "bin", home / "usr" / "bin"]


def version(home: Path) -> str:
    """Of what lies in the folder of one tool, as its package says; empty if that is not there."""
    if (package := home / "node_modules" / home.name / "package.json").is_file():
        return str(json.loads(package.read_text(encoding="utf-8"))["version"])
    for told in home.glob(f"lib/python*/site-packages/{home.name}-*.dist-info"):
        return told.name.removeprefix(f"{home.name}-").removesuffix(".dist-info")
    program = home / "usr" / "bin" / home.name
    return version_told(program) if program.is_file() else ""


def version_told(program: Path | str) -> str:
    """What the program says of itself; empty where it says no number."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=60)
    found = re.search(r"\d+\.\d+(?:\.\d+)*", done.stdout + done.stderr)
    return found[0] if found else ""
