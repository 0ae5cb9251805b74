"""A real site on loopback, filled with a day's story, and a real Chromium that looks at it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from synthmon.app.figuring import figures_of
from synthmon.app.people import People
from synthmon.app.probe_figures import ProbeFiguresDesk
from synthmon.app.public_desk import PublicDesk, PublicSources, titles_of
from synthmon.app.reporting import ReportDesk
from synthmon.model.account import ApiToken, Entry, User
from synthmon.model.agent import Heartbeat
from synthmon.model.person import Role, Way
from synthmon.model.run import RunResult
from synthmon.model.secret import Secret
from synthmon.reports.archive import Archive
from synthmon.reports.scope import Scope
from synthmon.store.memory import MemoryStore
from synthmon.web.metrics import Metrics
from synthmon.web.ports import Pulse, WebPorts
from synthmon.web.public.routes import PublicPorts, answers
from synthmon.web.server import WebServer, listen
from synthmon.web.site import build_site
from tests.browser import story
from tests.desks import desk as answering
from tests.making import NOON, at
from tests.web.knowing import session

CHROMIUM = os.environ.get("CHROMIUM", "") or shutil.which("chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DEADLINE = 15_000  # milliseconds, for anything a page is waited for


@dataclass
class Shop:
    """The site's address, its store, and the paths of its pages."""

    address: str
    store: MemoryStore
    pages: dict[str, str] = field(default_factory=dict)
    asked_for: RunResult = field(default_factory=lambda: story.result("checkout", "us-east", at(-2)))


def desk(store: MemoryStore, folder: Path) -> ReportDesk:
    return ReportDesk(store, "shop", ZoneInfo("Europe/Berlin"), folder)


@cache
def _filled() -> MemoryStore:
    """The day is lived through once; each shop has a copy of it."""
    store = MemoryStore()
    story.fill(store)
    return store


@cache
def _archived() -> dict[str, bytes]:
    """The files of its reports, by name."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        for day in (1, 2):
            made = desk(_filled(), folder).daily(date(2026, 3, day), at(0), story.PROBES)
            Archive(folder).keep(made, Scope())
        return {path.name: path.read_bytes() for path in folder.iterdir()}


@contextmanager
def serve(folder: Path, password: str | None = None) -> Iterator[Shop]:
    store = _filled().copy()
    shop = Shop("", store, _paths(store))
    agents = answering(store, folder, story.PROBES, "shop", lambda: at(0))
    _hear(store, agents.declaration().config_hash)
    folder.mkdir(exist_ok=True)
    for name, content in _archived().items():
        (folder / name).write_bytes(content)
    ports = WebPorts(
        store=store,
        environment="shop",
        probes=lambda: story.PROBES,
        config_problems=tuple,
        acknowledge=lambda incident, actor: store.acknowledge(incident, actor, at(0), ()),
        run_again=lambda _probe, _region: shop.asked_for.id,
        people=People(store, lambda: at(0)),
        agents=agents,
        pulse=lambda: Pulse(NOON, "0.1.0", story.REGIONS),
        now=lambda: at(0),
        reports=folder,
        figures=figures_of(ReportDesk(store, "shop", UTC, folder), lambda: story.PROBES, lambda: at(0)),
        api_token=Secret("api_token", "token"),
        password=Secret("web_password", password) if password else None,
        windows=lambda: story.WINDOWS,
        trace_url="https://traces.shop.example/{trace_id}",
        report_of=ProbeFiguresDesk(desk(store, folder), lambda: story.PROBES, lambda: at(0)).of,
        public_titles=lambda name: titles_of(story.PUBLIC, name),
        has_public=lambda: True,
        public=answers(PublicPorts(PublicDesk(public_sources(store)).read)),
    )
    metrics = Metrics()
    metrics.attach(ports)
    listener = listen("127.0.0.1", 0)
    server = WebServer(build_site(ports, metrics, frozenset({"127.0.0.1"})), listener)
    server.start()
    try:
        yield replace(shop, address=f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        server.stop()


def _hear(store: MemoryStore, declared: str) -> None:
    """Two agents: one that is well, one that is silent, behind and has lost results; a third region has none."""
    well = Heartbeat(story.REGIONS[0], "synthmon-0-41c2aa07", at(-5), "0.1.0", declared, NOON, offset=0.004)
    store.hear(replace(well, spool="s1", due=1440, started=1440, finished=1440, lateness_p99=0.02))
    troubles = ("the spool /data/spool.db: no room is left on the disk; results go straight to the centre",)
    ill = replace(well, region=story.REGIONS[1], instance="synthmon-us-east-0-9d1e77b2", at=at(-400), offset=-3.2)
    store.hear(replace(ill, spool_depth=1234, spool_oldest=at(-9000), dropped=7, refused=2, troubles=troubles))


def public_sources(store: MemoryStore) -> PublicSources:
    return PublicSources(
        store,
        settings=lambda: story.PUBLIC,
        probes=lambda: story.PROBES,
        windows=lambda: story.WINDOWS,
        zone=ZoneInfo("Europe/Berlin"),
        now=lambda: at(0),
    )


def _paths(store: MemoryStore) -> dict[str, str]:
    outage = next(one for one in store.incidents() if one.probe == "checkout")
    good = next(row for row in store.run_rows(probe="login", limit=1))
    ours = next(row for row in store.run_rows(probe="partner-contact-synchronisation", limit=9) if row.failed_step)
    return {
        "status": "/",
        "probe": "/probes/checkout",
        "probe-unknown": "/probes/partner-contact-synchronisation",
        "probe-new": "/probes/newsletter",
        "run-failed": f"/runs/{outage.cause.run_id}",
        "run-passed": f"/runs/{good.id}",
        "run-error": f"/runs/{ours.id}",
        "incidents": "/incidents",
        "incident": f"/incidents/{outage.id}",
        "silences": "/silences",
        "agents": "/agents",
        "reports": "/reports",
        "report": "/reports/daily-2026-03-02.html",
        "sign-in": "/sign-in",
        "missing": "/no-such-page",
        "public": "/public",
        "versions": "/probes/checkout/versions",
        "wall": "/?wall=1",
    }


def admitted(shop: Shop) -> str:
    """The session of an admin, with the pages that only he sees and something on them."""
    accounts = shop.store.accounts
    cookie = session(shop.store, Role.ADMIN, "ada")["cookie"].partition("=")[2]
    accounts.add_user(User("grace", Role.OPERATOR, "unusable", at(-86400), at(-3600), at(-60)))
    accounts.keep_api_token(ApiToken("t1", "deployments", Role.OPERATOR, "x", at(-86400), "ada", at(86400)))
    for number in range(3):
        accounts.write_down(
            Entry(at(-number), "acknowledged", "ada", Way.USER, Role.ADMIN, "192.0.2.7", "checkout", "with a note")
        )
    shop.pages.update({name: f"/{name}" for name in ("account", "users", "tokens", "audit")})
    return cookie


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with serve(tmp_path / "reports") as made:
        yield made


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if not CHROMIUM:
        pytest.skip("there is no Chromium on this machine (apt-get install chromium, or CHROMIUM=/path/to/it)")
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield made
    made.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context()
    made.set_default_timeout(DEADLINE)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
