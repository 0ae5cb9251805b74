"""PostgreSQL for tests: one server for a whole run, shared by its workers, and a new database for each test.

postgres_url       the address of a database with the tables that this version needs
postgres_empty     the address of an empty database
postgres_private   a server of the test's own, which may be frozen, stopped and filled up
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO

import psycopg
import pytest

from synthmon.store import migrate
from tests.postgres_emptying import is_as_new
from tests.postgres_server import ANSWER, SUPERUSER, USERS, Server, Unavailable

ROOT = Path(__file__).parents[1]
_PATIENCE = 120.0  # seconds
_number = count(1)


@dataclass(frozen=True, slots=True)
class Shared:
    """The server of this run of tests."""

    folder: Path
    port: int
    password: str
    pid: int

    def url(self, database: str = "postgres", *, port: int | None = None, user: str = SUPERUSER) -> str:
        """The address as SYNTHMON_DATABASE_URL takes it; `port` may be that of a proxy in between."""
        return f"postgresql+psycopg://{user}:{self.password}@127.0.0.1:{port or self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """The superuser's own connection, beside whatever is tested; each statement commits."""
        return psycopg.connect(self.url(database).replace("+psycopg", ""), autocommit=True, connect_timeout=30)

    def create(self, template: str = "template0") -> str:
        """The name of a new database."""
        name = f"test_{os.getpid()}_{next(_number)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, database: str) -> None:
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Shared]:
    """The server that all workers of this run share; it stops once the last of them has ended."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    folder = Path(tempfile.gettempdir()) / f"synthmon-postgres-{os.getuid()}-{run}"
    users = _enter(folder)
    try:
        with _alone(folder):
            answer = _answer(folder) or _start(folder)
        if "unavailable" in answer:
            pytest.skip(f"no PostgreSQL here: {answer['unavailable']}")
        yield Shared(folder, int(answer["port"]), answer["password"], int(answer["pid"]))
    finally:
        users.close()


@pytest.fixture
def postgres_empty(postgres_server: Shared) -> Iterator[str]:
    """The address of a database without any tables."""
    name = postgres_server.create()
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture(scope="session")
def _template(postgres_server: Shared) -> str:
    """The name of a migrated database, made once for all workers; databases for tests are copies of it."""
    name, making = "synthmon_template", "template_in_the_making"
    with _alone(postgres_server.folder), postgres_server.connect() as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
            connection.execute(f"CREATE DATABASE {making} TEMPLATE template0")
            migrate.upgrade(postgres_server.url(making))
            connection.execute(f"ALTER DATABASE {making} RENAME TO {name}")
    return name


@pytest.fixture(scope="session")
def _spare(postgres_server: Shared) -> Iterator[list[str]]:
    """Databases of this worker that tests left as they were: emptied, which costs a tenth of making one."""
    names: list[str] = []
    yield names
    for name in names:
        postgres_server.drop(name)


@pytest.fixture
def postgres_url(postgres_server: Shared, _template: str, _spare: list[str]) -> Iterator[str]:
    """The address of a database with the tables that this version needs, and nothing in them."""
    name = _spare.pop() if _spare else postgres_server.create(_template)
    yield postgres_server.url(name)
    if is_as_new(postgres_server, name, _template):
        _spare.append(name)
    else:
        postgres_server.drop(name)


@pytest.fixture
def postgres_private() -> Iterator[Server]:
    """A server of this test's own. It starts within two seconds or so: only where the shared one would suffer."""
    with private_server() as server:
        yield server


@contextmanager
def private_server(**settings: str) -> Iterator[Server]:
    """A server with the settings given, in a folder of its own, until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="synthmon-postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = Server(Path(folder), **settings)
        try:
            server.make()
            server.start()
        except Unavailable as error:
            pytest.skip(f"no PostgreSQL here: {error}")
        try:
            yield server
        finally:
            server.stop()


def _enter(folder: Path) -> IO[str]:
    """Hold the folder's lock of users; whoever cleans up holds it alone, and removes the file that it is on."""
    while True:
        with suppress(FileExistsError):
            folder.mkdir(mode=0o755)
        try:
            users = (folder / USERS).open("a+")
        except FileNotFoundError:  # cleaned up just now
            continue
        fcntl.flock(users, fcntl.LOCK_SH)
        if (folder / USERS).exists() and (folder / USERS).stat().st_ino == os.fstat(users.fileno()).st_ino:
            return users
        users.close()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "start.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _answer(folder: Path) -> dict[str, str] | None:
    try:
        found: dict[str, str] = json.loads((folder / ANSWER).read_text())
    except FileNotFoundError:
        return None
    return found


def _start(folder: Path) -> dict[str, str]:
    """Have a process of its own start the server: it outlives this worker if others still need it."""
    with (folder / "keeper.log").open("ab") as log:
        keeper = [sys.executable, "-m", "tests.postgres_server", str(folder)]
        subprocess.run(keeper, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if answer := _answer(folder):
            return answer
        time.sleep(0.02)
    return {"unavailable": f"the server did not start in time: {(folder / 'keeper.log').read_text()}"}
