"""A draft held against the format as `validate` does it, together with what it needs of synthmon.yaml."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from synthmon.importer.draft import ProbeDraft, StepDraft
from synthmon.importer.table import Fate, Row
from synthmon.importer.write import Heading, write
from synthmon.model.reach import Trust
from synthmon.nouns import dataclass
from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.builder import Installation, parse_probe
from synthmon.probefile.problem import Problem

_HOST = re.compile(r"https?://(\[[0-9a-fA-F:.]+\]|[^/?#\s:@$\"']+)")
_PORT = 443
MINE = "`--mine` takes the file for one of yours, which goes further"
_OF_THE_DOCUMENT = frozenset({"openapi", "schema"})
"""Codes of problems that lie in the document that answers are held against."""


@dataclass(frozen=True, slots=True)
class Tried:
    """`probe` without what the format refuses, and its text; `errors` keep it from being written."""

    probe: ProbeDraft
    text: str
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """What drafts are held against; `shelf` has the files that come along."""

    installation: Installation
    heading: Heading
    interval: str
    shelf: SchemaShelf

    def of(self, probe: ProbeDraft) -> Tried:
        """The probe, if need be without the schemas of some answers and without some steps, with rows that say why."""
        tried = self._once(probe)
        steps, rows = list[StepDraft](), list[Row]()
        for at, step in enumerate(probe.steps):
            problems = [one for one in tried.errors if _step_at(tried.text, one.source.line) == at]
            reach = next((one for one in problems if one.code == "reach"), None)
            schema = next((one for one in problems if one.code in _OF_THE_DOCUMENT), None)
            place = f"{probe.name}.yaml: {step.id}"
            if reach is not None:
                rows.append(Row(Fate.DROPPED, place, "the request", f"{reach.message}; {MINE}"))
                continue
            if schema is not None:
                rows.append(Row(Fate.DROPPED, place, "the schema of the answer", schema.message))
            steps.append(_without_document(step) if schema is not None else step)
        if not rows or not steps:
            return tried
        again = self._once(replace(probe, steps=tuple(steps)))
        return replace(again, rows=(*again.rows, *rows))

    def _once(self, probe: ProbeDraft) -> Tried:
        found = hosts_of(probe) if self.heading.imported else ()
        needed = needed_hosts(found, self.installation)
        text = write(probe, replace(self.heading, hosts=needed), self.interval)
        allowed = replace(self.installation.reach, imported=(*self.installation.reach.imported, *found))
        installation = replace(self.installation, reach=allowed)
        problems = parse_probe(text.encode(), f"{probe.name}.yaml", installation, self.shelf)[1]
        errors = tuple(problem for problem in problems if problem.is_error)
        warnings = tuple(problem for problem in problems if not problem.is_error)
        return Tried(probe, text, errors, warnings, tuple(_told(needed)))


@contextmanager
def shelf_of(beside: Mapping[str, str]) -> Iterator[SchemaShelf]:
    """Where the files that come along can be read before they are written."""
    if not beside:
        yield SchemaShelf(Path())
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, text in beside.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        yield SchemaShelf(Path(folder))


def _step_at(text: str, line: int) -> int:
    """Which step stands at a line, counted from 0."""
    return sum(one.startswith("  - id: ") for one in text.split("\n")[:line]) - 1


def _without_document(step: StepDraft) -> StepDraft:
    return replace(step, expect={key: value for key, value in step.expect.items() if key != "openapi"})


TO_ALLOW, HOST = "synthmon.yaml", "host"
"""Where a row of the table stands that names a host to allow, and how it begins."""


def _told(hosts: tuple[str, ...]) -> Iterator[Row]:
    for host in hosts:
        why = f"synthmon.yaml has to allow it to imported files: `reach: {{imported: [{host}]}}`"
        yield Row(Fate.CHANGED, TO_ALLOW, f"{HOST} {host}", why)


def hosts_of(probe: ProbeDraft) -> tuple[str, ...]:
    """Hosts that stand in the probe."""
    return tuple(dict.fromkeys(host.lower() for text in _addresses(probe) for host in _HOST.findall(text)))


def needed_hosts(found: tuple[str, ...], installation: Installation) -> tuple[str, ...]:
    """Those that imported files may not reach as long as nobody says so, and may then."""
    reach = installation.reach
    allowed = replace(reach, imported=(*reach.imported, *found))
    closed = (host for host in found if reach.refuses(Trust.IMPORTED, host, _PORT))
    return tuple(host for host in closed if not allowed.refuses(Trust.IMPORTED, host, _PORT))


def _addresses(probe: ProbeDraft) -> Iterator[str]:
    yield probe.base_url or ""
    yield from (str(step.request["url"]) for step in probe.steps)
    yield from (value for value in probe.variables.values() if isinstance(value, str))
    for profile in probe.profiles.values():
        yield from (str(value.get("token_url", "")) for value in profile.values() if isinstance(value, dict))
