"""The parts of an installation as real processes: a centre, and agents and workers of its region."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore
from tests.app.installation import FRESH, PROBE, SYNTHMON, Process, Target
from tests.forked import answer

REGION = "eu-west"
CONFIGURATION = """\
synthmon_config: 1
environment: test
regions: {eu-west: {}}
web: {bind: "127.0.0.1:0"}
"""


@dataclass
class Part:
    """As much of an installation as a process needs: where it stands and its environment."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)


class Parts:
    """Everything below one folder; each part keeps its data directory when it is started again."""

    def __init__(self, folder: Path, target: Target) -> None:
        self._held = ExitStack()
        self._folder, self._target = folder, target
        self.centre_at = folder / "centre"
        (self.centre_at / "probes").mkdir(parents=True)
        (self.centre_at / "synthmon.yaml").write_text(CONFIGURATION)
        self.token = ""
        self.url = ""

    def probe(self, name: str, path: str = "/ok", **values: str) -> None:
        said = {"interval": "1s", "timeout": "1s", "url": self._target.url, **values}
        (self.centre_at / "probes" / f"{name}.yaml").write_text(PROBE.format(name=name, path=path, **said))

    def up(self, **environ: str) -> Process:
        """Centre and agent in one."""
        return self._listening(self._process(Part(self.centre_at, environ), "up"))

    def centre(self) -> Process:
        """Started, at the address of before if it was; its first start makes the token of the region."""
        if self.url:
            bind = self.url.removeprefix("http://")
            (self.centre_at / "synthmon.yaml").write_text(CONFIGURATION.replace("127.0.0.1:0", bind))
        return self._listening(self._process(Part(self.centre_at), "centre"))

    def _listening(self, process: Process) -> Process:
        self.url = str(process.wait_for("daemon.started")["url"])
        if not self.token:
            self.token = self._say("agents", "add", REGION)
        return process

    def agent(self, name: str, **environ: str) -> Process:
        return self._process(self._part(name, environ), "agent")

    def worker(self, name: str, **environ: str) -> Process:
        return self._process(self._part(name, environ), "worker", "--concurrency", "4")

    def fresh_worker(self, name: str, **environ: str) -> Process:
        """One that loads everything itself."""
        return self._process(self._part(name, environ), "worker", start=FRESH)

    def _part(self, name: str, environ: dict[str, str]) -> Part:
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        given = {
            "SYNTHMON_REGION": REGION,
            "SYNTHMON_CENTRE_URL": self.url,
            "SYNTHMON_AGENT_TOKEN": self.token,
            **environ,
        }
        return Part(folder, given)

    def _process(self, part: Part, *words: str, start: tuple[str, ...] = SYNTHMON) -> Process:
        command = (*start, *words, "--log", "json")
        return self._held.enter_context(Process(part, command, {}))  # type: ignore[arg-type]

    def _say(self, *words: str) -> str:
        said = answer(*words, folder=self.centre_at, environ={})
        said.check_returncode()
        return said.stdout.strip()

    def store(self) -> SqlStore:
        return self._held.enter_context(
            Closing(open_store(self.centre_at / ".synthmon" / "synthmon.db", read_only=True))
        )

    def present(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self._say("agents", "list", "--json"))["agents"]
        return found

    def close(self) -> None:
        self._held.close()


class Closing:
    """A store, closed at the end."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def __enter__(self) -> SqlStore:
        return self._store

    def __exit__(self, *_: object) -> None:
        self._store.close()
