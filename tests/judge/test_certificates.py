"""A certificate that is about to end makes one ticket, also of a probe that declares neither alerts nor a budget."""

from __future__ import annotations

from dataclasses import replace

from synthmon.engine.certificate import expiring
from synthmon.model.incident import Occasion
from synthmon.model.probe import Severity
from synthmon.model.run import Outcome, RunResult
from tests import making
from tests.judge.world import World
from tests.making import at
from tests.probefile.writing import probe_of

ENDS = at(13 * 86_400)


def remarked(second: int) -> RunResult:
    """A run that met a certificate which ends in thirteen days, as the engine says it."""
    remark = expiring(ENDS, at(second), 14 * 86_400)
    assert remark is not None
    return making.run(at(second), Outcome.DEGRADED, name="shop", failures=(remark,))


def test_it_is_told_once_as_a_ticket_with_the_day_and_is_over_when_it_was_renewed() -> None:
    plain = probe_of("steps: [{id: read, request: GET /x}]")
    world = World(replace(plain, regions=making.probe().regions))
    world.turn([making.run(at(0), name="shop")])
    for number in range(1, 60):
        world.turn([remarked(60 * number)], at(60 * number + 1), sweep=True)

    (opened,) = world.current
    assert (Severity.TICKET, "shop is degraded") == (opened.severity, opened.alert)
    assert "the certificate ends in 12 days" in opened.reason
    assert [Occasion.TRIGGER] == [owed.occasion for owed in world.notifications]

    for number in range(60, 63):
        world.turn([making.run(at(60 * number), name="shop")])
    assert [Occasion.TRIGGER, Occasion.RESOLVE] == [owed.occasion for owed in world.notifications]
