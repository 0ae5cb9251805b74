"""A site over a store with a little history, asked over loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from synthmon.app.agents_desk import AgentsDesk
from synthmon.app.figuring import figures_of
from synthmon.app.people import People
from synthmon.app.reporting import ReportDesk
from synthmon.model.incident import Decision, Health, IncidentEvent
from synthmon.model.probe import Probe
from synthmon.model.run import Outcome
from synthmon.model.secret import Secret
from synthmon.store.interface import Store
from synthmon.store.memory import MemoryStore
from synthmon.web.metrics import Metrics
from synthmon.web.ports import Pulse, WebPorts
from synthmon.web.server import WebServer, listen
from synthmon.web.site import build_site
from tests.desks import desk
from tests.making import NOON, at, change, incident, probe, run
from tests.plain import NO_TLS
from tests.web.conformance import conforms

API_TOKEN = "token-of-the-command-line"
HOOK_SECRET = "what-the-pager-signs-with"


@dataclass
class Acts:
    """What the pages did through their ports."""

    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    started: list[tuple[str, str]] = field(default_factory=list)

    def acknowledge(self, incident_id: str, actor: str) -> bool:
        self.acknowledged.append((incident_id, actor))
        return True

    def run_again(self, name: str, region: str) -> str | None:
        self.started.append((name, region))
        return "run-1" if name == "checkout" else None


@dataclass
class Site:
    client: httpx.Client
    store: MemoryStore
    acts: Acts
    reports: Path
    desk: AgentsDesk
    ports: WebPorts

    def token(self, path: str = "/incidents") -> str:
        """The form token, read from a page as a browser would."""
        html = self.client.get(path).text
        return html.split('name="token" value="')[1].split('"')[0]


def _probes() -> Mapping[str, Probe]:
    return {"checkout": probe(), "login": probe("login")}


def fill(store: Store) -> None:
    """Ten runs, the last two failed; an open incident; beliefs that say so."""
    results = [run(at(60 * index), Outcome.PASSED if index < 8 else Outcome.FAILED) for index in range(10)]
    store.keep(results)
    found = incident(at(480))
    store.apply(
        Decision(
            watermark=store.gather().watermark,
            incidents=(found,),
            events=(IncidentEvent(found.id, at(486), "opened", "2 failures in a row in local"),),
            health=(change(NOON, Health.UP), change(at(486), Health.DOWN, "pay answered 500 in local")),
        )
    )


@pytest.fixture(autouse=True)
def _quick(quick_passwords: None) -> None:
    """None of these is about the strength of a hash."""


@cache
def _filled() -> MemoryStore:
    store = MemoryStore()
    fill(store)
    return store


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    opened = ExitStack()

    def make(*, hosts: frozenset[str] | None = frozenset({"127.0.0.1"}), **changes: Any) -> Site:
        store, acts = _filled().copy(), Acts()
        answering = desk(store, tmp_path, {"checkout": probe()})
        values: dict[str, Any] = {
            "store": store,
            "environment": "test",
            "probes": _probes,
            "config_problems": lambda: (),
            "acknowledge": acts.acknowledge,
            "run_again": acts.run_again,
            "people": People(store, lambda: at(600)),
            "agents": answering,
            "pulse": lambda: Pulse(NOON, "0.1.0", ("local",)),
            "now": lambda: at(600),
            "reports": tmp_path / "reports",
            "figures": figures_of(
                ReportDesk(store, "test", UTC, tmp_path),
                lambda: {"checkout": probe(), "login": probe("login")},
                lambda: at(600),
            ),
            "api_token": Secret("api_token", API_TOKEN),
            "hook_secrets": lambda: {"pager": Secret("channels.pager", HOOK_SECRET)},
        }
        ports = WebPorts(**{**values, **changes})
        metrics = Metrics()
        metrics.attach(ports)
        listener = listen("127.0.0.1", 0)
        server = WebServer(build_site(ports, metrics, hosts), listener)
        server.start()
        opened.callback(server.stop)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        hooks = {"response": [conforms]}
        asking = httpx.Client(base_url=address, trust_env=False, verify=NO_TLS, timeout=60.0, event_hooks=hooks)
        client = opened.enter_context(asking)
        return Site(client, store, acts, tmp_path / "reports", answering, ports)

    with opened:
        yield make


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()
