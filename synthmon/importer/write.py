"""A draft of a probe as the text of its file: in the order in which one tells it to a colleague."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from synthmon.importer.draft import ProbeDraft, StepDraft
from synthmon.importer.yamltext import block, comment, entry, inline, scalar
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands at the top: where the probe comes from, what it needs, and where the table is."""

    source: str
    table: str
    imported: bool = True  # whether it is marked as a file that comes from elsewhere
    hosts: tuple[str, ...] = ()  # that synthmon.yaml has to allow


def write(probe: ProbeDraft, heading: Heading, interval: str) -> str:
    """The whole file, with a line break at its end."""
    parts = [list(_top(probe, heading)), list(_what(probe, heading, interval)), list(_values(probe))]
    parts.append(["steps:"])
    text = "\n\n".join("\n".join(part) for part in parts if part)
    return text + "\n" + "\n\n".join("\n".join(_step(step)) for step in probe.steps) + "\n"


def _top(probe: ProbeDraft, heading: Heading) -> Iterator[str]:
    yield from comment(f"Imported from {heading.source} by `synthmon import`.")
    yield from comment(f"What became of each part, and why, is told in {heading.table}.")
    if probe.secrets or heading.hosts:
        yield "# Before it runs, it needs:"
    if heading.hosts:
        yield f"#   in synthmon.yaml: reach: {{imported: [{', '.join(heading.hosts)}]}}"
    for need in probe.secrets:
        yield f"#   SYNTHMON_SECRET_{need.name.upper()}: {need.where}"


def _what(probe: ProbeDraft, heading: Heading, interval: str) -> Iterator[str]:
    yield "synthmon: 1"
    yield f"name: {scalar(probe.name)}"
    if probe.title != probe.name:
        yield f"title: {scalar(probe.title)}"
    if probe.description:
        yield from entry("description", _wrapped(probe.description), 0)
    yield ""
    yield f"interval: {interval}"
    if heading.imported:
        yield f"{'trust: imported':<36} # public hosts only; when you have read it and it is yours, delete this"


def _wrapped(text: str) -> str:
    """Lines that fit; one that fits already stays."""
    return "\n".join(part for line in text.split("\n") for part in (textwrap.wrap(line, 100) or [""]))


def _values(probe: ProbeDraft) -> Iterator[str]:
    if probe.base_url:
        yield f"base_url: {scalar(probe.base_url)}"
    if probe.variables:
        yield "vars:"
        for name, value in probe.variables.items():
            yield from _remarked(entry(name, value, 2), probe.remarks.get(name, ""))
    if probe.secrets:
        yield from entry("secrets", [need.name for need in probe.secrets], 0)
    if probe.profiles:
        yield from entry("auth", probe.profiles, 0)
    if probe.defaults:
        yield "defaults:"
        yield from block(probe.defaults, 2)


def _remarked(lines: Iterator[str], remark: str) -> Iterator[str]:
    first, *rest = lines
    yield f"{first:<34} # {remark}" if remark and not rest and not first.endswith("|") else first
    yield from rest


def _step(step: StepDraft) -> Iterator[str]:
    if step.heading:
        yield from comment(step.heading, 2)
    yield f"  - id: {scalar(step.id)}"
    yield f"    name: {scalar(step.name)}"
    yield from _request(step.request)
    if step.auth is not None:
        yield from entry("auth", step.auth, 4)
    more = dict(step.more)
    if "timeout" in more:
        yield from entry("timeout", more.pop("timeout"), 4)
    if step.latency_budget:
        yield f"    latency_budget: {step.latency_budget}"
    yield from block(more, 4)
    if step.expect:
        yield from entry("expect", step.expect, 4)
    if step.capture:
        yield from entry("capture", step.capture, 4)


def _request(request: Mapping[str, Any]) -> Iterator[str]:
    if set(request) == {"method", "url"}:
        short_form = f"{request['method']} {request['url']}"
        yield f"    request: {scalar(short_form)}"
        return
    yield "    request:"
    for name, value in request.items():
        if name == "method" and value == "GET":
            continue
        short = inline(value)
        if name in ("json", "form", "params") and isinstance(value, dict) and short is not None and len(short) < 80:
            yield f"      {name}: {short}"
        else:
            yield from entry(name, value, 6)
