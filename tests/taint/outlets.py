"""Every way out: what people, files and other programs get to see of runs."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console as Terminal

from synthmon import wire
from synthmon.alerting.console import Console
from synthmon.alerting.context import ChannelContext
from synthmon.app.figuring import figures_of
from synthmon.app.people import People
from synthmon.app.reporting import ReportDesk
from synthmon.cli.curl import to_script
from synthmon.cli.junit import to_junit
from synthmon.cli.show import show_run
from synthmon.model.probe import Probe
from synthmon.model.run import RunResult
from synthmon.model.secret import Secret
from synthmon.reports.archive import ABOUT, FORMS, Archive
from synthmon.reports.scope import Scope
from synthmon.spool import Spool
from synthmon.store.interface import Store
from synthmon.traces.spans import spans_of
from synthmon.web.metrics import Metrics
from synthmon.web.ports import Pulse, WebPorts
from synthmon.web.server import WebServer, listen
from synthmon.web.site import PAGES, build_site
from tests.desks import desk
from tests.plain import NO_TLS

Output = tuple[str, bytes]


def of_a_run(result: RunResult, probe: Probe, commands: Sequence[Any], *, whole: bool) -> Iterator[Output]:
    """JSON as agents send it, and what `synthmon run` prints; the slow ones only if `whole`."""
    where = f"{result.key.probe} at {result.key.slot:%H:%M}"
    yield f"the JSON of {where}", wire.dumps(wire.to_json(result))
    yield f"the spans of {where}", repr(spans_of(result)).encode()
    if whole:
        yield f"the cURL commands of {where}", to_script(result, probe.title, commands).encode()
        yield f"the repr of {where}", repr(result).encode()
        yield f"the JUnit file of {where}", to_junit([result]).encode()
        terminal = io.StringIO()
        show_run(Terminal(file=terminal, width=200), result, probe.title)
        yield f"what is printed of {where}", terminal.getvalue().encode()


def _no_secret(name: str) -> Secret:
    raise AssertionError(name)


def of_the_store(store: Store, probes: Mapping[str, Probe], folder: Path, now: datetime) -> Iterator[Output]:
    """Kept documents, incidents with their stories, messages, and the day's report."""
    start = datetime(2000, 1, 1, tzinfo=UTC)
    for result in store.runs(start, now):
        yield f"the kept run of {result.key.probe} at {result.key.slot:%H:%M}", wire.dumps(wire.to_kept_json(result))
    stream = io.StringIO()
    channel = Console("pager", None, ChannelContext(_no_secret, lambda: now, stream))
    for incident in store.incidents():
        told = [*store.events(incident.id), *store.deliveries(incident.id)]
        yield f"the incident {incident.id}", repr((incident, told)).encode()
    deliveries = store.deliveries()
    assert deliveries, "a day on which nobody is told of anything proves nothing"
    for delivery in deliveries:
        channel.send(delivery.notification)
        yield "a message", repr(delivery).encode()
    yield "the console", stream.getvalue().encode()
    report = ReportDesk(store, "test", UTC, folder, lambda: ())
    archive = Archive(folder)
    edition = archive.keep(report.daily(now.date(), now, probes), Scope())
    for ending in (*FORMS, ABOUT):
        yield f"the report as {ending}", (archive.read(f"{edition.name}.{ending}") or "").encode()


def of_the_pages(
    store: Store, probes: Mapping[str, Probe], folder: Path, now: datetime, pages: int = 40
) -> Iterator[Output]:
    """Every page and every answer of the API, over a real server."""
    ports = WebPorts(
        store=store,
        environment="test",
        probes=lambda: probes,
        config_problems=lambda: (),
        acknowledge=lambda _incident, _actor: False,
        run_again=lambda _name, _region: None,
        people=People(store, lambda: now),
        agents=desk(store, folder, probes),
        pulse=lambda: Pulse(now, "0.1.0", ("local",)),
        now=lambda: now,
        reports=folder,
        figures=figures_of(ReportDesk(store, "test", UTC, folder), lambda: probes, lambda: now),
        api_token=Secret("api_token", "token-of-the-command-line"),
        hook_secrets=dict,
    )
    metrics = Metrics()
    metrics.attach(ports)
    listener = listen("127.0.0.1", 0)
    server = WebServer(build_site(ports, metrics, frozenset({"127.0.0.1"})), listener)
    server.start()
    try:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.Client(base_url=address, trust_env=False, verify=NO_TLS) as client:
            for path in _paths(store, probes, pages):
                yield f"the page {path}", client.get(path).content
    finally:
        server.stop()


def _paths(store: Store, probes: Mapping[str, Probe], pages: int) -> Iterator[str]:
    runs = [row.id for row in store.run_rows(limit=pages)]
    incidents = [one.id for one in store.incidents()][: pages // 2]
    many = {"{probe}": list(probes)[:5], "{run}": runs, "{incident}": incidents}
    for page in PAGES:
        if page.methods != ("GET",) or "{silence}" in page.path or "{channel}" in page.path or "{name}" in page.path:
            continue
        holes = [hole for hole in many if hole in page.path]
        yield from (page.path.replace(holes[0], value) for value in many[holes[0]]) if holes else (page.path,)


def of_the_spool(spool: Spool) -> Iterator[Output]:
    records = spool.pending(1 << 20, 1 << 30)
    assert records
    yield from (("the spool", record.document) for record in records if record.document)
