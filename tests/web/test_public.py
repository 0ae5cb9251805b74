"""The page for everybody: titles, states and sentences written for it, and of everything else not one byte."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta

import httpx
import pytest

from synthmon.app.public_desk import PublicDesk, PublicSources, titles_of
from synthmon.errors import StoreError
from synthmon.judge.windows import Window
from synthmon.model.incident import Decision, Health, HealthChange, IncidentEvent, RunNote
from synthmon.model.probe import Objective, ProbeRegion, Track
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.model.run import FailureKind, Outcome
from synthmon.model.secret import Secret
from synthmon.settings.public import PublicComponent, PublicGroup, PublicSettings
from synthmon.store.memory import MemoryStore
from synthmon.web.public.alone import build_public_site
from synthmon.web.public.counting import updates
from synthmon.web.public.routes import PublicPorts, answers
from synthmon.web.server import WebServer, listen
from tests.making import NOON, at, incident, probe, run
from tests.plain import NO_TLS
from tests.web.conftest import Site

PLANTED = "planted"  # in every field that is nobody's business
SAID = "Paying by card fails at times."
PUBLIC = PublicSettings("Shop status", (PublicGroup("Buying", (PublicComponent("Checkout", ("planted-checkout",)),)),))
HIDDEN = probe(
    "planted-checkout",
    title="planted title",
    owner="planted-owner",
    tags=("planted-tag",),
    regions=(ProbeRegion("planted-region"),),
    objectives=(Objective("planted-objective", 0.999, 86_400.0),),
    description="planted description",
    runbook="https://planted.example/runbook",
    path="probes/planted.yaml",
    yaml="planted: yaml\n",
)
OTHER = replace(HIDDEN, name="planted-other")
WINDOW = Window(
    "planted window", Selection(owner="planted-owner"), "FREQ=DAILY;BYHOUR=3", timedelta(hours=1), UTC, "planted reason"
)


def plant(store: MemoryStore, probe_name: str = "planted-checkout", said: str | None = SAID) -> str:
    """An outage with a reason, evidence, people, silences and maintenance; the id of its incident."""
    failed = run(at(60), Outcome.FAILED, name=probe_name, region="planted-region")
    store.keep([replace(failed, steps=(replace(failed.steps[0], id="planted-step", name="planted step"),))])
    note = RunNote(
        failed.id,
        at(60),
        "planted-region",
        "planted-step",
        "planted step",
        FailureKind.STATUS,
        "planted answer",
        "planted",
        "planted",
    )
    found = incident(
        at(60),
        probe=probe_name,
        probe_title="planted title",
        reason="planted reason",
        cause=note,
        alert="planted rule",
        regions=("planted-region",),
        owner="planted-owner",
        channels=("planted-channel",),
    )
    lines = [
        IncidentEvent(found.id, at(61), what, f"planted {what}", "planted person")
        for what in ("opened", "note", "cause")
    ]
    if said is not None:
        lines.append(IncidentEvent(found.id, at(120), "public", said, "planted person"))
    store.apply(
        Decision(
            store.gather().watermark,
            incidents=(found,),
            events=tuple(lines),
            health=(
                HealthChange(probe_name, None, at(-3600), Health.UP, "planted reason"),
                HealthChange(probe_name, None, at(60), Health.DOWN, "planted reason"),
                HealthChange(probe_name, "planted-region", at(60), Health.DOWN, "planted reason"),
            ),
        )
    )
    store.keep_quiet(
        Quiet(
            QuietKind.MAINTENANCE, Selection(tag="planted-tag"), at(7200), at(9000), "planted reason", "planted person"
        )
    )
    store.keep_quiet(Quiet(QuietKind.SILENCE, Selection("planted-*"), at(0), at(9000), "planted reason", "planted"))
    return found.id


@dataclass
class Public:
    """Both addresses: that of the other pages and its own; and what was read for them."""

    site: Site
    own: httpx.Client
    settings: PublicSettings | None = PUBLIC
    reads: list[int] = field(default_factory=list)

    @property
    def clients(self) -> tuple[httpx.Client, httpx.Client]:
        return self.site.client, self.own


@contextmanager
def alone(kept: object) -> Iterator[httpx.Client]:
    listener = listen("127.0.0.1", 0)
    server = WebServer(build_public_site(kept, frozenset({"127.0.0.1"})), listener)  # type: ignore[arg-type]
    server.start()
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", trust_env=False, verify=NO_TLS, timeout=60.0
        ) as client:
            yield client
    finally:
        server.stop()


@pytest.fixture
def public(make_site: Callable[..., Site]) -> Iterator[Public]:
    store = MemoryStore()
    made = Public.__new__(Public)
    sources = PublicSources(
        store,
        lambda: made.settings,
        lambda: {p.name: p for p in (HIDDEN, OTHER)},
        lambda: (WINDOW,),
        UTC,
        lambda: at(600),
    )
    kept = answers(PublicPorts(PublicDesk(sources).read))
    site = make_site(
        public=kept,
        public_titles=lambda name: titles_of(made.settings, name),
        environment="planted-environment",
        password=Secret("web_password", "planted password"),
    )
    site.store = store
    with alone(kept) as own:
        made.__init__(site, own)  # type: ignore[misc]
        yield made


def test_everybody_sees_titles_states_sentences_and_maintenance(public: Public) -> None:
    plant(public.site.store)
    for client in public.clients:
        answer = client.get("/public")
        assert 200 == answer.status_code
        for text in ("<h1>Shop status</h1>", "Checkout is down.", "Buying", SAID, "Planned maintenance", "goes on"):
            assert text in answer.text
        told = client.get("/public.json").json()
        assert ("down", ["Checkout"]) == (told["state"], told["incidents"][0]["components"])
        assert "2026-03-02T14:00:00+00:00" in [one["start"] for one in told["maintenance"]]
        assert 90 == len(told["groups"][0]["components"][0]["days"])


def test_of_everything_else_not_one_byte_is_told(public: Public) -> None:
    found = plant(public.site.store)
    hidden = plant(public.site.store, "planted-other")
    ids = {found, hidden, *(row.id for row in public.site.store.run_rows())}
    asked = ("/public", "/public.json", "/", "/public/", "/nothing", "/static/icon.svg", "/synthmon.css", "/public?x=1")
    for client in public.clients:
        for path in asked:
            for method in ("GET", "HEAD", "POST"):
                answer = client.request(method, path)
                everything = f"{answer.headers!r}\n{answer.text}".lower()
                assert PLANTED not in everything, (path, method)
                assert not [one for one in ids if one in everything]
                assert not {"etag", "last-modified", "set-cookie", "server"} & set(answer.headers) - (
                    {"etag", "last-modified"} if path.startswith("/static") else set()
                )
    html = public.own.get("/").text
    assert "<!--" not in html
    assert {"main"} == {found for found in re.findall(r' id="([^"]*)"', html) if not found.startswith("p-")}


def test_an_incident_about_which_nobody_wrote_a_sentence_is_not_told_of(public: Public) -> None:
    plant(public.site.store, said=None)
    html = public.own.get("/").text
    assert "Checkout is down." in html
    assert "What happened" not in html


def test_a_published_sentence_is_text_and_gone_once_it_is_withdrawn(public: Public) -> None:
    site, found = public.site, plant(public.site.store, said=None)
    desk = PublicDesk(
        PublicSources(site.store, lambda: PUBLIC, lambda: {HIDDEN.name: HIDDEN}, tuple, UTC, lambda: at(600))
    )
    site.store.annotate(found, IncidentEvent(found, at(300), "public", "<b>We</b> are on it.", "Ada"))
    status = desk.read()
    assert status is not None
    assert ["<b>We</b> are on it."] == [one.text for one in status.incidents[0].updates]
    assert "&lt;b&gt;We&lt;/b&gt; are on it." in public.own.get("/").text
    site.store.annotate(found, IncidentEvent(found, at(301), "withdrawn", "", "Ada"))
    status = desk.read()
    assert status is not None
    assert () == status.incidents


def test_the_sentence_is_written_and_withdrawn_on_the_page_of_the_incident(make_site: Callable[..., Site]) -> None:
    site = make_site(public_titles=lambda name: ("Checkout",) if name == "checkout" else ())
    (found,) = site.store.incidents()
    path = f"/incidents/{found.id}"
    assert "Say it to everybody" in site.client.get(path).text
    form = {"token": site.token(path), "actor": "Ada"}
    assert 400 == site.client.post(f"{path}/public", data={**form, "text": " "}).status_code
    assert 303 == site.client.post(f"{path}/public", data={**form, "text": " We are on it. "}).status_code
    assert ["We are on it."] == [one.text for one in updates(site.store.events(found.id))]
    assert 303 == site.client.post(f"{path}/public", data={**form, "withdraw": "1"}).status_code
    assert () == updates(site.store.events(found.id))


def test_the_pages_of_operators_lead_to_the_public_one_where_there_is_one(make_site: Callable[..., Site]) -> None:
    assert '<a href="/public">Public page</a>' in make_site(has_public=lambda: True).client.get("/").text
    assert "/public" not in make_site().client.get("/").text


def test_no_sentence_is_asked_for_where_nothing_is_public(site: Site) -> None:
    (found,) = site.store.incidents()
    path = f"/incidents/{found.id}"
    assert "Say it to everybody" not in site.client.get(path).text
    refused = site.client.post(f"{path}/public", data={"token": site.token(path), "text": "We are on it."})
    assert 400 == refused.status_code
    assert () == updates(site.store.events(found.id))


def test_the_address_of_its_own_answers_nothing_else(public: Public) -> None:
    for path in ("/probes/planted-checkout", "/sign-in", "/api/v1/status", "/metrics", "/healthz", "/static/keys.js"):
        answer = public.own.get(path)
        assert (404, "public" in path) == (answer.status_code, False)
    assert 421 == public.own.get("/", headers={"host": "evil.example"}).status_code


def test_the_other_pages_stay_behind_their_password(public: Public) -> None:
    assert 303 == public.site.client.get("/").status_code


def test_what_does_not_exist_and_what_is_not_public_are_answered_alike(public: Public) -> None:
    public.settings = None
    nothing, unknown = (public.own.get(path) for path in ("/public", "/planted-checkout"))
    assert (404, nothing.text) == (nothing.status_code, unknown.text)
    assert headers(nothing.headers) == headers(unknown.headers)


def headers(found: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in found.items() if name != "date"}


def test_readers_may_keep_it_for_seconds_and_no_script_of_others_runs(public: Public) -> None:
    for client in public.clients:
        for path in ("/public", "/public.json"):
            answer = client.get(path)
            assert "public, max-age=5" == answer.headers["cache-control"]
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_database_that_is_away_is_told_without_its_name(make_site: Callable[..., Site]) -> None:
    def away() -> None:
        raise StoreError("cannot open /planted/synthmon.db")

    with alone(answers(PublicPorts(away))) as client:
        answer = client.get("/")
        assert 503 == answer.status_code
        assert "Not known at the moment" in answer.text
        assert PLANTED not in answer.text
        assert 503 == client.get("/public.json").status_code


def test_a_component_whose_probe_is_gone_is_not_known() -> None:
    store = MemoryStore()
    plant(store)
    status = PublicDesk(PublicSources(store, lambda: PUBLIC, dict, tuple, UTC, lambda: at(600))).read()
    assert status is not None
    assert ["unknown"] == [one.state.value for one in status.components]


def test_what_is_about_synthmon_itself_is_never_public() -> None:
    store = MemoryStore()
    own = incident(at(60), probe="planted-checkout", track=Track.NOTIFY)
    line = IncidentEvent(own.id, NOON, "public", "A channel is dead.", "Ada")
    store.apply(Decision(0, incidents=(own,), events=(line,)))
    status = PublicDesk(
        PublicSources(store, lambda: PUBLIC, lambda: {HIDDEN.name: HIDDEN}, tuple, UTC, lambda: at(600))
    ).read()
    assert status is not None
    assert () == status.incidents
