"""A container as podman runs it: started with what the documentation tells an operator to give it, asked, ended."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests.image.tools import CommandFailed, run

DEADLINE = 300.0  # seconds; the machine may be busy
GRACE = 60  # seconds between SIGTERM and SIGKILL, as the documentation asks for
# As the documentation tells an operator; podman would make /run and /var/tmp writable by itself, Docker does not.
HARDENED = (
    "--read-only",
    "--read-only-tmpfs=false",
    "--tmpfs=/tmp",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--memory=256m",
)
Answer = TypeVar("Answer")


def until(ask: Callable[[], Answer], what: str) -> Answer:
    """The first answer that is true; raises AssertionError naming `what` after the deadline."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if answer := ask():
            return answer
        time.sleep(0.2)
    raise AssertionError(f"not within {DEADLINE:g} s: {what}")


class Container:
    """A running container, by its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def run(self, *command: str, check: bool = True) -> str:
        """What a command inside prints."""
        return run("podman", "exec", self.name, *command, check=check).stdout

    def python(self, source: str) -> str:
        return self.run("python", "-c", source).strip()

    def found(self, *tests: str) -> list[str]:
        """The paths in the image, seen with root's eyes, of which every test of `find` is true."""
        seen = ("/", "-xdev", "-not", "-path", "/proc/*", "-not", "-path", "/dev/*")
        return run("podman", "exec", "--user=0", self.name, "find", *seen, *tests).stdout.split()

    def healthy(self) -> bool:
        """Asked as its own health check asks."""
        return run("podman", "healthcheck", "run", self.name, check=False).returncode == 0

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(run("podman", "inspect", self.name).stdout)[0]["State"]
        return state

    def logs(self) -> str:
        """Both streams of everything it said."""
        done = run("podman", "logs", self.name)
        return done.stdout + done.stderr

    def events(self) -> list[dict[str, Any]]:
        """The lines of its log that are JSON."""
        return [json.loads(line) for line in self.logs().splitlines() if line.startswith("{")]

    def stop(self) -> int:
        """SIGTERM; the code that it ended with, which is 137 if it did not end within the grace."""
        run("podman", "stop", "--time", str(GRACE), self.name, timeout=GRACE + 30)
        return int(self.state()["ExitCode"])

    def kill(self) -> None:
        run("podman", "kill", "--signal=KILL", self.name)
        until(lambda: not self.state()["Running"], f"{self.name} is killed")

    def start(self) -> None:
        run("podman", "start", self.name)

    def wait(self) -> int:
        """The code that it ends with by itself."""
        return int(run("podman", "wait", self.name, timeout=DEADLINE).stdout)


@contextmanager
def container(image: str, *options: str, command: Sequence[str] = ()) -> Iterator[Container]:
    """Start one, hardened unless `options` say how; it and its volumes are gone afterwards. Its log is in a failure."""
    name = f"synthmon-{uuid.uuid4().hex[:12]}"
    try:
        run("podman", "run", "--detach", f"--name={name}", "--pull=never", *options, image, *command)
        yield Container(name)
    except (AssertionError, CommandFailed) as error:
        said = run("podman", "logs", name, check=False)
        error.add_note(f"the log of {name}:\n{(said.stdout + said.stderr)[-6000:]}")
        raise
    finally:
        run("podman", "rm", "--force", "--volumes", "--time=0", name, check=False)


@contextmanager
def network() -> Iterator[str]:
    """A network of its own, in which containers find each other by name, without a way out."""
    name = f"synthmon-{uuid.uuid4().hex[:12]}"
    run("podman", "network", "create", name)
    try:
        yield name
    finally:
        run("podman", "network", "rm", "--force", name, check=False)


def mounted(path: Path, inside: str) -> str:
    """The option that shows a file or folder inside, read-only; everybody may read it."""
    for each in [path, *path.rglob("*")]:
        each.chmod(0o755 if each.is_dir() else 0o444)
    return f"--volume={path}:{inside}:ro"
