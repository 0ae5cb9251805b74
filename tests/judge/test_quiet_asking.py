"""What somebody may ask for, and what it keeps back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from synthmon.judge.asking import covered, kept_back, wrong_with
from synthmon.model.incident import IncidentStatus
from synthmon.model.probe import Severity
from synthmon.model.quiet import Quiet, QuietKind, Selection
from tests.making import NOON, at, incident, probe

ASKED = Quiet(QuietKind.SILENCE, Selection(probe="checkout"), at(0), at(3600), "the shop moves", "ada")


def test_what_names_something_is_signed_explained_and_ends_may_be_asked_for() -> None:
    assert wrong_with(ASKED, NOON) is None
    assert wrong_with(replace(ASKED, start=at(86400), end=at(86400 + 60)), NOON) is None


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"covers": Selection()}, "say what is meant"),
        ({"reason": ""}, "a reason is needed"),
        ({"reason": "x" * 501}, "a reason is needed"),
        ({"author": ""}, "the name of who asks is needed"),
        ({"author": "x" * 81}, "the name of who asks is needed"),
        ({"end": at(0)}, "over before it began"),
        ({"start": at(-7200), "end": at(-3600)}, "over before it began"),
        ({"start": at(-61)}, "cannot begin in the past"),
        ({"end": NOON + timedelta(days=30, seconds=1)}, "30 days at most"),
        ({"kind": QuietKind.MAINTENANCE, "covers": Selection("x", severity=Severity.PAGE)}, "maintenance is of probes"),
    ],
)
def test_anything_else_is_refused_with_the_reason(changed: dict[str, Any], words: str) -> None:
    wrong = wrong_with(replace(ASKED, **changed), NOON)
    assert wrong is not None
    assert words in wrong.text


def test_thirty_days_are_allowed() -> None:
    assert wrong_with(replace(ASKED, end=NOON + timedelta(days=30)), NOON) is None


def test_it_is_about_every_probe_that_fits_all_that_is_named() -> None:
    probes = [probe(), probe("checkin", tags=("web",)), probe("login", tags=("web",))]
    meant = replace(ASKED, covers=Selection(probe="check*", tag="web"))
    assert ["checkin"] == [one.name for one in covered(meant, probes)]


def test_it_keeps_back_open_incidents_of_its_probes_and_severity_while_it_holds() -> None:
    page, ticket = incident(), incident(severity=Severity.TICKET, generation=2)
    over = incident(status=IncidentStatus.RESOLVED, generation=3)
    gone = incident(probe="gone")
    known = [page, ticket, over, gone]
    assert [page, ticket] == kept_back(ASKED, known, [probe()], NOON)
    only = replace(ASKED, covers=Selection(probe="checkout", severity=Severity.PAGE))
    assert [page] == kept_back(only, known, [probe()], NOON)
    assert [] == kept_back(ASKED, known, [probe()], at(3600))
