"""A centre and agents as processes of their own, on loopback; and what each of them said was durable."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthmon.app.configuration import Origin
from synthmon.app.tokens import change_tokens
from synthmon.store.opening import open_store
from tests.app.installation import Installation, Process, until

AGENT = ("-m", "synthmon", "agent", "--log", "json")
CENTRE = ("-m", "synthmon", "centre", "--log", "json")
REGIONS = "regions:\n  eu: {title: Frankfurt}\n  us: {title: Virginia}\n"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Patient(Process):
    """Several processes share this machine's cores."""

    deadline = 60.0


@dataclass
class Place:
    """Where one agent lives: an empty folder and its variables."""

    folder: Path
    environ: dict[str, str]

    @property
    def data(self) -> Path:
        return self.folder / ".synthmon"


@dataclass
class World:
    """`centre` are the files of the centre; `kept` the ids of runs that some agent said are durable."""

    folder: Path
    target: str
    port: int = field(default_factory=free_port)
    kept: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        home = self.folder / "centre"
        home.mkdir()
        self.centre = Installation(home, self.target, {"SYNTHMON_WEB_BIND": f"127.0.0.1:{self.port}"})
        self.centre.configure(more=REGIONS)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def origin(self) -> Origin:
        return Origin(self.centre.environ, None, self.centre.folder)

    def token(self, region: str, do: str = "add", **more: str) -> str:
        return str(change_tokens(self.origin(), None, do=do, region=region, **more)["token"])

    def revoke(self, region: str) -> None:
        change_tokens(self.origin(), None, do="revoke", region=region)

    def place(self, region: str, name: str | None = None, **environ: str) -> Place:
        """An agent's folder and its variables, with a token of its own."""
        folder = self.folder / (name or region)
        folder.mkdir(exist_ok=True)
        known = {
            "SYNTHMON_REGION": region,
            "SYNTHMON_CENTRE_URL": self.url,
            "SYNTHMON_AGENT_TOKEN": self.token(region),
        }
        return Place(folder, {**known, **environ})

    @contextmanager
    def running_centre(self) -> Iterator[Process]:
        with Patient(self.centre, CENTRE, {}) as process:
            process.wait_for("daemon.started")
            yield process

    @contextmanager
    def agent(self, place: Place, *, options: Sequence[str] = ()) -> Iterator[Process]:
        """Killed at the end if it is still there; what it said was kept is remembered."""
        with Patient(place, (*AGENT, *options), {}) as process:  # type: ignore[arg-type] # a place is all it needs
            try:
                yield process
            finally:
                self.note(process)
        self.note(process)  # the last lines come while it is being killed

    def note(self, process: Process) -> None:
        self.kept |= {str(line["run"]) for line in process.events("run.kept")}

    def ids(self) -> list[str]:
        """The runs that are in the centre's database."""
        store = open_store(self.centre.data / "synthmon.db", read_only=True)
        try:
            return [row.id for row in store.run_rows()]
        finally:
            store.close()

    def all_there(self) -> None:
        """Wait until every run that was said to be durable is in the database; each is there once."""
        until(lambda: self.kept <= set(self.ids()), 60.0)
        ids = self.ids()
        assert len(ids) == len(set(ids))


def from_region(world: World, region: str) -> list[Any]:
    store = open_store(world.centre.data / "synthmon.db", read_only=True)
    try:
        return store.run_rows(region=region)
    finally:
        store.close()
