"""Reports that are owed by e-mail are owed once, change as they are tried, and belong to whoever leads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synthmon.errors import Fenced
from synthmon.model.mailing import Mailing, MailingStatus
from synthmon.model.quiet import Selection
from synthmon.store.interface import Store
from tests.making import at, run


def mailing(
    report: str = "daily-2026-03-02", to: tuple[str, ...] = ("owners@example.com",), created: float = 0
) -> Mailing:
    return Mailing(
        report=report,
        kind="daily",
        start=at(-86400),
        end=at(0),
        covers=Selection(tag="tier-1"),
        channel="mail",
        form="html",
        to=to,
        waiting=to,
        as_of=at(created),
        created_at=at(created),
        next_at=at(created),
    )


def test_what_is_owed_twice_is_owed_once(store: Store) -> None:
    store.owe_mail([mailing()])
    tried = replace(mailing(), attempts=1, why="451 later", next_at=at(60))
    store.mark_mail(tried)
    store.owe_mail([mailing()])

    assert store.mailings() == [tried]


def test_what_is_sent_is_owed_no_more_and_is_still_told_of(store: Store) -> None:
    store.owe_mail([mailing(), mailing(to=("others@example.com",), created=5)])
    sent = replace(mailing(), status=MailingStatus.SENT, ended_at=at(9), waiting=())
    store.mark_mail(sent)

    assert store.mailings(owed=True) == [mailing(to=("others@example.com",), created=5)]
    assert store.mailings(limit=5) == [mailing(to=("others@example.com",), created=5), sent]


def test_they_are_found_by_their_report(store: Store) -> None:
    store.owe_mail([mailing(), mailing("daily-2026-03-03", created=1)])

    assert store.mailings(reports=["daily-2026-03-03"]) == [mailing("daily-2026-03-03", created=1)]
    assert store.mailings(reports=[]) == []


def test_only_the_leader_owes_and_claims_them(store: Store) -> None:
    old = store.elect("one", at(0))
    store.elect("other", at(1))

    with pytest.raises(Fenced):
        store.owe_mail([mailing()], old.epoch)
    with pytest.raises(Fenced):
        store.mark_mail(mailing(), old.epoch)
    assert store.mailings() == []


def test_runs_that_arrived_after_a_number_are_told_by_probe_and_slots(store: Store) -> None:
    store.keep([run(at(0)), run(at(60))])
    before = store.arrived()
    store.keep([run(at(-60)), run(at(-120)), run(at(120))])

    assert store.late_probes(before, at(-600), at(60)) == [("checkout", at(-120), at(-60))]
    assert store.late_probes(store.arrived(), at(-600), at(600)) == []
