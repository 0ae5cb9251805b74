"""A run that is to be made elsewhere, and what the agent does when it is not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from synthmon.broker import elsewhere as room
from synthmon.broker.elsewhere import NO_ROOM, NOT_TAKEN, Elsewhere, ElsewherePorts
from synthmon.broker.ledger import Ledger, Ticket
from synthmon.model.journey import Journey
from synthmon.model.order import Notice, What
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Kept, Outcome, RunKey, RunKind, RunResult
from synthmon.schedule import next_slot
from tests.making import NOON, probe, run

SLOT = next_slot("checkout", "local", 60.0, NOON)
KEY = RunKey("test", "checkout", "local", SLOT)
SECOND = timedelta(seconds=1)


class Post:
    """A broker that does at once what it is told to; `answer` is what becomes of an order that was sent."""

    def __init__(self) -> None:
        self.now = SLOT
        self.ledger = Ledger(lambda: self.now)
        self.trouble: str | None = None
        self.answer: Callable[[Ticket], None] = self.done
        self.sent: list[Ticket] = []
        self.walked: list[RunKey] = []
        self.while_walking: Callable[[], object] = lambda: None
        ports = ElsewherePorts(self.walk, self.send, lambda: self.trouble, "synthmon.replies.x", lambda: self.now)
        self.elsewhere = Elsewhere(ports, self.ledger)

    def walk(self, _probe: Probe, key: RunKey, _region: ProbeRegion) -> RunResult:
        self.walked.append(key)
        self.while_walking()
        return replace(run(), key=key)

    def send(self, ticket: Ticket) -> None:
        self.sent.append(ticket)
        assert self.ledger.to_send(ticket)
        self.answer(ticket)

    def done(self, ticket: Ticket) -> None:
        self.tell(What.TAKEN, ticket)
        self.tell(What.DONE, ticket)

    def declined(self, ticket: Ticket) -> None:
        self.tell(What.DECLINED, ticket)

    def tell(self, what: What, ticket: Ticket) -> None:
        done = what is What.DONE
        outcome, when = (Outcome.FAILED, SLOT + SECOND) if done else (None, None)
        self.ledger.hear(Notice(what, ticket.order.key.id, "w", "why", outcome, when, 3.0))

    def nothing(self, ticket: Ticket) -> None:
        """Its time passes, and an echo shows that nobody had taken it."""
        self.now = ticket.order.until + 3 * SECOND
        self.ledger.tick(self.now - timedelta(milliseconds=1))

    def lost(self, ticket: Ticket) -> None:
        self.tell(What.TAKEN, ticket)
        self.now += ticket.allowance + SECOND
        self.ledger.tick(None)

    def ask(self, key: RunKey = KEY, probe_: Probe | None = None) -> RunResult | Kept | None:
        with capture_logs():
            return self.elsewhere(probe_ or probe(), key, ProbeRegion("local"))


@pytest.fixture
def post() -> Post:
    return Post()


def test_a_run_that_a_worker_made_is_kept_there_and_the_agent_knows_how_it_ended(post: Post) -> None:
    found = post.ask()
    assert isinstance(found, Kept)
    assert (KEY, Outcome.FAILED, 3.0) == (found.result.key, found.result.outcome, found.result.duration)
    assert [] == post.walked


def test_an_order_names_the_version_of_the_probe_and_ends_in_time_to_be_settled_before_the_next_slot(
    post: Post,
) -> None:
    post.ask()
    (ticket,) = post.sent
    assert ("0" * 64, SLOT + 56 * SECOND) == (ticket.order.probe_hash, ticket.order.until)
    assert 20 * SECOND == ticket.allowance


def test_a_run_with_cleanup_has_time_for_it(post: Post) -> None:
    made = probe()
    cleaned = replace(made.journey, cleanup=made.journey.steps)
    assert isinstance(cleaned, Journey)
    post.ask(probe_=probe(journey=cleaned))
    assert 50 * SECOND == post.sent[0].allowance


def test_a_slot_that_no_worker_took_is_skipped_with_its_reason(post: Post) -> None:
    post.answer = post.nothing
    found = post.ask()
    assert isinstance(found, RunResult)
    assert (KEY, Outcome.SKIPPED, NOT_TAKEN) == (found.key, found.outcome, found.reason)
    assert [] == post.walked


@pytest.mark.parametrize("kind", [RunKind.CONFIRM, RunKind.MANUAL])
def test_what_somebody_waits_for_is_made_here_if_no_worker_takes_it_soon(post: Post, kind: RunKind) -> None:
    post.answer = post.nothing
    key = replace(KEY, kind=kind)
    found = post.ask(key)
    assert SLOT + 5 * SECOND == post.sent[0].order.until
    assert isinstance(found, RunResult)
    assert (Outcome.PASSED, [key]) == (found.outcome, post.walked)


@pytest.mark.parametrize("what", ["declined", "doubtful"])
def test_what_a_worker_declines_or_what_is_in_doubt_is_made_here(post: Post, what: str) -> None:
    post.answer = post.declined if what == "declined" else lambda _: post.ledger.broke()
    found = post.ask()
    assert isinstance(found, RunResult)
    assert (Outcome.PASSED, [KEY]) == (found.outcome, post.walked)


def test_of_a_run_that_was_taken_and_never_heard_of_again_nothing_is_claimed(post: Post) -> None:
    """To call it skipped would hide the result that may yet come; if none does, its slot is noted as missed."""
    post.answer = post.lost
    assert post.ask() is None
    assert [] == post.walked


def test_while_the_broker_is_away_nothing_is_ordered_and_the_reason_is_said(post: Post) -> None:
    post.trouble = "the broker is away: refused"
    assert isinstance(post.ask(), RunResult)
    assert ([KEY], []) == (post.walked, post.sent)
    assert "the broker is away: refused; the agent runs what it can itself" == post.elsewhere.trouble


def test_going_away_and_coming_back_are_each_said_once(post: Post) -> None:
    with capture_logs() as logs:
        for trouble in ("gone", "gone", None, None):
            post.trouble = trouble
            post.elsewhere(probe(), KEY, ProbeRegion("local"))
    said = [line["event"] for line in logs if line["event"].startswith("workers.")]
    assert ["workers.away", "workers.there"] == said


def test_workers_that_are_there_from_the_first_run_on_are_said_to_be_there_once(post: Post) -> None:
    with capture_logs() as logs:
        for _ in range(2):
            post.elsewhere(probe(), KEY, ProbeRegion("local"))
    assert ["workers.there"] == [line["event"] for line in logs if line["event"].startswith("workers.")]


def test_while_there_is_no_worker_one_order_at_a_time_looks_for_one_and_its_run_is_not_lost(post: Post) -> None:
    post.ledger.nobody_since = SLOT
    within: list[RunResult | Kept | None] = []

    def scout(ticket: Ticket) -> None:
        within.append(post.ask(replace(KEY, probe="login")))  # while the scout is out
        post.nothing(ticket)

    post.answer = scout
    found = post.ask()
    assert [SLOT + 5 * SECOND] == [ticket.order.until for ticket in post.sent]
    assert ["login", "checkout"] == [key.probe for key in post.walked]
    assert isinstance(found, RunResult)
    assert Outcome.PASSED == found.outcome


def test_what_there_is_no_room_for_is_skipped_unless_a_worker_may_have_it(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_OWN_RUNS", 0)
    full = Post()
    full.now = SLOT + timedelta(seconds=59.9)
    full.trouble = "gone"
    found = full.ask()
    assert isinstance(found, RunResult)
    assert (Outcome.SKIPPED, NO_ROOM) == (found.outcome, found.reason)
    full.trouble, full.answer = None, lambda _: full.ledger.broke()
    assert full.ask() is None


def test_an_agent_that_stops_waits_for_no_worker(post: Post) -> None:
    waiting, found = threading.Event(), []
    post.answer = lambda _: waiting.set()
    thread = threading.Thread(target=lambda: found.append(post.ask()))
    thread.start()
    assert waiting.wait(10)
    post.ledger.close()
    thread.join(10)
    assert [None] == found
