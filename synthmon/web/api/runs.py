"""Runs: the list, one with its steps beside another, and starting one."""

from __future__ import annotations

from pydantic import Field

from synthmon import wire
from synthmon.model.history import RunRow
from synthmon.model.run import FailureKind, Outcome, RunKind, RunResult, from_millis, to_millis
from synthmon.store.interface import Only, RunPlace
from synthmon.web.api.fields import FIRST, LAST, Answer, AskedInstant, Instant, Name, Question
from synthmon.web.api.operation import Call
from synthmon.web.api.paging import Next, Piece, mark, no_mark, place
from synthmon.web.api.problem import Refused
from synthmon.web.api.run_document import RunDocument
from synthmon.web.difference import difference
from synthmon.web.run_page import last_good
from synthmon.web.views import View

LAST_GOOD = "last_good"


class RunFilter(Piece):
    """Which runs are listed, newest first."""

    probe: Name | None = None
    region: Name | None = None
    outcome: list[Outcome] = Field(default=[], max_length=6, description="Any of these; all where none is given.")
    kind: list[RunKind] = Field(default=[], max_length=3, description="Any of these; all where none is given.")
    start: AskedInstant | None = Field(default=None, description="Slots from then on.")
    end: AskedInstant | None = Field(default=None, description="Slots before then.")


class RunItem(Answer):
    """One run without its steps."""

    id: str
    probe: str
    region: str
    slot: Instant
    kind: RunKind
    n: int
    outcome: Outcome
    started_at: Instant
    duration: float = Field(description="Seconds.")
    latency: float | None = Field(description="Seconds.")
    failed_step: str | None
    failure_kind: FailureKind | None
    message: str | None
    flaky: bool
    late: float = Field(description="Seconds after the slot.")
    cleanup_failed: bool
    suspect: bool = Field(description="The machine stalled meanwhile: its latencies count nowhere.")


class RunList(Answer):
    items: list[RunItem]
    next: Next


class RunWanted(Question):
    """Which probe is to be run now, and where."""

    probe: Name
    region: Name


class RunStarted(Answer):
    run: str = Field(description="The id of the run; it can be read once it is over.")


class RunAsked(Question):
    compare: Name | None = Field(default=None, description="`last_good`, or the id of another run of the probe.")


class ChangeItem(Answer):
    """One thing that differs."""

    what: str
    there: str = Field(description="As it is in the other run.")
    here: str


class StepComparison(Answer):
    """What differs in one step."""

    id: str
    name: str
    changes: list[ChangeItem]
    remarks: list[str] = Field(description="What was folded, or could not be compared.")


class Comparison(Answer):
    """What differs from another run."""

    run: RunDocument
    changes: list[ChangeItem] = Field(description="Of the runs as wholes.")
    steps: list[StepComparison]


class RunAnswer(RunDocument):
    compared: Comparison | None = Field(description="With the run that `compare` named; null without one.")


def listed(view: View, call: Call) -> RunList:
    asked: RunFilter = call.query
    rows = view.ports.store.run_rows(
        probe=asked.probe,
        region=asked.region,
        start=asked.start,
        end=asked.end,
        limit=asked.limit + 1,
        only=Only(tuple(asked.outcome), tuple(asked.kind), _place(asked.after)),
    )
    shown = rows[: asked.limit]
    return RunList(items=[_item(row) for row in shown], next=_mark(shown[-1]) if len(rows) > len(shown) else None)


def _item(row: RunRow) -> RunItem:
    return RunItem.model_validate(row, from_attributes=True)


def _mark(row: RunRow) -> str:
    return mark([to_millis(row.slot), row.probe, row.region, row.kind.value, row.n])


def _place(text: str | None) -> RunPlace | None:
    found = place(text, int, str, str, str, int)
    if found is None:
        return None
    slot, probe, region, kind, n = found
    if not to_millis(FIRST) <= slot < to_millis(LAST) or kind not in list(RunKind) or not 0 <= n < 1 << 31:
        raise no_mark()
    return (from_millis(slot), probe, region, RunKind(kind), n)


def one(view: View, call: Call) -> RunAnswer:
    found = _found(view, call.path["run"])
    return RunAnswer.model_validate({**wire.to_json(found), "compared": _compared(view, found, call.query.compare)})


def _found(view: View, run_id: str) -> RunResult:
    found = view.ports.store.run(run_id) if "\0" not in run_id else None
    if found is None:
        raise Refused(404, "there is no such run")
    return found


def _compared(view: View, run: RunResult, compare: str | None) -> Comparison | None:
    if compare is None:
        return None
    other = last_good(view.ports.store, run) if compare == LAST_GOOD else _found(view, compare)
    if other is None:
        return None
    if other.key.probe != run.key.probe:
        raise Refused(422, f"/compare: that is a run of {other.key.probe}, not of {run.key.probe}")
    told = difference(run, other)
    return Comparison(
        run=RunDocument.model_validate(wire.to_json(other)),
        changes=[ChangeItem.model_validate(one, from_attributes=True) for one in told.whole],
        steps=[StepComparison.model_validate(one, from_attributes=True) for one in told.differing],
    )


def start(view: View, call: Call) -> RunStarted:
    wanted: RunWanted = call.body
    started = view.ports.run_again(wanted.probe, wanted.region)
    if started is None:
        raise Refused(404, "there is no such probe in that region")
    view.said(call.request).target = f"{wanted.probe} in {wanted.region}"
    return RunStarted(run=started)
