"""buildah, podman and their like, as tests call them: settings of their own, and what they said when they refuse."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

NEEDED = ("buildah", "podman", "runc", "debootstrap", "iptables")
# runc with cgroupfs asks for no systemd; podman's own limits may be higher than the machine's.
_SETTINGS = """\
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
"""


class CommandFailed(Exception):
    """A command ended otherwise than well; the message holds its words."""


def missing() -> str:
    """Why no image can be built here, or nothing."""
    absent = [
        name for name in NEEDED if shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is None
    ]
    if absent:
        return f"{', '.join(absent)} is not installed (apt-get install {' '.join(NEEDED)} netavark aardvark-dns)"
    return "" if os.geteuid() == 0 else "building and running images here needs root"


@cache
def _beside() -> Path:
    """The folder in which commands run: what watches a container leaves a file `oom` where it was started."""
    folder = Path(tempfile.gettempdir()) / f"synthmon-containers-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    return folder


@cache
def _environment() -> dict[str, str]:
    path = Path(tempfile.gettempdir()) / f"synthmon-containers-{os.getuid()}.conf"
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(_SETTINGS, "utf-8")
    draft.replace(path)
    return {**os.environ, "CONTAINERS_CONF": str(path), "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}


def run(
    *command: str, check: bool = True, timeout: float = 60, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """The finished command; raises `CommandFailed` when it must end well and does not. Its paths are absolute.

    Output goes to files, not to pipes: what a container starts in the background may hold a pipe open for ever.
    """
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complained:
        done = subprocess.run(
            command,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            stdout=said,
            stderr=complained,
            text=True,
            check=False,
            timeout=timeout,
            cwd=_beside(),
            env=_environment(),
        )
        said.seek(0)
        complained.seek(0)
        done.stdout, done.stderr = said.read(), complained.read()
    if check and done.returncode != 0:
        raise CommandFailed(
            f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-4000:]}{done.stdout[-1000:]}"
        )
    return done
