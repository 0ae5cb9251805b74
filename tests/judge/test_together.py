"""Several processes of one centre: none undoes what another says, and a trouble is whose it is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from synthmon.judge.own import Trouble, decide_own
from synthmon.judge.together import living, together
from synthmon.model.incident import Incident
from synthmon.model.probe import Track
from synthmon.model.replica import Replica, Word
from tests.judge.world import POLICY
from tests.making import NOON, at

DISK, REFUSED = "the disk is full", "the receiver answered 401"


def replica(name: str, *words: Word, heard: datetime = NOON) -> Replica:
    return Replica(name, heard, "0.1.0", words)


def bad(subject: str, trouble: str, since: datetime = NOON, track: Track = Track.NOTIFY) -> Word:
    return Word(track, subject, since, trouble, f"channel {subject}")


def well(subject: str, since: datetime = NOON, track: Track = Track.NOTIFY) -> Word:
    return Word(track, subject, since)


def test_one_process_speaks_for_itself_without_its_name() -> None:
    troubles, healed = together([replica("ada", bad("pager", REFUSED), well("mail"))])
    assert [Trouble(Track.NOTIFY, "pager", "channel pager", REFUSED, NOON)] == troubles
    assert [(Track.NOTIFY, "mail")] == [one.subject for one in healed]


def test_a_trouble_of_one_of_several_is_told_with_its_name_since_it_began() -> None:
    troubles, healed = together(
        [replica("ada", well("pager")), replica("ben", bad("pager", REFUSED, at(60))), replica("eve")]
    )
    assert [("pager", "ben: the receiver answered 401", at(60))] == [(t.subject, t.text, t.since) for t in troubles]
    assert [] == healed


def test_the_same_trouble_of_two_is_one() -> None:
    self = Track.SYNTHMON
    (trouble,), _ = together(
        [
            replica("ada", bad("synthmon", DISK, at(60), self)),
            replica("ben", bad("synthmon", "no database", at(30), self)),
        ]
    )
    assert ("ada: the disk is full; ben: no database", at(30)) == (trouble.text, trouble.since)


def test_a_subject_is_well_once_no_process_is_troubled_since_the_last_of_them_was() -> None:
    _, (healed,) = together([replica("ada", well("pager", at(10))), replica("ben", well("pager", at(90)))])
    assert at(90) == healed.since


def test_of_what_no_process_speaks_nothing_is_known() -> None:
    assert ([], []) == together([replica("ada"), replica("ben")])


@pytest.mark.parametrize(("silent", "counts"), [(30, True), (31, False)])
def test_a_process_that_is_silent_counts_no_more(silent: float, counts: bool) -> None:
    heard = living([replica("ada", bad("pager", REFUSED))], NOON + timedelta(seconds=silent))
    assert counts is bool(heard)


def test_a_new_leader_that_is_well_does_not_end_what_the_former_one_still_has() -> None:
    """The former one goes on living beside it, and still cannot keep its results."""
    now, incidents = NOON, list[Incident]()
    ada, ben = bad("synthmon", DISK, NOON, Track.SYNTHMON), well("synthmon", NOON - timedelta(days=1), Track.SYNTHMON)

    def decided(*replicas: Replica, seconds: float) -> list[str]:
        nonlocal now
        now += timedelta(seconds=seconds)
        decision = decide_own(*together(replicas), incidents, ["pager"], POLICY, now)
        incidents[:] = decision.incidents or incidents
        return [event.what for event in decision.events]

    assert ["opened"] == decided(replica("ada", ada), replica("ben", ben), seconds=40)
    assert [] == decided(replica("ben", ben), replica("ada", ada), seconds=40)
    healed = well("synthmon", now, Track.SYNTHMON)
    assert [] == decided(replica("ben", ben), replica("ada", healed), seconds=20)
    assert ["resolved"] == decided(replica("ben", ben), replica("ada", healed), seconds=20)
