"""Who leads on PostgreSQL: one at a time, another soon after, and nobody who cannot be sure."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from synthmon.demo.relay import Line, Relay, Weather
from synthmon.store.migrate import upgrade
from synthmon.store.postgres.contest import LOCK, Contest, Rhythm
from tests.making import NOON
from tests.postgres import Shared
from tests.postgres_server import Server

# As the real one, ten times as fast.
QUICK = Rhythm(contend=0.1, confirm=0.2, patience=0.8, sure=0.9, silence=1.2)
STEADY = Rhythm(
    contend=0.1, confirm=0.6, patience=2.4, sure=2.7, silence=3.6
)  # a busy machine stands still for a second
SLOW = 20.0  # seconds that a busy machine may take

Make = Callable[..., Contest]


def until(true: Callable[[], object], deadline: float = SLOW) -> None:
    last = time.monotonic() + deadline
    while not true():
        assert time.monotonic() < last, f"not within {deadline} s"
        threading.Event().wait(0.01)


@pytest.fixture
def contest(postgres_url: str) -> Iterator[Make]:
    """Makes one that has started, and stops it at the end."""
    with ExitStack() as started:

        def make(name: str, url: str = postgres_url, **more: object) -> Contest:
            made = Contest(url, name, lambda: NOON, **{"rhythm": QUICK, **more})  # type: ignore[arg-type]
            made.start()
            started.callback(made.stop)
            return made

        yield make


def epochs(event: str, lines: list[EventDict]) -> list[int]:
    return [line["epoch"] for line in lines if line["event"] == event]


def leaders(*contests: Contest) -> list[int]:
    return [index for index, contest in enumerate(contests) if contest.term() is not None]


def test_one_leads_and_when_it_stops_another_does_with_a_higher_epoch(contest: Make) -> None:
    first = contest("first")
    until(first.term)
    others = [contest("second"), contest("third")]
    threading.Event().wait(5 * QUICK.contend)
    assert [0] == leaders(first, *others)

    began = first.term()
    first.stop()
    assert first.term() is None
    until(lambda: leaders(*others))
    (index,) = leaders(*others)
    term = others[index].term()
    assert began is not None
    assert term is not None
    assert ("first", ("second", "third")[index]) == (began.instance, term.instance)
    assert began.epoch < term.epoch


def test_a_leader_goes_on_leading_for_longer_than_a_silent_session_lives(contest: Make) -> None:
    leader = contest("ada", rhythm=STEADY)
    until(leader.term)
    term, last = leader.term(), time.monotonic() + 1.5 * STEADY.silence
    while time.monotonic() < last:
        assert term == leader.term()
        threading.Event().wait(0.02)


def test_a_hundred_changes_of_leader_each_with_a_higher_epoch_and_never_two_at_once(contest: Make) -> None:
    contests = [contest("one"), contest("two"), contest("three")]
    epochs: list[int] = []
    at_once = 0
    for turn in range(100):
        until(lambda: leaders(*contests))
        leading = leaders(*contests)
        at_once = max(at_once, len(leading))
        index = leading[0]
        term = contests[index].term()
        if term is not None:
            epochs.append(term.epoch)
        contests[index].stop()
        contests[index] = contest(f"number {turn}")
    assert 1 == at_once
    assert sorted(set(epochs)) == epochs
    assert len(epochs) >= 28


def test_a_leader_whose_session_is_ended_knows_it_says_why_and_contends_again(
    contest: Make, postgres_url: str, postgres_server: Shared
) -> None:
    with capture_logs() as lines:
        leader = contest("ada")
        until(leader.term)
        end_sessions(postgres_server, postgres_url)
        until(lambda: len(epochs("leadership.won", lines)) == 2 and leader.term())
    lost = [line for line in lines if line["event"] == "leadership.lost"]
    assert "terminat" in lost[0]["why"]
    began, again = epochs("leadership.won", lines)
    assert [began] == epochs("leadership.lost", lines)
    assert began < again


def test_whoever_does_not_get_on_with_judging_lets_another_one_lead(contest: Make) -> None:
    hangs = threading.Event()
    first = contest("first", fit=lambda: not hangs.is_set())
    until(first.term)
    second = contest("second")
    hangs.set()
    until(second.term)
    assert first.term() is None
    second.stop()
    threading.Event().wait(5 * QUICK.contend)
    assert first.term() is None
    hangs.clear()
    until(first.term)


def test_a_frozen_server_leaves_nobody_sure_and_its_thaw_makes_one_leader(postgres_private: Server) -> None:
    url = postgres_private.url()
    upgrade(url)
    contests = [Contest(url, name, lambda: NOON, rhythm=QUICK) for name in ("one", "two")]
    for one in contests:
        one.start()
    try:
        until(lambda: leaders(*contests))
        until(lambda: sessions(postgres_private) == 2)  # one that is begun meanwhile would not be frozen
        postgres_private.freeze()
        until(lambda: not leaders(*contests), QUICK.sure + 1.0)
        until(lambda: all(one.trouble for one in contests))
        assert "it cannot be settled who leads" in (contests[0].trouble or "")
        postgres_private.thaw()
        until(lambda: leaders(*contests))
        until(lambda: not any(one.trouble for one in contests))
        assert 1 == len(leaders(*contests))
    finally:
        for one in contests:
            one.stop()


def test_whoever_cannot_show_that_it_lives_is_not_sure_before_another_leads(contest: Make) -> None:
    """As a process that is stopped: its session lives on, and whoever asks it when it goes on must not be told yes."""
    stands_still, goes_on = threading.Event(), threading.Event()

    def fit() -> bool:
        if stands_still.is_set():
            goes_on.wait(SLOW)
        return True

    former = contest("former", fit=fit)
    until(former.term)
    other = contest("other")
    began = (former.term() or other.term()).epoch  # type: ignore[union-attr]
    stands_still.set()
    until(other.term)
    assert former.term() is None
    assert former._held is not None  # its thread has not even looked
    goes_on.set()
    until(lambda: former._held is None)
    assert began < (other.term() or former.term()).epoch  # type: ignore[union-attr]


def test_a_row_that_somebody_changed_ends_the_term(contest: Make, postgres_url: str, postgres_server: Shared) -> None:
    """As a backup put in its place does."""
    leader = contest("ada")
    until(leader.term)
    with postgres_server.connect(postgres_url.rpartition("/")[2]) as connection:
        connection.execute("UPDATE leadership SET epoch = 4000000000")
    until(lambda: (term := leader.term()) is not None and term.epoch == 4_000_000_001)


def test_a_term_in_doubt_is_nobodys_and_the_next_one_is_higher(
    contest: Make, postgres_url: str, postgres_server: Shared
) -> None:
    """The row was written, and the answer never came: whoever asked cannot know, and begins anew."""
    name = postgres_url.rpartition("/")[2]
    with (
        postgres_server.connect(name) as beside,
        Relay(("127.0.0.1", postgres_server.port), lambda: 1.0) as relay,
        capture_logs() as lines,
    ):
        beside.execute("INSERT INTO leadership VALUES ('judge', 4000000006, 'before', 0)")
        beside.execute(
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END $$"
        )
        beside.execute("CREATE TRIGGER dawdle BEFORE UPDATE ON leadership FOR EACH ROW EXECUTE FUNCTION dawdle()")
        leader = contest("ada", postgres_server.url(name, port=relay.port))
        until(lambda: beside.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'").fetchone())
        relay.weather = Weather(Line.HALF_OPEN)
        until(lambda: beside.execute("SELECT epoch FROM leadership").fetchone() == (4_000_000_007,))
        until(lambda: leader.trouble)
        assert leader.term() is None
        relay.weather = Weather()
        until(leader.term)
    assert [4_000_000_008] == epochs("leadership.won", lines)


def sessions(server: Server) -> int:
    with server.connect() as connection:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'synthmon leadership%'"
        (found,) = connection.execute(asked).fetchone() or (0,)
    return int(found)


def end_sessions(server: Shared, database: str) -> None:
    """End every session that has the leader's lock; pg_locks tells of other databases too, which are other tests'."""
    with server.connect(database.rpartition("/")[2]) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND ((classid::bigint << 32) | objid::bigint) = %s",
            [LOCK],
        )
