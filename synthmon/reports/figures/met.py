"""Which releases runs met: spells in which the same one answered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from synthmon.model.answer import RELEASE
from synthmon.model.rollup import Spell
from synthmon.model.run import RunKind, RunResult


def met(results: Iterable[RunResult]) -> Iterator[Spell]:
    """Of each scheduled run, in the order of the results."""
    for result in results:
        name = release_of(result)
        if name is not None and result.key.kind is RunKind.SCHEDULED:
            yield Spell(result.key.slot, name)


def release_of(result: RunResult) -> str | None:
    """The release that a run met, as the first of its steps captured it; None: none did, or it was not told."""
    shown = next((step.captured[RELEASE] for step in result.steps if step.captured.get(RELEASE)), None)
    return None if shown is None else _read(shown)


def _read(shown: str) -> str | None:
    """Captures are shown as JSON, and cut where they are very long."""
    try:
        value = json.loads(shown)
    except ValueError:
        return shown
    return None if value in (None, "") else value if isinstance(value, str) else shown


def in_a_row(spells: Iterable[Spell]) -> tuple[Spell, ...]:
    """Of one region: those that follow each other with the same release are one."""
    found: list[Spell] = []
    for one in sorted(spells, key=lambda spell: (spell.at, spell.release)):
        if found and found[-1].release == one.release:
            found[-1] = replace(found[-1], runs=found[-1].runs + one.runs)
        else:
            found.append(one)
    return tuple(found)
