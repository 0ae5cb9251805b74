"""What everybody may know, as `web.public` says it: titles, and the probes that stand for them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import field

from synthmon.language.suggest import did_you_mean
from synthmon.model.text import Source
from synthmon.nouns import dataclass
from synthmon.probefile.findings import Findings
from synthmon.probefile.problem import Problem, Severity
from synthmon.settings.binding import parse_bind
from synthmon.settings.publicformat import PublicGroupPart, PublicPart

TITLE = "Status"


@dataclass(frozen=True, slots=True)
class PublicComponent:
    """One line: its title, the probes that stand for it, and where the file names each of them."""

    title: str
    probes: tuple[str, ...]
    named_at: tuple[Source, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class PublicGroup:
    title: str | None
    components: tuple[PublicComponent, ...]


@dataclass(frozen=True, slots=True)
class PublicSettings:
    """`address` is host and port of its own; None: where the other pages are served."""

    title: str
    groups: tuple[PublicGroup, ...]
    address: tuple[str, int] | None = None


def build_public(part: PublicPart | None, findings: Findings | None) -> PublicSettings | None:
    """None: nobody is shown anything."""
    if part is None:
        return None
    groups = tuple(_group(group, index, findings) for index, group in enumerate(part.groups))
    return PublicSettings(part.title or TITLE, groups, parse_bind(part.bind) if part.bind else None)


def unknown_probes(settings: PublicSettings | None, probes: Collection[str]) -> tuple[Problem, ...]:
    """A warning for each name that no probe has: its component would never be known to be well."""
    if settings is None:
        return ()
    components = [component for group in settings.groups for component in group.components]
    return tuple(
        _unknown(name, place, probes)
        for component in components
        for name, place in zip(component.probes, component.named_at, strict=False)
        if name not in probes
    )


def _unknown(name: str, place: Source, probes: Collection[str]) -> Problem:
    better = did_you_mean(name, probes)
    help_ = f"did you mean `{better}`?" if better else "without it the component is shown as not known"
    return Problem(
        "unknown-probe", f"there is no probe `{name}`", place, len(name), help=help_, severity=Severity.WARNING
    )


def _group(part: PublicGroupPart, index: int, findings: Findings | None) -> PublicGroup:
    components = []
    for place, component in enumerate(part.components):
        names = tuple(dict.fromkeys(component.probes))
        at = (("groups", index, "components", place, "probes", component.probes.index(name)) for name in names)
        components.append(PublicComponent(component.title, names, tuple(_place(findings, path) for path in at)))
    return PublicGroup(part.title, tuple(components))


def _place(findings: Findings | None, path: tuple[str | int, ...]) -> Source:
    document = findings.document if findings else None
    node = document.find(("web", "public", *path)) if document else None
    return document.source(node) if document and node else Source("synthmon.yaml", 0, 0)
