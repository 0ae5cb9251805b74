"""What a run owes its target: noted before the first request that may create something, struck out once it is clean.

Whoever is killed between the two cannot clean up any more. What is noted is enough for a later run to do it: the id of
the run, by which a careful probe finds what it made, and the captures and variables that its cleanup needs. Secrets are
not among them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import replace

from synthmon.engine.context import Context
from synthmon.engine.values import references_in, secrets_within, trees_in
from synthmon.errors import SecretUnavailable, StoreError, TemplateError
from synthmon.events import Events
from synthmon.language.expression import Value
from synthmon.model.journey import Step
from synthmon.model.owed import Owed
from synthmon.model.run import Json, StepResult
from synthmon.model.secret import Scrubber

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "QUERY", "PROPFIND", "REPORT", "SEARCH", "TRACE"})  # RFC 9110, 9.2.1

_log = Events()


class Owing:
    """Belongs to one run. Whatever happens to the ledger is logged, and changes nothing about the run."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._steps = context.probe.journey.cleanup
        self._ledger = context.surroundings.ledger if self._steps else None
        self._noted: Owed | None = None

    def before(self, step: Step) -> None:
        """The step is about to be made."""
        if step.request.method not in SAFE or self._noted is not None:
            self._note(self._steps)

    def after(self) -> None:
        """A step was made, and what it captured may be what the cleanup needs."""
        if self._noted is not None:
            self._note(self._steps)

    def settle(self, cleanup: Iterable[StepResult]) -> None:
        """The cleanup is over: what failed is owed, and nothing else."""
        failed = still_owed(cleanup)
        if failed:
            self._note([step for step in self._steps if step.id in failed], settled=True)
        elif self._noted is not None and self._ledger is not None:
            strike(self._context, self._context.key.id)

    def _note(self, steps: Collection[Step], *, settled: bool = False) -> None:
        if self._ledger is None:
            return
        owed = replace(owed_by(self._context, steps), settled=settled)
        if owed != self._noted:
            write(self._context, owed)
            self._noted = owed


def still_owed(cleanup: Iterable[StepResult]) -> set[str]:
    """Ids of the cleanup steps that did not do what they were there for."""
    return {step.id for step in cleanup if step.outcome.broken and not step.excused}


def write(context: Context, owed: Owed) -> None:
    try:
        if context.surroundings.ledger is not None:
            context.surroundings.ledger.put(owed)
    except StoreError as error:
        _log.error("cleanup.not_noted", run=owed.key.id, probe=owed.key.probe, error=str(error), hint=error.hint)


def strike(context: Context, run_id: str) -> None:
    try:
        if context.surroundings.ledger is not None:
            context.surroundings.ledger.drop(run_id)
    except StoreError as error:
        _log.error("cleanup.not_struck_out", run=run_id, probe=context.key.probe, error=str(error), hint=error.hint)


def owed_by(context: Context, steps: Collection[Step]) -> Owed:
    """What has to be known to make these cleanup steps later, without anything secret."""
    references = [one for step in steps for tree in trees_in(step) for one in references_in(tree)]
    values, scrubber = context.values, context.scrubber()
    captured = {str(one.path[0]) for one in references if one.root == "captures"} & values.captures.keys()
    kept_back = {name for name in captured if name in values.hidden or _is_secret(values.captures[name], scrubber)}
    variables = {str(one.path[0]) for one in references if one.root == "vars"}
    return Owed(
        key=context.key,
        started_at=context.started_at,
        steps=tuple(step.id for step in steps),
        captures={name: values.captures[name] for name in sorted(captured - kept_back)},
        variables=dict(_plain(context, sorted(variables), scrubber)),
        kept_back=tuple(sorted(kept_back)),
    )


def _plain(context: Context, names: Iterable[str], scrubber: Scrubber) -> Iterable[tuple[str, Json]]:
    """Variables that are no secrets; the others are made anew from the secrets of the day."""
    for name in names:
        try:
            value = context.values.scope.vars[name]
        except (TemplateError, SecretUnavailable, KeyError):
            continue  # the cleanup will say what is wrong with it
        if not _is_secret(value, scrubber):
            yield name, value


def _is_secret(value: Value, scrubber: Scrubber) -> bool:
    return any(True for _ in secrets_within(value)) or scrubber.finds(json.dumps(value, ensure_ascii=False))
