"""A PostgreSQL server for a benchmark: its own, in a temporary folder, which syncs every commit as a real one does."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from synthmon.store import migrate
from tests.postgres_server import Server, Unavailable

# What a small server of one's own would be given; the rest is as PostgreSQL comes.
SETTINGS = {"fsync": "on", "shared_buffers": "256MB", "max_wal_size": "1GB"}


@contextmanager
def postgres(folder: Path | None = None) -> Iterator[Server | None]:
    """A server whose database has our tables; None where there are no binaries of one."""
    with tempfile.TemporaryDirectory(prefix="synthmon-postgres-", dir=folder, ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        server = Server(Path(name), **SETTINGS)
        try:
            server.make()
            server.start()
        except Unavailable:
            yield None
            return
        try:
            migrate.upgrade(server.url())
            yield server
        finally:
            server.stop()


def processor_seconds(pid: int) -> float:
    """What a process has had of the processor, to the nanosecond; of one that has ended, nothing."""
    with contextlib.suppress(OSError):
        return (
            sum(int((thread / "schedstat").read_text().split()[0]) for thread in Path(f"/proc/{pid}/task").iterdir())
            / 1e9
        )
    return 0.0


def used_by(server: Server) -> dict[int, float]:
    """The same for the server and each of its processes; what ended in between is not in the difference of two."""
    return {pid: processor_seconds(pid) for pid in server.processes()}


def difference(before: dict[int, float], after: dict[int, float]) -> float:
    return sum(max(0.0, seconds - before.get(pid, 0.0)) for pid, seconds in after.items())
