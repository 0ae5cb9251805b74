"""What earlier runs left behind, cleaned up by a later one: with their ids and captures, and with today's secrets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from synthmon.engine.attempt import Limit
from synthmon.engine.context import Context
from synthmon.engine.owing import still_owed, strike, write
from synthmon.engine.values import references_in, trees_in
from synthmon.errors import StoreError
from synthmon.events import Events
from synthmon.language.expression import Value
from synthmon.model.auth import trees_of
from synthmon.model.journey import Step
from synthmon.model.owed import LONGEST_OWED, MOST_TRIES, Owed
from synthmon.model.run import Leftover, StepResult

CLEANUP = 30.0  # seconds for all cleanup steps together, also when synthmon stops
_MARGIN = 5.0
AT_ONCE = 3  # leftovers that one run tries to clean up

Make = Callable[[Step, Context, Limit], StepResult]

_log = Events()


def cleaned_up(context: Context, limit: Limit, make: Make) -> tuple[Leftover, ...]:
    """What became of the oldest leftovers of this probe in this region. Only a run that reached its target asks."""
    found = []
    for owed in _owed(context)[:AT_ONCE]:
        if context.stopping or context.clock.monotonic() >= limit.at:
            break
        leftover = _one(context, owed, limit, make)
        found.append(leftover)
        _log.info(
            "cleanup.leftover",
            run=context.key.id,
            probe=context.key.probe,
            region=context.key.region,
            of=leftover.run,
            tries=leftover.tries,
            cleaned=leftover.cleaned,
            given_up=leftover.given_up,
        )
    return tuple(found)


def _owed(context: Context) -> Sequence[Owed]:
    ledger, key = context.surroundings.ledger, context.key
    if ledger is None:
        return ()
    try:
        return [one for one in ledger.owed(key.probe, key.region) if one.key.id != key.id and _is_over(one, context)]
    except StoreError as error:
        _log.error("cleanup.not_looked_up", run=key.id, probe=key.probe, error=str(error), hint=error.hint)
        return ()


def _is_over(owed: Owed, context: Context) -> bool:
    """Whether nobody is at it any more: that run came to its end, or must have been killed."""
    longest = timedelta(seconds=context.probe.journey.timeout + CLEANUP + _MARGIN)
    return owed.settled or owed.started_at + longest <= context.started_at


def _one(context: Context, owed: Owed, limit: Limit, make: Make) -> Leftover:
    age = (context.started_at - owed.started_at).total_seconds()
    if age > LONGEST_OWED:
        return _given_up(context, owed, (), f"a day has passed, and it was tried {_times(owed.tries)}")
    steps = [step for step in context.probe.journey.cleanup if step.id in owed.steps]
    if not steps:
        return _given_up(context, owed, (), "the probe has no longer the steps that would clean it up")
    if lost := sorted({name for step in steps for name in _named_in_request(step) if name in owed.kept_back}):
        names = " and ".join(f"`captures.{name}`" for name in lost)
        return _given_up(context, owed, (), f"it takes {names}, which was secret and therefore not kept")
    return _tried(context, owed, steps, limit, make)


def _tried(context: Context, owed: Owed, steps: Sequence[Step], limit: Limit, make: Make) -> Leftover:
    earlier = context.of_earlier(owed, _for_authentication(context, owed))
    results = [make(step, earlier, limit) for step in steps]
    for secret in earlier.secrets_met():
        context.values.know(secret)
    context.materials.update({f"{owed.key.id}/{name}": one for name, one in earlier.materials.items()})
    owed = replace(owed, tries=owed.tries + 1, steps=tuple(step.id for step in steps if step.id in still_owed(results)))
    if not owed.steps:
        strike(context, owed.key.id)
    elif owed.tries >= MOST_TRIES:
        return _given_up(context, owed, results, f"it was tried {_times(owed.tries)}")
    else:
        write(context, owed)
    return Leftover(owed.key.id, owed.key.slot, owed.tries, tuple(results))


def _for_authentication(context: Context, owed: Owed) -> dict[str, Value]:
    """Secrets of the run at hand in place of those that were not kept: it has logged in anew."""
    return {name: context.values.captures[name] for name in owed.kept_back if name in context.values.captures}


def _named_in_request(step: Step) -> set[str]:
    """Captures that say what is cleaned up; those that only show who asks are the same for every run."""
    shown = [*trees_of(step.auth), *step.request.headers.values()]
    at_all = [tree for tree in trees_in(step) if not any(tree is one for one in shown)]
    return {str(one.path[0]) for tree in at_all for one in references_in(tree) if one.root == "captures"}


def _given_up(context: Context, owed: Owed, results: Sequence[StepResult], why: str) -> Leftover:
    strike(context, owed.key.id)
    return Leftover(owed.key.id, owed.key.slot, owed.tries, tuple(results), given_up=why)


def _times(number: int) -> str:
    return {0: "never", 1: "once"}.get(number, f"{number} times")
