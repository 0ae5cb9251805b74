"""A whole installation as real processes: PostgreSQL, centres, an agent in each region, and relays on every line."""

from __future__ import annotations

import json
import random
import socket
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from synthmon.demo.relay import Line, Relay, Weather
from tests.chaos.checker import Bounds, Findings, check
from tests.chaos.outside import HOST, Pager, Run, Server, Shops, Witness
from tests.chaos.role import Role, until
from tests.forked import answer
from tests.postgres_server import Server as Postgres

DATABASE = "synthmon"
READY_WITHIN = 120.0  # seconds; many processes start at once, on few cores

CONFIGURATION = """\
synthmon_config: 1
environment: chaos
probes: probes
regions: {regions}
channels:
  pager: {{webhook: {{url: "{pager}/pager"}}}}
routes:
  - notify: [pager]
"""
PROBE = """\
synthmon: 1
name: {name}
interval: {interval}s
timeout: {timeout}s
base_url: {shop}
steps:
  - id: open
    name: Open the shop
    request: GET /{name}
    expect: {{status: 200}}
alerts:
  - when: {{failures: 2}}
    severity: page
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the installation is; `interval` and `timeout` of each probe in whole seconds."""

    probes: int = 6
    interval: int = 5
    timeout: int = 2
    centres: int = 2
    regions: tuple[str, ...] = ("east", "west", "south")

    @property
    def bound(self) -> float:
        """From an outage in all regions to its page, all being well: an interval, three timeouts, seven seconds."""
        return self.interval + 3 * self.timeout + 7


@dataclass(slots=True)
class Place:
    """A region: its agent, what its agent is told, and the lines from it to each centre."""

    agent: Role
    witness: Witness
    lines: list[Relay] = field(default_factory=list)

    def weather(self, weather: Weather) -> None:
        for line in self.lines:
            line.weather = weather


class Cluster:
    """A context manager: inside it everything runs and has been heard of."""

    def __init__(self, size: Size, seed: int) -> None:
        self.size, self.chance = size, random.Random(seed)
        self.shops, self.pager = Shops(), Pager(seed)
        self.centres: list[Role] = []
        self.database_lines: list[Relay] = []
        self.places: dict[str, Place] = {}
        self._stack = ExitStack()
        self._ports = [_free_port() for _ in range(size.centres)]
        self.probes = [f"shop-{number:03}" for number in range(size.probes)]

    def __enter__(self) -> Cluster:
        with ExitStack() as stack:
            self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="synthmon-chaos-")))
            self.folder.chmod(0o755)
            self.postgres = Postgres(self.folder / "postgres", fsync="on")
            (self.folder / "postgres").mkdir()
            self.postgres.make()
            self.postgres.start()
            stack.callback(self.postgres.stop)
            with self.postgres.connect() as connection:
                connection.execute(f"CREATE DATABASE {DATABASE}")
            self._shop = stack.enter_context(Server(self.shops.site)).url
            self._pager = stack.enter_context(Server(self.pager.site)).url
            self._declare()
            self._make_centres(stack)
            self._make_agents(stack)
            self._stack = stack.pop_all()
        try:
            self._wait_until_heard()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for role in self.roles:
            role.kill()
        self._stack.close()

    @property
    def roles(self) -> list[Role]:
        return [*self.centres, *(place.agent for place in self.places.values())]

    # Making

    def _declare(self) -> None:
        folder = self.folder / "declared"
        (folder / "probes").mkdir(parents=True)
        regions = json.dumps({name: {} for name in self.size.regions})
        (folder / "synthmon.yaml").write_text(CONFIGURATION.format(regions=regions, pager=self._pager))
        for name in self.probes:
            said = PROBE.format(name=name, interval=self.size.interval, timeout=self.size.timeout, shop=self._shop)
            (folder / "probes" / f"{name}.yaml").write_text(said)

    def _make_centres(self, stack: ExitStack) -> None:
        for number, port in enumerate(self._ports):
            line = stack.enter_context(Relay((HOST, self.postgres.port), self.chance.random))
            self.database_lines.append(line)
            variables = {
                "SYNTHMON_DATABASE_URL": self.postgres.url(DATABASE, port=line.port),
                "SYNTHMON_DB_UPGRADE": "1",
                "SYNTHMON_WEB_BIND": f"{HOST}:{port}",
                "SYNTHMON_DATA_DIR": str(self.folder / f"centre-{number}" / "data"),
                "SYNTHMON_CONFIG": str(self.folder / "declared" / "synthmon.yaml"),
            }
            role = Role(f"centre-{number}", ("centre", "--log", "json"), self.folder / f"centre-{number}", variables)
            role.start()
            self.centres.append(role)
        for number in range(self.size.centres):
            until(lambda number=number: self._well(number), READY_WITHIN, f"centre {number} answers")

    def _well(self, number: int) -> bool:
        try:
            answer = httpx.get(f"http://{HOST}:{self._ports[number]}/healthz", trust_env=False, timeout=5)
        except httpx.HTTPError:
            return False
        return answer.status_code in {200, 503}

    def _make_agents(self, stack: ExitStack) -> None:
        for region in self.size.regions:
            lines = [stack.enter_context(Relay((HOST, port), self.chance.random)) for port in self._ports]
            witness = Witness([f"http://{HOST}:{line.port}" for line in lines], self.chance.randrange(1 << 30))
            variables = {
                "SYNTHMON_REGION": region,
                "SYNTHMON_CENTRE_URL": stack.enter_context(Server(witness.site, witness.close)).url,
                "SYNTHMON_AGENT_TOKEN": self._token(region),
                "SYNTHMON_DATA_DIR": str(self.folder / f"agent-{region}" / "data"),
                "SYNTHMON_WEB_BIND": f"{HOST}:0",
            }
            agent = Role(f"agent-{region}", ("agent", "--log", "json"), self.folder / f"agent-{region}", variables)
            agent.start()
            self.places[region] = Place(agent, witness, lines)

    def _token(self, region: str) -> str:
        data = self.folder / "centre-0" / "data"
        configuration = self.folder / "declared" / "synthmon.yaml"
        words = ["agents", "add", region, "--data", str(data), "--config", str(configuration)]
        ran = answer(*words, folder=self.folder, environ={"PATH": "/usr/bin:/bin"})
        if ran.returncode:
            raise RuntimeError(f"no token: {ran.stderr}")
        return ran.stdout.strip().splitlines()[-1]

    def _wait_until_heard(self) -> None:
        wanted = len(self.probes) * len(self.size.regions)
        until(lambda: self.count("SELECT count(DISTINCT (probe, region)) FROM runs") >= wanted, READY_WITHIN, "all run")

    def put_in_place(self, database: Postgres) -> None:
        """From now on every line of the centres leads to that server, which is stopped at the end."""
        self._stack.callback(database.stop)
        self.postgres = database
        for line in self.database_lines:
            line.target = (HOST, database.port)

    # Looking

    def count(self, query: str) -> int:
        """What a query counts; -1 while the database does not answer."""
        found = self.ask(query)
        return int(found[0][0]) if found else -1

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows, past every relay; none while the database does not answer."""
        try:
            with self.postgres.connect(DATABASE) as connection:
                return connection.execute(query).fetchall()
        except Exception:  # noqa: BLE001 - it may be stopped, starting, or frozen just now
            return []

    def acknowledged(self) -> set[Run]:
        return {run for place in self.places.values() for run in place.witness.acknowledged()}

    # Ending

    def calm(self) -> None:
        """Everything well again and running."""
        self.postgres.thaw()
        self.pager.refusing = 0.0
        for line in [*self.database_lines, *(line for place in self.places.values() for line in place.lines)]:
            line.weather = Weather(Line.WELL)
        for role in self.roles:
            role.thaw()
            role.start()

    def settle(self, longest: float = 300.0) -> None:
        """Wait until nothing is on its way: spools are empty, everything is judged, nothing is owed."""
        time.sleep(self.size.bound)
        until(self._settled, longest, "everything delivered, judged and told")

    def _settled(self) -> bool:
        waiting = self.count("SELECT count(*) FROM notifications WHERE status = 'pending'")
        behind = self.count("SELECT (SELECT max(arrival) FROM runs) - watermark FROM judge")
        return waiting == 0 and 0 <= behind <= len(self.probes) and self._spools_are_empty()

    def _spools_are_empty(self) -> bool:
        said = self.ask("SELECT document FROM heartbeats")
        return bool(said) and all(
            json.loads(_text(row[0])).get("spool_depth", 0) <= 2 * self.size.probes for row in said
        )

    def check(self, blind: float = 0.0) -> Findings:
        """Hold everything against everything; `blind` as in `Bounds`."""
        address = self.postgres.url(DATABASE).replace("+psycopg", "")
        bounds = Bounds(self.size.bound + 5, 4 * self.size.interval + self.size.bound, blind)
        return check(address, self.acknowledged(), self.shops.outages, self.pager.heard, bounds, time.time())


def _text(document: Any) -> str:
    if isinstance(document, (bytes, memoryview)):
        return bytes(document).decode()
    return document if isinstance(document, str) else json.dumps(document)


def choose_some(cluster: Cluster, roles: Sequence[Role]) -> Role:
    return cluster.chance.choice(list(roles))


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port
