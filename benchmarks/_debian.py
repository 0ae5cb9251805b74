"""Fetches a program of Debian with all that it needs into one folder, of a suite that the machine need not have.

apt does it, with lists, a state and a cache of its own below that folder: it resolves what is needed, down to the C
library, and holds each file against the signed list of the suite. Nothing is installed. What lies there is started by
the loader that came with it, so that it meets the libraries that it was built for. The address of the mirror is the
one that this machine's own sources name.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

SUITE = "forky"  # Debian's after 13, the first with a package of Hurl
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PATIENCE = 300  # seconds for one command


class Unobtainable(Exception):
    """It cannot be had on this machine; the message says why."""


def run(command: Sequence[str], folder: Path, patience: float = PATIENCE) -> str:
    """What the command prints. Raises Unobtainable with what it complained of."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=patience, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unobtainable(str(error)) from error
    if done.returncode:
        why = (done.stderr.strip() or done.stdout.strip())[-400:]
        raise Unobtainable(f"{' '.join(command[:3])}: {why or f'exit code {done.returncode}'}")
    return done.stdout


def fetch(name: str, into: Path) -> None:
    """That package and all that it depends on, unpacked into the folder. Raises Unobtainable."""
    mirror = _mirror(into)
    own = into / "apt"
    for below in ("state/lists/partial", "cache/archives/partial"):
        (own / below).mkdir(parents=True)
    (own / "status").touch()  # nothing is installed, as far as this apt knows: so it fetches the C library too
    signed = f"[signed-by={KEYRING}] " if KEYRING.is_file() else ""
    (own / "sources.list").write_text(f"deb {signed}{mirror} {SUITE} main\n")
    apt = ("apt-get", "--quiet", *_asked(own))
    run((*apt, "update"), into)
    run((*apt, "install", "--yes", "--download-only", "--no-install-recommends", name), into)
    for package in sorted((own / "cache" / "archives").glob("*.deb")):
        run(("dpkg-deb", "-x", str(package), "."), into)
    shutil.rmtree(own)


def _mirror(folder: Path) -> str:
    asked = ("Identifier: Packages", "Origin: Debian", "Label: Debian")
    told = run(("apt-get", "indextargets", "--format", "$(REPO_URI)", *asked), folder).split()
    if not told:
        raise Unobtainable("apt here knows no mirror of Debian; where it should, `apt-get update` was never run")
    return told[0]


def _asked(own: Path) -> list[str]:
    set_to = {
        "Dir::State": own / "state",
        "Dir::State::status": own / "status",
        "Dir::Cache": own / "cache",
        "Dir::Etc::sourcelist": own / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
    }
    return [f"-o{name}={value}" for name, value in set_to.items()]


def started(program: str, home: Path) -> tuple[str, ...]:
    """The words that start it: by the loader in its folder, if it came with one."""
    loaders = sorted(home.glob("usr/lib/*/ld-linux*.so.*"))
    if not loaders or not Path(program).is_relative_to(home):
        return (program,)
    return (str(loaders[0]), "--library-path", str(loaders[0].parent), program)
