"""One-time codes are accepted once: regions that make them from one seed use up each other's."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from synthmon.language.expression import compile_expression
from synthmon.model.journey import Journey
from synthmon.model.text import Expression
from synthmon.probefile.assembly.work import Work
from synthmon.probefile.node import ListNode


def check_seeds(work: Work, journey: Journey, regions: Collection[str]) -> None:
    """Warn of a seed that is the same in several of the probe's regions."""
    if len(regions) < 2 or work.names.used_secrets.isdisjoint(work.names.secrets):
        return  # nobody to share with, or nothing to share: the whole journey need not be looked through
    used = {name for expression in _expressions(journey) for name in _seeds(expression.text)}
    listed = work.node("secrets")
    for element in listed.elements if isinstance(listed, ListNode) else ():
        if element.data in used:
            shared = _sharing(work, str(element.data), regions)
            if shared:
                message = f"{' and '.join(shared)} make one-time codes from the same seed, and a code is accepted once"
                help_ = "give each region an account and a seed of its own: `secrets` of the region in synthmon.yaml"
                work.warning("shared-seed", message, element, help_)


def _sharing(work: Work, name: str, regions: Collection[str]) -> list[str]:
    """The first regions that read the same secret under that name; none if all differ."""
    by_secret: dict[str, list[str]] = {}
    for region in regions:
        read = work.installation.region(region).secrets.get(name, name)
        by_secret.setdefault(read, []).append(region)
    return next((found for found in by_secret.values() if len(found) > 1), [])


def _seeds(text: str) -> Iterator[str]:
    compiled = compile_expression(text)
    if "totp" in compiled.functions:
        yield from (str(reference.path[0]) for reference in compiled.references if reference.root == "secrets")


def _expressions(value: Any) -> Iterator[Expression]:
    """Every expression anywhere in a declaration."""
    if value is None or isinstance(value, str | int | float):
        return
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _expressions(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _expressions(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _expressions(getattr(value, field.name))
