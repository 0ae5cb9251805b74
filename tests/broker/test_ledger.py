"""What becomes of an order, as far as the agent that gave it can know: values in, fates out."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from synthmon.broker.ledger import NOBODY_AFTER, SENT_WITHIN, SKEW, Fate, Ledger, Ticket
from synthmon.model.order import Notice, Order, What
from synthmon.model.run import Outcome
from tests.making import NOON, at, key

UNTIL = at(56)
ALLOWANCE = timedelta(seconds=20)


class Desk:
    """A ledger and its clock."""

    def __init__(self) -> None:
        self.now = NOON
        self.ledger = Ledger(lambda: self.now)

    def place(self, name: str = "checkout", *, sent: bool = True) -> Ticket:
        order = Order(key(self.now, name), "0" * 64, UNTIL, "synthmon.replies.test.local.one")
        ticket = self.ledger.place(order, ALLOWANCE)
        if sent:
            assert self.ledger.to_send(ticket)
        return ticket

    def hear(self, what: What, ticket: Ticket) -> None:
        run_id = ticket.order.key.id
        done = Notice(what, run_id, "w", None, Outcome.PASSED, NOON, 1.0)
        self.ledger.hear(done if what is What.DONE else Notice(what, run_id, "w"))

    def at(self, seconds: float, heard_until: datetime | None = None) -> None:
        self.now = at(seconds)
        self.ledger.tick(heard_until)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_what_is_done_is_done(desk: Desk) -> None:
    ticket = desk.place()
    desk.hear(What.TAKEN, ticket)
    assert not ticket.settled.is_set()
    desk.hear(What.DONE, ticket)
    assert (Fate.DONE, True) == (ticket.fate, ticket.settled.is_set())
    assert ticket.notice is not None
    assert Outcome.PASSED == ticket.notice.outcome


def test_an_order_is_not_taken_for_certain_once_an_echo_from_after_its_end_is_back(desk: Desk) -> None:
    ticket = desk.place()
    desk.at(70, heard_until=UNTIL + SKEW)
    assert ticket.fate is None
    desk.at(70, heard_until=UNTIL + SKEW + timedelta(milliseconds=1))
    assert Fate.NOT_TAKEN == ticket.fate


def test_while_no_echo_comes_back_nothing_is_certain(desk: Desk) -> None:
    ticket = desk.place()
    desk.at(3600, heard_until=at(55))
    assert ticket.fate is None


def test_an_echo_from_before_the_clock_was_set_back_says_nothing(desk: Desk) -> None:
    ticket = desk.place()
    desk.at(1, heard_until=at(3600))
    assert ticket.fate is None


def test_what_was_taken_and_not_heard_of_again_is_lost_after_as_long_as_it_may_take(desk: Desk) -> None:
    ticket = desk.place()
    desk.now = at(50)
    desk.hear(What.TAKEN, ticket)
    desk.at(70, heard_until=at(69))  # it may go on beyond its slot
    assert ticket.fate is None
    desk.at(70.1, heard_until=at(69))
    assert Fate.LOST == ticket.fate


def test_what_a_second_worker_takes_has_its_time_again(desk: Desk) -> None:
    ticket = desk.place()
    desk.hear(What.TAKEN, ticket)
    desk.now = at(15)
    desk.hear(What.TAKEN, ticket)
    desk.at(30)
    assert ticket.fate is None
    desk.hear(What.DONE, ticket)
    assert Fate.DONE == ticket.fate


def test_when_the_line_breaks_what_is_not_taken_is_in_doubt_and_what_is_taken_is_waited_for(desk: Desk) -> None:
    taken, lying = desk.place("taken"), desk.place("lying")
    desk.hear(What.TAKEN, taken)
    desk.ledger.broke()
    assert (None, Fate.DOUBTFUL) == (taken.fate, lying.fate)


def test_an_order_that_could_not_be_sent_is_in_doubt_and_never_sent_afterwards(desk: Desk) -> None:
    ticket = desk.place(sent=False)
    desk.at(SENT_WITHIN.total_seconds() + 0.1)
    assert Fate.DOUBTFUL == ticket.fate
    assert not desk.ledger.to_send(ticket)


def test_what_a_worker_declines_is_declined_unless_another_one_has_taken_it(desk: Desk) -> None:
    one, other = desk.place("one"), desk.place("other")
    desk.hear(What.DECLINED, one)
    desk.hear(What.TAKEN, other)
    desk.hear(What.DECLINED, other)
    assert (Fate.DECLINED, None) == (one.fate, other.fate)


def test_nobody_is_there_when_orders_lie_and_none_is_taken_and_somebody_is_once_one_is(desk: Desk) -> None:
    desk.place("a")
    desk.at(5)
    desk.place("b")
    desk.at(NOBODY_AFTER.total_seconds())
    assert desk.ledger.nobody_since is None
    desk.at(NOBODY_AFTER.total_seconds() + 0.1)
    assert NOON == desk.ledger.nobody_since
    desk.hear(What.TAKEN, desk.place("c"))
    assert desk.ledger.nobody_since is None
    desk.at(NOBODY_AFTER.total_seconds() + 5)  # a and b still lie there, and somebody is busy
    assert desk.ledger.nobody_since is None


def test_where_nothing_lies_nobody_is_missed(desk: Desk) -> None:
    ticket = desk.place()
    desk.hear(What.TAKEN, ticket)
    desk.hear(What.DONE, ticket)
    desk.at(3600, heard_until=at(3599))
    assert desk.ledger.nobody_since is None


def test_when_the_agent_stops_nobody_waits_any_more(desk: Desk) -> None:
    before = desk.place()
    desk.ledger.close()
    after = desk.place("other", sent=False)
    assert (Fate.LEFT, Fate.LEFT) == (before.fate, after.fate)
    assert not desk.ledger.to_send(after)


def test_the_same_run_ordered_twice_is_one_order(desk: Desk) -> None:
    assert desk.place() is desk.place()


def test_notices_of_orders_that_nobody_knows_change_nothing(desk: Desk) -> None:
    ticket = desk.place()
    desk.ledger.hear(Notice(What.DONE, "another", "w", None, Outcome.FAILED, NOON, 1.0))
    assert (None, 1) == (ticket.fate, desk.ledger.open)
