"""What a run sent, as a script of cURL commands with remarks between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synthmon.model import words
from synthmon.model.run import RunResult, StepResult

if TYPE_CHECKING:
    from synthmon.engine.command import Command


def to_script(result: RunResult, title: str, commands: Sequence[Command]) -> str:
    """Remarks are comments of a shell, so the whole can be pasted or kept as a file."""
    remarks = [f"{title} ({result.key.probe}) in {result.key.region}: {result.outcome.value}"]
    needs = dict(need for command in commands for need in command.needs)
    if needs:
        width = max(map(len, needs))
        remarks += ["", "Set these first:", *(f"  {name:<{width}}  {what}" for name, what in needs.items())]
    parts = [_comments(remarks)]
    for step in result.steps + result.cleanup:
        own = [command.text for command in commands if command.step == step.id]
        parts += [f"{_comments([_headline(step)])}\n" + "\n".join(own)] if own else [_comments([_headline(step)])]
    return "\n\n".join(parts)


def _headline(step: StepResult) -> str:
    said = step.skipped_because or (step.failures[0].message if step.failures else "")
    status = f", {step.status}" if step.status is not None else ""
    return f"{step.id}: {step.name}: {step.outcome.value}{status}{f' ({said})' if said else ''}"


def _comments(lines: Sequence[str]) -> str:
    return "\n".join(f"# {words.printable(line)}".rstrip() for line in lines)
