"""The nouns of an import: a step and a probe as they will be written, and what a whole import gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from synthmon.errors import SynthmonError
from synthmon.importer.table import Row
from synthmon.nouns import dataclass


class NotImportable(SynthmonError):
    """The file cannot become a probe at all; the message says why, the hint what to do."""


@dataclass(frozen=True, slots=True)
class Need:
    """A secret that somebody has to provide; `where` says what it was found in."""

    name: str
    where: str


@dataclass(frozen=True, slots=True)
class StepDraft:
    """One step. Its values are those of the probe file, in the file's own words.

    `request` has `method`, a whole `url`, and perhaps `params headers json form raw redirects`; `more` is what else a
    step can have, such as `retry`. `heading` is a comment that stands above the step, such as the name of a folder.
    """

    id: str
    name: str
    request: Mapping[str, Any]
    auth: Any = None
    expect: Mapping[str, Any] = field(default_factory=dict)
    capture: Mapping[str, Any] = field(default_factory=dict)
    latency_budget: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    heading: str = ""


@dataclass(frozen=True, slots=True)
class ProbeDraft:
    """One probe file. `profiles` is its `auth`, `remarks` are comments on single variables by their names."""

    name: str
    title: str
    description: str
    steps: tuple[StepDraft, ...]
    variables: Mapping[str, Any] = field(default_factory=dict)
    secrets: tuple[Need, ...] = ()
    profiles: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    base_url: str | None = None
    remarks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drafts:
    """What an importer makes of a file, before it is written."""

    probes: tuple[ProbeDraft, ...]
    rows: tuple[Row, ...]
    beside: Mapping[str, str] = field(default_factory=dict)  # further files by their path below the probes folder


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person asked for. `only` are parts of names that are wanted; `hosts` those of a recording."""

    interval: str = "5m"
    name: str | None = None
    base_url: str | None = None
    hosts: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    writes: bool = False
    mine: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)

    def picks(self, *names: str) -> bool:
        return not self.only or any(part.lower() in name.lower() for part in self.only for name in names if name)


Beside = Callable[[str], Any]
"""Reads a file that lies beside the imported one, by its relative path; raises `NotImportable`."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file that was read: its tree, the name it has for people, and how to read what lies beside it."""

    tree: Any
    label: str
    beside: Beside
    text: str = ""
    rows: tuple[Row, ...] = ()
