"""Silences and maintenance: the list, asking for one, and ending one early."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from synthmon.judge.asking import LONGEST_NAME, LONGEST_REASON, covered, kept_back
from synthmon.language.suggest import did_you_mean
from synthmon.model.probe import Severity
from synthmon.model.quiet import Quiet, QuietKind
from synthmon.web import asking
from synthmon.web.api.fields import Answer, Instant, Name, Question, Words
from synthmon.web.api.incidents import actor
from synthmon.web.api.operation import Call
from synthmon.web.api.paging import Next, Piece, piece_of
from synthmon.web.api.problem import Refused
from synthmon.web.calendar import calendar
from synthmon.web.silences import said_of
from synthmon.web.views import View

State = Literal["in_force", "coming", "past"]
Who = Annotated[Name, Field(max_length=LONGEST_NAME)]


class QuietFilter(Piece):
    """Which are listed: those in force, coming, and of the last thirty days, by their beginning, the newest first."""

    state: State | None = None
    kind: QuietKind | None = None


class Covered(Answer):
    """Which alerts are meant: all that is named must fit."""

    probe: str | None = Field(description="A name; `*` and `?` stand for any characters, any character.")
    tag: str | None
    owner: str | None
    severity: Severity | None


class QuietItem(Answer):
    """A silence, or maintenance."""

    format: Literal[1] = 1
    id: str
    kind: QuietKind
    state: State
    covers: Covered
    start: Instant
    end: Instant
    reason: str
    author: str
    lifted_at: Instant | None
    lifted_by: str | None


class QuietList(Answer):
    items: list[QuietItem]
    next: Next


class QuietWanted(Question):
    """What is to be kept back, from when, until when or for how long, why, and who asks for it."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_alias=True, serialize_by_alias=True)

    kind: QuietKind = QuietKind.SILENCE
    probe: Name | None = Field(default=None, description="A name; may hold `*` and `?`.")
    tag: Name | None = None
    owner: Name | None = None
    severity: Severity | None = Field(default=None, description="For silences only.")
    start: Name | None = Field(default=None, description="ISO 8601, UTC unless it says otherwise; now without it.")
    until: Name | None = Field(default=None, description="ISO 8601; either this or `for`.")
    for_: Name | None = Field(default=None, alias="for", description="A duration such as `2h`; either this or `until`.")
    reason: Annotated[Words, Field(max_length=LONGEST_REASON)]
    author: Who | None = Field(default=None, description="Needed where the token does not say who asks.")


class KeptBack(Answer):
    """An incident of which nobody hears any more while it holds."""

    incident: str
    probe: str
    reason: str
    told: list[str] = Field(description="The channels that were told already.")


class QuietAdded(Answer):
    """What was asked for, what it is about, and what it keeps back at once."""

    quiet: QuietItem
    probes: list[str]
    did_you_mean: str | None
    keeps_back: list[KeptBack]


class Lifting(Question):
    actor: Who | None = Field(default=None, description="Who ends it.")


class Lifted(Answer):
    lifted: str = Field(description="The id.")


def listed(view: View, call: Call) -> QuietList:
    asked: QuietFilter = call.query
    found = [one for one in _known(view) if asked.state in {None, one.state} and asked.kind in {None, one.kind}]
    shown, following = piece_of(found, asked, lambda one: f"{one.start.isoformat()} {one.id}", backwards=True)
    return QuietList(items=shown, next=following)


def _known(view: View) -> Iterator[QuietItem]:
    known = calendar(view.ports.store, view.ports.windows(), view.ports.now())
    yield from (_item(quiet, "in_force") for quiet in known.in_force)
    yield from (_item(quiet, "coming") for quiet in known.coming)
    yield from (_item(quiet, "past") for quiet in known.past)


def add(view: View, call: Call) -> QuietAdded:
    wanted: QuietWanted = call.body
    words = {name: str(value) for name, value in wanted.model_dump(mode="json").items() if value is not None}
    words["author"] = view.actor(call.request, wanted.author or "", "")
    try:
        quiet = asking.read(words, view.ports.now())
    except ValueError as error:
        raise Refused(422, str(error)) from error
    view.ports.people.ask_for(quiet)
    said_of(view, call.request, quiet)
    return _added(view, quiet)


def _added(view: View, quiet: Quiet) -> QuietAdded:
    probes, now = view.ports.probes(), view.ports.now()
    names = [probe.name for probe in covered(quiet, probes.values())]
    held = kept_back(quiet, view.ports.store.incidents(current=True), probes.values(), now)
    meant = quiet.covers.probe
    return QuietAdded(
        quiet=_item(quiet, "in_force" if quiet.holds(now) else "coming"),
        probes=names,
        did_you_mean=did_you_mean(meant, probes) if meant and not names else None,
        keeps_back=[KeptBack(incident=one.id, probe=one.probe, reason=one.reason, told=list(one.told)) for one in held],
    )


def lift(view: View, call: Call) -> Lifted:
    quiet_id = call.path["silence"]
    if "\0" in quiet_id or not view.ports.people.lift(quiet_id, actor(view, call)):
        raise Refused(409, "there is no such silence or maintenance, or it is over")
    return Lifted(lifted=quiet_id)


def _item(quiet: Quiet, state: State) -> QuietItem:
    covers = quiet.covers
    return QuietItem(
        id=quiet.id,
        kind=quiet.kind,
        state=state,
        covers=Covered(probe=covers.probe, tag=covers.tag, owner=covers.owner, severity=covers.severity),
        start=quiet.start,
        end=quiet.end,
        reason=quiet.reason,
        author=quiet.author,
        lifted_at=quiet.lifted_at,
        lifted_by=quiet.lifted_by,
    )
