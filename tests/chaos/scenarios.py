"""The troubles, each from calm to calm: what is done, and what is held against what afterwards."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from synthmon.demo.relay import Line, Relay, Weather
from tests.chaos.checker import Findings
from tests.chaos.cluster import Cluster
from tests.chaos.outside import HOST
from tests.chaos.role import Role, until
from tests.postgres_server import Server as Postgres

TAKE_OVER = 15.0  # seconds within which another centre leads
PATIENCE = 300.0  # for what comes after a long backlog
READY = 60.0  # for what should be there at once, on a machine that is busy


@dataclass(slots=True)
class Report:
    """What a scenario did, in figures by name, and what the checker found."""

    figures: dict[str, object] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)

    def __str__(self) -> str:
        return "; ".join([*(f"{name} {value}" for name, value in self.figures.items()), str(self.findings)])


def kills(cluster: Cluster, number: int) -> Report:
    """Kill agents and centres at random, while shops break and are mended; the pager refuses now and then."""
    cluster.pager.refusing = 0.1
    chance = cluster.chance
    killed: dict[str, int] = {}
    with _outages(cluster, every=cluster.size.bound) as turn:
        for _ in range(number):
            role = chance.choice(cluster.roles)
            role.kill()
            killed[role.name] = killed.get(role.name, 0) + 1
            time.sleep(chance.uniform(0.0, 1.0))
            role.start()
            time.sleep(chance.uniform(0.0, 3.0))
            turn()
    return _calm(cluster, Report({"kills": number, **killed}), blind=number * 4.0)


def database_away(cluster: Cluster, how: str, seconds: float) -> Report:
    """The database refuses, is silent or frozen for so long; shops break meanwhile; then the backlog is drained."""
    report = Report({"database": how, "away for": f"{seconds:.0f} s"})
    before = cluster.count("SELECT count(*) FROM runs")
    began = time.time()
    if how == "frozen":
        cluster.postgres.freeze()
    elif how == "refused":
        _weather_of_database(cluster, Weather(Line.REFUSED))
    else:
        _weather_of_database(cluster, Weather(Line.SILENT))
    lasting, passing = cluster.probes[0], cluster.probes[-1]
    time.sleep(seconds / 4)
    cluster.shops.break_(passing)
    time.sleep(seconds / 4)
    cluster.shops.mend(passing)
    cluster.shops.break_(lasting)
    time.sleep(seconds / 2)
    ended = time.time()
    cluster.calm()
    drained = _drained(cluster, round(ended * 1000))
    report.figures |= {
        "runs kept before": before,
        "backlog": drained.results,
        "drained in": f"{drained.seconds:.1f} s",
        "times real time": f"{(ended - began) / max(drained.seconds, 0.1):.1f}",
    }
    try:
        until(lambda: _open_at_pager(cluster, lasting), PATIENCE, "the outage that lasts is paged")
    except TimeoutError as error:
        raise TimeoutError(f"{error} ({report})") from error
    report.figures["paged after"] = f"{time.time() - ended:.1f} s"
    cluster.shops.mend(lasting)
    return _calm(cluster, report, blind=seconds + drained.seconds + TAKE_OVER)


def partition(cluster: Cluster, seconds: float) -> Report:
    """One region cannot reach the centre; its agent goes on, and what it kept arrives afterwards."""
    region = cluster.size.regions[0]
    place = cluster.places[region]
    behind = round(time.time() * 1000)
    place.weather(Weather(Line.SILENT))
    cluster.shops.break_(cluster.probes[1])
    time.sleep(seconds)
    cluster.shops.mend(cluster.probes[1])
    place.weather(Weather(Line.WELL))
    until(lambda: _filled(cluster, region, behind), 120, "what the region kept has arrived")
    return _calm(cluster, Report({"partition of": region, "for": f"{seconds:.0f} s"}))


def half_open(cluster: Cluster, times: int) -> Report:
    """COMMIT in doubt: what is asked arrives, what is answered does not, and then the line is cut."""
    for _ in range(times):
        _weather_of_database(cluster, Weather(Line.HALF_OPEN))
        time.sleep(cluster.chance.uniform(0.3, 1.5))
        _weather_of_database(cluster, Weather(Line.REFUSED))
        time.sleep(0.3)
        _weather_of_database(cluster, Weather(Line.WELL))
        place = cluster.chance.choice(list(cluster.places.values()))
        place.weather(Weather(Line.HALF_OPEN))
        time.sleep(cluster.chance.uniform(1.0, 3.0))
        place.weather(Weather(Line.REFUSED))
        time.sleep(0.3)
        place.weather(Weather(Line.WELL))
        time.sleep(1.0)
    return _calm(cluster, Report({"cut between question and answer": times}), blind=times * 6.0)


def leader_changes(cluster: Cluster, number: int, within: float = TAKE_OVER) -> Report:
    """Stop the leader where it stands, wait for another, let the former one go on; again and again.

    `within`: seconds that a take-over may take; more than is promised where other tests want the machine as well.
    """
    slowest = 0.0
    epochs = [_epoch(cluster)]
    with _outages(cluster, every=cluster.size.bound) as turn:
        for _ in range(number):
            leader = until(lambda: _leader(cluster), READY, "one of the centres leads")
            leader.freeze()
            began = time.monotonic()
            until(lambda: _epoch(cluster) > epochs[-1], 4 * TAKE_OVER, "another centre leads")
            slowest = max(slowest, time.monotonic() - began)
            epochs.append(_epoch(cluster))
            leader.thaw()
            turn()
    figures = {"leader changes": len(epochs) - 1, "slowest take-over": f"{slowest:.1f} s"}
    report = _calm(cluster, Report(figures), blind=number * within)
    if slowest > within:
        report.findings.problems.append(f"a take-over took {slowest:.1f} s")
    if epochs != sorted(set(epochs)):
        report.findings.problems.append("epochs do not grow")
    return report


def restored_backup(cluster: Cluster) -> Report:
    """The database is put back to an older state: the agents rewind, and what was said to be durable is there again."""
    postgres = cluster.postgres
    data, backup = postgres.folder / "data", postgres.folder / "backup"
    postgres.stop()
    subprocess.run(["cp", "-a", str(data), str(backup)], check=True)  # with owners and modes
    postgres.start()
    until(lambda: cluster.count("SELECT count(*) FROM runs") >= 0, READY, "the database is back")
    cluster.shops.break_(cluster.probes[0])
    time.sleep(cluster.size.bound + 2 * cluster.size.interval)
    told = len(cluster.acknowledged())
    kept = cluster.count("SELECT count(*) FROM runs")
    postgres.stop()
    shutil.rmtree(data)
    backup.rename(data)
    postgres.start()
    restored = cluster.count("SELECT count(*) FROM runs")
    until(lambda: cluster.count("SELECT count(*) FROM runs") > kept, 120, "the agents have sent it again")
    cluster.shops.mend(cluster.probes[0])
    rewinds = sum(told.rewinds for place in cluster.places.values() for told in place.witness.spools.values())
    figures: dict[str, object] = {"told before": told, "lost by restoring": kept - restored, "rewinds seen": rewinds}
    return _calm(cluster, Report(figures), blind=60.0)


def failover(cluster: Cluster) -> Report:
    """The database's machine dies, and a standby that had not received the last of it takes its place."""
    primary, standby = cluster.postgres, Postgres(cluster.folder / "standby", fsync="on")
    with Relay((HOST, primary.port), cluster.chance.random) as line:
        standby.follow(primary, line.port)
        standby.start()
        cluster.shops.break_(cluster.probes[0])
        until(lambda: _open_at_pager(cluster, cluster.probes[0]), cluster.size.bound + 60, "the outage is paged")
        line.weather = Weather(Line.SILENT)
        time.sleep(3 * cluster.size.interval)
        told, kept = len(cluster.acknowledged()), cluster.count("SELECT count(*) FROM runs")
        primary.stop(signal.SIGQUIT)
    standby.promote()
    cluster.put_in_place(standby)
    lost = kept - cluster.count("SELECT count(*) FROM runs")
    until(lambda: cluster.count("SELECT count(*) FROM runs") > kept, 120, "the agents have sent it again")
    cluster.shops.mend(cluster.probes[0])
    rewinds = sum(told.rewinds for place in cluster.places.values() for told in place.witness.spools.values())
    report = _calm(cluster, Report({"told before": told, "lost with the machine": lost, "rewinds seen": rewinds}), 60.0)
    if lost <= 0:
        report.findings.problems.append("the standby had everything: nothing was tried")
    return report


# What they share


@contextmanager
def _outages(cluster: Cluster, every: float) -> Iterator[Callable[[], None]]:
    """Break a shop, or mend it, each `every` seconds; `turn` is called as often as one likes."""
    last = time.monotonic()

    def turn() -> None:
        nonlocal last
        if time.monotonic() - last < every:
            return
        last = time.monotonic()
        broken = cluster.shops.broken
        if len(broken) >= 2:
            cluster.shops.mend(cluster.chance.choice(broken))
        else:
            cluster.shops.break_(cluster.chance.choice(cluster.probes))

    yield turn


def _calm(cluster: Cluster, report: Report, blind: float = 0.0) -> Report:
    """End with everything well, one outage that is current, and all on its way arrived; then check."""
    cluster.calm()
    for probe in cluster.shops.broken:
        cluster.shops.mend(probe)
    current = cluster.probes[2]
    time.sleep(cluster.size.interval + 1)
    cluster.shops.break_(current)
    until(lambda: _open_at_pager(cluster, current), cluster.size.bound + 120, "an outage after the trouble is paged")
    cluster.settle()
    report.findings = cluster.check(blind)
    cluster.shops.mend(current)
    until(lambda: not _open_at_pager(cluster, current), cluster.size.bound + 120, "its end is told")
    return report


def _weather_of_database(cluster: Cluster, weather: Weather) -> None:
    for line in cluster.database_lines:
        line.weather = weather


def _open_at_pager(cluster: Cluster, probe: str) -> bool:
    told = [one.occasion for one in cluster.pager.heard if one.probe == probe and one.track == "down"]
    return [word for word in told if word in {"trigger", "resolve"}][-1:] == ["trigger"]


@dataclass(frozen=True, slots=True)
class Drained:
    results: int
    seconds: float


def _drained(cluster: Cluster, until_slot: int) -> Drained:
    """Wait until every slot up to that instant is kept; how many results came, and in what time."""
    began = time.monotonic()
    until(lambda: cluster.count("SELECT count(*) FROM runs") >= 0, READY, "the database is back")
    before = cluster.count("SELECT count(*) FROM runs")
    wanted = len(cluster.probes) * len(cluster.size.regions)
    interval = cluster.size.interval * 1000
    query = (
        "SELECT count(DISTINCT (probe, region)) FROM runs WHERE kind = 'scheduled' "
        f"AND slot BETWEEN {until_slot - interval} AND {until_slot}"
    )
    until(lambda: cluster.count(query) >= wanted, 900, "the backlog is drained")
    return Drained(cluster.count("SELECT count(*) FROM runs") - before, time.monotonic() - began)


def _filled(cluster: Cluster, region: str, since: int) -> bool:
    """Whether the region has about as many runs since then as any other."""
    rows = dict(cluster.ask(f"SELECT region, count(*) FROM runs WHERE slot > {since} GROUP BY region"))
    return bool(rows) and rows.get(region, 0) >= 0.9 * max(rows.values())


def _epoch(cluster: Cluster) -> int:
    return cluster.count("SELECT epoch FROM leadership")


def _leader(cluster: Cluster) -> Role | None:
    rows = cluster.ask("SELECT instance FROM leadership")
    for role in cluster.centres:
        won = [line["instance"] for line in role.events("leadership.won")]
        if rows and won[-1:] == [rows[0][0]] and role.alive and not role.frozen:
            return role
    return None
