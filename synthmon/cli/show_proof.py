"""How a proof is shown: the steps with what they notice, then what none of them would, and what to write about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from synthmon.cli.layout import GAP, hang, put, table
from synthmon.model import words
from synthmon.model.journey import Step
from synthmon.prove.proof import Noticed, Proof, Tried
from synthmon.prove.remedies import yaml

GREEN, YELLOW = "green", "yellow"
FULL = 1.0


def show_proof(console: Console, proof: Proof, *, everything: bool = False) -> None:
    """Print the whole proof; the score last, where one looks for it."""
    heading = Text.assemble((proof.probe.name, "bold"), GAP, words.printable(proof.probe.title), f"  in {proof.region}")
    hang(console, "", heading)
    if proof.masked:
        put(console, Text("from a kept recording: secrets and personal data in it are stand-ins", style="bright_black"))
    console.print()
    _steps(console, proof)
    if everything:
        _everything(console, proof)
    _missed(console, proof)
    console.print()
    hang(console, "", _conclusion(proof))


def _steps(console: Console, proof: Proof) -> None:
    rows = []
    reasons = dict(proof.left_out)
    for step in (*proof.probe.journey.steps, *proof.probe.journey.cleanup):
        tried = [one for one in proof.tried if one.fault.step == step.id]
        if not tried and step.id not in reasons:  # not asked for
            continue
        noticed = sum(1 for one in tried if one.passed)
        style = GREEN if noticed == len(tried) else YELLOW
        share = Text(f"{noticed} of {len(tried)}" if tried else "–", style=style if tried else "bright_black")
        remark = reasons.get(step.id, "")
        rows.append([Text(step.id), share, Text(words.printable(f"not tried: {remark}" if remark else step.name, 200))])
    table(console, ("step", "noticed", ""), rows)


def _missed(console: Console, proof: Proof) -> None:
    for step, missed, remedy in proof.remedies():
        console.print()
        put(console, Text.assemble((step.id, "bold"), f" would not notice {_many(len(missed), 'fault')}:"))
        _faults(console, missed)
        if remedy:
            where = "in the block" if step.block else "in the step at"
            put(console, f"{GAP}It would with this {where} {_place(step)}:")
            for line in yaml(remedy):
                put(console, Text(f"{GAP}{GAP}{GAP}{line}", style="cyan"))


def _faults(console: Console, tried: Iterable[Tried]) -> None:
    told = list(tried)
    width = max((len(one.fault.mutation) for one in told), default=0)
    for one in told:
        mark, style = (
            ("✓", GREEN) if one.passed else ("!", "magenta") if one.noticed is Noticed.NOT_JUDGED else ("✗", "red")
        )
        before = Text.assemble(GAP, (mark, style), " ", (f"{one.fault.mutation:<{width}}", "bright_black"), GAP)
        hang(console, before, words.printable(one.fault.words + _how(one), 400))


def _how(one: Tried) -> str:
    """What became of it, as far as that says more than its mark."""
    if one.noticed is Noticed.NOT_JUDGED:
        return f" (the run could not be judged: {one.kind})"
    if not one.passed:
        return ""
    elsewhere = f" at `{one.where}`" if one.where and one.where != one.fault.step else ""
    return f" → {one.noticed}{elsewhere}, {one.kind}"


def _place(step: Step) -> str:
    return step.block or str(step.source)


def _everything(console: Console, proof: Proof) -> None:
    for step in (*proof.probe.journey.steps, *proof.probe.journey.cleanup):
        passed = [one for one in proof.tried if one.fault.step == step.id and one.passed]
        excused = [one for one in proof.excused if one.step == step.id]
        if passed:
            console.print()
            put(console, Text.assemble((step.id, "bold"), f" would notice {_many(len(passed), 'fault')}:"))
            _faults(console, passed)
        if excused:
            console.print()
            put(console, Text.assemble((step.id, "bold"), ", what does not apply:"))
            width = max(len(one.mutation) for one in excused)
            for one in excused:
                before = Text.assemble(f"{GAP}– ", (f"{one.mutation:<{width}}", "bright_black"), GAP)
                hang(console, before, words.printable(f"`{one.place}`: {one.reason}", 400))


def _conclusion(proof: Proof) -> Text:
    how = Counter(one.noticed for one in proof.tried)
    parts = [f"{how[Noticed.FAILED]} by failing", f"{how[Noticed.DEGRADED]} by being degraded"]
    score = words.percent(proof.score, 0)
    apply = "does not apply" if len(proof.excused) == 1 else "do not apply"
    rest = f"; {len(proof.excused)} {apply}" if proof.excused else ""
    text = f"{score}: {proof.noticed} of {_many(len(proof.tried), 'fault')} noticed, {', '.join(parts)}{rest}"
    return Text(text, style=GREEN if proof.score == FULL else YELLOW)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def as_json(proof: Proof) -> dict[str, object]:
    """The whole proof; `score` is a percentage, rounded down to a tenth."""
    return {
        "probe": proof.probe.name,
        "region": proof.region,
        "score": int(proof.score * 1000) / 10,
        "noticed": proof.noticed,
        "applicable": len(proof.tried),
        "from_kept_recording": proof.masked,
        "not_tried": [{"step": step, "reason": reason} for step, reason in proof.left_out],
        "faults": [
            {
                "mutation": one.fault.mutation,
                "step": one.fault.step,
                "place": one.fault.place,
                "what": one.fault.words,
                "noticed": one.noticed.value,
                "by": one.where,
                "kind": one.kind,
                "remedy": None if one.passed else one.fault.remedy,
            }
            for one in proof.tried
        ],
        "remedies": [
            {"step": step.id, "place": _place(step), "yaml": "\n".join(yaml(remedy))}
            for step, _, remedy in proof.remedies()
            if remedy
        ],
        "not_applicable": [
            {"mutation": one.mutation, "step": one.step, "place": one.place, "reason": one.reason}
            for one in proof.excused
        ],
    }
