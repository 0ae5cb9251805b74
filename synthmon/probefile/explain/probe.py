"""A whole probe in words: what it is, when and where it runs, its steps, what is kept back, who is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from synthmon.judge.chance import FLAKES
from synthmon.model import words
from synthmon.model.journey import Step
from synthmon.model.probe import Probe
from synthmon.model.text import Tree
from synthmon.model.words import printable
from synthmon.nouns import dataclass
from synthmon.probefile.explain import budgets, network, steps, telling
from synthmon.probefile.explain.phrases import ended, listed, span, value
from synthmon.probefile.explain.steps import Item
from synthmon.probefile.reader import read


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its items; `numbered` where their order is that in which they happen."""

    heading: str
    items: tuple[Item, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    title: str
    opening: tuple[str, ...]
    sections: tuple[Section, ...]


def explain(probe: Probe, flakes: float = FLAKES) -> Explanation:
    """The probe in words. `flakes`: the share of runs that is assumed to go wrong by chance."""
    sections = (
        Section("When and where", tuple(_when(probe))),
        Section("What it works with", tuple(_values(probe))),
        Section("Steps", _steps(probe, probe.journey.steps), numbered=True),
        Section("Afterwards, whatever happened", _steps(probe, probe.journey.cleanup), numbered=True),
        Section("What is never kept", tuple(_redacted(probe))),
        Section("What is promised", tuple(Item(telling.objective(one)) for one in probe.objectives)),
        Section("Who is told", _alerts(probe, flakes)),
    )
    return Explanation(
        _safe(f"{probe.title} ({probe.name})"),
        tuple(map(_safe, _opening(probe))),
        tuple(Section(one.heading, tuple(map(_clean, one.items)), one.numbered) for one in sections if one.items),
    )


def _clean(item: Item) -> Item:
    return Item(_safe(item.text), tuple(map(_safe, item.details)))


def _safe(sentence: str) -> str:
    """Whatever a file holds, no sentence commands a terminal."""
    return printable(sentence, len(sentence))


def _opening(probe: Probe) -> Iterator[str]:
    if probe.description:
        yield ended(" ".join(printable(line.strip()) for line in probe.description.split("\n") if line.strip()))
    if probe.owner:
        yield f"It belongs to {probe.owner}."
    if probe.tags:
        yield f"Tags: {listed(probe.tags)}."
    if probe.runbook:
        yield f"What to do when it is down: {probe.runbook}"
    yield f"Declared in {probe.path}, format {_written(probe).get('synthmon', 1)}."


def _often(probe: Probe) -> str:
    if probe.cron is None:
        return f"every {span(probe.interval)}"
    return f"at the minutes of the cron expression {probe.cron.expression}, by the clocks of {probe.cron.timezone},"


def _pauses(probe: Probe) -> Iterator[str]:
    if probe.cron is not None:
        shortest, longest = words.span(probe.cron.shortest), words.span(probe.cron.longest)
        yield f"Its runs are {shortest} apart, and {longest} where it pauses longest."
        if longest != shortest:
            yield "What breaks in a pause is found by the first run after it."


def _when(probe: Probe) -> Iterator[Item]:
    names = [region.name for region in probe.regions]
    where = f"in {listed(names)}, in each by itself" if len(names) > 1 else f"in {listed(names)}"
    yield Item(f"It runs {_often(probe)} {where}.", tuple(_pauses(probe)))
    yield Item(f"Its steps are stopped after {span(probe.journey.timeout)}.")
    yield from map(Item, budgets.of_run(probe.journey))
    if probe.depends_on:
        are = "are" if len(probe.depends_on) > 1 else "is"
        yield Item(f"While {listed(probe.depends_on, 'or')} {are} down, nobody is told of this one as well.")
    if base := _base(probe):
        yield Item(f"Addresses that begin with / are at {base}.")
    yield from (Item(f"{sentence}.") for sentence in network.of_probe(probe))
    common = _common(probe)
    if common.headers:
        yield Item(f"Every request has the {steps.headers(common.headers)}.")
    if common.timeout is not None:
        yield Item(f"A request that is not answered completely after {span(common.timeout)} has failed.")


def _values(probe: Probe) -> Iterator[Item]:
    if probe.secrets:
        yield Item(f"Secrets, here by name only: {listed(probe.secrets)}.")
    for name, one in probe.journey.variables.items():
        yield Item(f"{name} is {value(one)}.")
    for region in probe.regions:
        own = _own(region.variables, probe.journey.variables)
        if own:
            yield Item(f"In {region.name}, {listed(f'{name} is {value(one)}' for name, one in own.items())}.")
    for profile in probe.journey.auth.values():
        yield Item(steps.profile(profile))


def _own(regional: Mapping[str, Tree], everywhere: Mapping[str, Tree]) -> Mapping[str, Tree]:
    return {name: one for name, one in regional.items() if name not in everywhere or everywhere[name] != one}


def _steps(probe: Probe, declared: tuple[Step, ...]) -> tuple[Item, ...]:
    base, common = _base(probe), _common(probe)
    return tuple(steps.step(one, base, common) for one in declared)


def _common(probe: Probe) -> steps.Common:
    return steps.Common.of(probe.journey.steps + probe.journey.cleanup)


def _redacted(probe: Probe) -> Iterator[Item]:
    if probe.journey.redact_json:
        yield Item(f"Of JSON bodies: {listed(probe.journey.redact_json)}. Of other bodies only size and type are kept.")


def _alerts(probe: Probe, flakes: float) -> tuple[Item, ...]:
    if not probe.alerts:
        return (Item("Nobody: the probe has no alerts."),)
    return tuple(telling.alert(rule, probe, flakes) for rule in probe.alerts)


def _base(probe: Probe) -> str:
    base = _written(probe).get("base_url")
    return _shown(base).rstrip("/") if isinstance(base, str) else ""


def _shown(raw: str) -> str:
    """A text as written, with its expressions as they are named elsewhere."""
    from_text = raw.replace("${{", "‹").replace("}}", "›")
    return from_text.replace("‹ ", "‹").replace(" ›", "›")


def _written(probe: Probe) -> Mapping[str, object]:
    """The file as it stands, for what a journey has in another form."""
    document = read(probe.yaml.encode("utf-8", "surrogatepass"), probe.path).document
    return document.data if document is not None else {}


def as_text(found: Explanation) -> str:
    """For a page or a test; no line is wrapped."""
    lines = [found.title, *found.opening]
    for section in found.sections:
        lines += ["", section.heading]
        for item in section.items:
            lines += [item.text, *item.details]
    return "\n".join(lines)


def as_json(found: Explanation) -> dict[str, object]:
    """For programs: the same sentences."""
    return {
        "title": found.title,
        "opening": list(found.opening),
        "sections": [
            {
                "heading": section.heading,
                "numbered": section.numbered,
                "items": [{"text": item.text, "details": list(item.details)} for item in section.items],
            }
            for section in found.sections
        ],
    }
