"""Whatever a target, an author or a user says, a page is made of what it is made of with harmless words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC
from urllib.parse import quote

import httpx
import pytest

from synthmon.app.figuring import figures_of
from synthmon.app.people import People
from synthmon.app.public_desk import PublicDesk, PublicSources, titles_of
from synthmon.app.reporting import ReportDesk
from synthmon.model.incident import Incident
from synthmon.model.person import Role
from synthmon.model.run import RunResult
from synthmon.model.secret import Secret
from synthmon.model.term import Term
from synthmon.store.memory import MemoryStore
from synthmon.web.metrics import Metrics
from synthmon.web.ports import Leader, Pulse, WebPorts
from synthmon.web.public.routes import PublicPorts, answers
from synthmon.web.server import WebServer, listen
from synthmon.web.site import PAGES, build_site
from tests.desks import desk
from tests.hostile import world
from tests.hostile.shape import shape, wrong
from tests.hostile.strings import ADDRESSES, ATTRIBUTES, FORMULAS, HARMLESS, STRINGS, WORD
from tests.hostile.strings import harmless as harmless_words
from tests.making import NOON, at
from tests.plain import NO_TLS
from tests.web.knowing import session

FOR_PROGRAMS = ("/api/", "/metrics", "/healthz", "/readyz", "/synthmon.css")
SHOWN = [page.path for page in PAGES if page.methods == ("GET",) and not page.path.startswith(FOR_PROGRAMS)]
SINGLES = [*sorted({path for path in SHOWN if "{" not in path}), "/incidents?page=2"]


@dataclass
class Side:
    """A site in whose world everybody says these texts."""

    client: httpx.Client
    store: MemoryStore
    texts: Sequence[str]

    def page(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code in {200, 303, 400, 403, 404}, f"{path}: {answer.status_code}"
        return answer.text

    def incident(self, number: int) -> Incident:
        return self.store.incidents(probe=world.name_of(number))[0]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Sequence[str]], Side]]:
    with ExitStack() as opened:

        def made(texts: Sequence[str]) -> Side:
            store = MemoryStore()
            probes = {one.name: one for one in world.fill(store, texts)}
            folder = tmp_path_factory.mktemp("hostile")
            said, shown = texts[1], world.public(texts)
            sources = PublicSources(store, lambda: shown, lambda: probes, tuple, UTC, lambda: at(600))
            pulse = Pulse(NOON, said, (said,), leader=Leader(Term(7, said, NOON), itself=False), troubles=(said, said))
            ports = WebPorts(
                store=store,
                environment=said,
                probes=lambda: probes,
                config_problems=lambda: (said, said),
                acknowledge=lambda _incident, _actor: True,
                run_again=lambda _probe, _region: None,
                people=People(store, lambda: at(600)),
                agents=desk(store, folder, probes),
                pulse=lambda: pulse,
                now=lambda: at(600),
                reports=folder,
                figures=figures_of(ReportDesk(store, said, UTC, folder), lambda: probes, lambda: at(600)),
                api_token=Secret("api_token", "token"),
                trace_url="https://traces.example/{trace_id}",
                region_titles={"local": said},
                windows=lambda: world.windows(texts[:20]),
                public_titles=lambda name: titles_of(shown, name),
                public=answers(PublicPorts(PublicDesk(sources).read)),
            )
            metrics = Metrics()
            metrics.attach(ports)
            listener = listen("127.0.0.1", 0)
            server = WebServer(build_site(ports, metrics, frozenset({"127.0.0.1"})), listener)
            server.start()
            opened.callback(server.stop)
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            client = opened.enter_context(httpx.Client(base_url=address, trust_env=False, verify=NO_TLS, timeout=60))
            client.headers.update(session(store, Role.ADMIN, "admin"))
            return Side(client, store, texts)

        yield made


@pytest.fixture(scope="module")
def hostile(make: Callable[[Sequence[str]], Side]) -> Side:
    return make(STRINGS)


@pytest.fixture(scope="module")
def harmless(make: Callable[[Sequence[str]], Side]) -> Side:
    return make(harmless_words(STRINGS))


def same(hostile: str, harmless: str, about: str) -> None:
    """Every difference at once, and what no page may hold."""
    there, here = shape(harmless), shape(hostile)
    assert ({}, {}) == (dict(here - there), dict(there - here)), about
    assert [] == list(wrong(hostile)), about


@pytest.mark.parametrize("path", SINGLES)
def test_pages_that_show_many_are_made_of_the_same(hostile: Side, harmless: Side, path: str) -> None:
    same(hostile.page(path), harmless.page(path), path)


def test_the_page_of_an_incident_is_made_of_the_same(hostile: Side, harmless: Side) -> None:
    plain = harmless.page(f"/incidents/{harmless.incident(0).id}")
    for number, text in enumerate(STRINGS):
        if text in {*ADDRESSES, *ATTRIBUTES, *FORMULAS} and text.strip():
            same(hostile.page(f"/incidents/{hostile.incident(number).id}"), plain, repr(text))


@pytest.fixture(scope="module")
def mixed(make: Callable[[Sequence[str]], Side]) -> Side:
    """Of few texts, each of many of the strings."""
    return make(world.salads([text for text in STRINGS if text.strip()]))


@pytest.fixture(scope="module")
def plain(make: Callable[[Sequence[str]], Side], mixed: Side) -> Side:
    return make(harmless_words(mixed.texts))


def test_pages_of_one_thing_are_made_of_the_same_with_every_string_in_every_field(mixed: Side, plain: Side) -> None:
    for number in range(len(mixed.texts)):
        about = f"salad {number}"
        name = world.name_of(number)
        for path in (f"/probes/{name}", f"/probes/{name}/versions"):
            same(mixed.page(path), plain.page(path), about)
        there, here = (side.incident(number) for side in (plain, mixed))
        same(mixed.page(f"/incidents/{here.id}"), plain.page(f"/incidents/{there.id}"), about)
        same(mixed.page(f"/runs/{here.cause.run_id}"), plain.page(f"/runs/{there.cause.run_id}"), about)


def test_the_page_for_everybody_is_made_of_the_same(mixed: Side, plain: Side) -> None:
    same(mixed.page("/public"), plain.page("/public"), "/public")


def test_the_page_of_a_run_is_made_of_the_same_with_a_step_for_every_string(hostile: Side, harmless: Side) -> None:
    for start in range(0, len(STRINGS), world.MOST_STEPS):
        texts = STRINGS[start : start + world.MOST_STEPS]
        plain = kept(harmless, world.a_run(2, harmless_words(texts)))
        same(kept(hostile, world.a_run(2, texts)), plain, f"from {start}")


def kept(side: Side, made: RunResult) -> str:
    side.store.forget_runs(at(99999), 0)
    side.store._kept.runs[made.id] = made
    return side.page(f"/runs/{made.id}")


def test_what_is_asked_for_comes_back_as_text(mixed: Side, plain: Side) -> None:
    """Words of the address, of forms, and paths that lead nowhere."""
    plain_run, hostile_run = (side.incident(0).cause.run_id for side in (plain, mixed))
    for text in world.salads(STRINGS)[:-4]:
        words = quote(text.encode("utf-8", "surrogatepass"))
        for path, usual in (
            (f"/silences?probe={words}&for={words}&reason={words}&author={words}", "/silences?probe=x&for=x&reason=x"),
            (f"/incidents?probe=*{words}&owner={words}&state={words}&days={words}", "/incidents?state=x&owner=x"),
            (f"/runs/{hostile_run}?with={words}", f"/runs/{plain_run}?with=x"),
            (f"/sign-in?next={words}", "/sign-in?next=x"),
            (f"/no/{words}", "/no/x"),
            (f"/runs/{words.replace('/', '%2F')}", "/runs/x"),
        ):  # fmt: skip
            page = mixed.page(path)
            assert [] == list(wrong(page)), path
            there, here = shape(plain.page(usual)), shape(page)
            assert set(here) <= set(there) | {("label span", ("class", "id", "role"))}, path


def test_what_is_typed_into_forms_comes_back_as_text(mixed: Side, plain: Side) -> None:
    for text in world.salads(STRINGS):
        same(sent(mixed, text), sent(plain, HARMLESS), repr(text[:80]))


def sent(side: Side, said: str) -> str:
    """The page that answers a form of silences full of these words."""
    token = side.page("/silences").split('name="token" value="', 1)[1].split('"', 1)[0]
    form = dict.fromkeys(("kind", "probe", "tag", "owner", "reason", "author", "for"), said)
    return side.client.post("/silences", data={**form, "token": token}).text


def test_a_word_of_a_million_characters_is_shown_bounded_or_whole_but_never_breaks_a_page(
    make: Callable[[Sequence[str]], Side],
) -> None:
    side, usual = make([WORD, "x"]), make([HARMLESS, "x"])
    made = world.a_run(0, [WORD])
    for path in ("/", f"/runs/{made.id}"):
        same(side.page(path), usual.page(path), path)


@pytest.mark.parametrize("path", ["/metrics", "/api/v1/status", "/api/v1/incidents", "/api/v1/silences", "/healthz"])
def test_what_programs_read_stays_readable(hostile: Side, path: str) -> None:
    answer = hostile.client.get(path)
    assert answer.status_code in {200, 503}
    if path == "/metrics":
        for line in answer.text.rstrip("\n").split("\n"):
            assert line.startswith("#") or line.rsplit(" ", 1)[1].replace(".", "").replace("e+", "").isalnum(), line
    else:
        assert answer.json()


def test_no_page_is_forgotten() -> None:
    """A new page of one thing belongs into a test above, or here with the place where it is looked at."""
    known = {
        "/probes/{probe}": "above",
        "/probes/{probe}/versions": "above",
        "/runs/{run}": "above",
        "/incidents/{incident}": "above",
        "/incidents/{incident}/postmortem.md": "tests/hostile/test_texts.py",
        "/reports/{name}": "tests/hostile/test_texts.py",
    }
    assert {path for path in SHOWN if "{" in path} <= set(known)


def test_the_look_at_a_page_is_not_blind() -> None:
    good = "<html><body><p class='a'>x</p></body></html>"
    for bad in (
        good.replace("x", "<b>x</b>"),
        good.replace("class", "onclick='x' class"),
        good.replace("x</p>", "</p><p>x"),
    ):
        assert shape(good) != shape(bad)
    for bad in (
        "<p onclick='x'>",
        "<a href='javascript:x'>",
        "<a href='//evil.example'>",
        "<!-- x -->",
        "<p style='x'>",
        "a\u202eb",
        "a\x1bb",
    ):
        assert [] != list(wrong(f"<html><body>{bad}</body></html>")), bad
    assert [] == list(wrong(good))
