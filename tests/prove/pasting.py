"""A remedy put into a probe's file where it says, as a person would paste it."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from synthmon.model.journey import Step
from synthmon.model.probe import Probe
from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.builder import parse_probe
from synthmon.probefile.problem import render
from synthmon.prove.mutation import Remedy
from synthmon.prove.remedies import yaml
from synthmon.prove.replay import Stage
from tests.docs.pages import ROOT
from tests.probefile.installation import INSTALLATION


def pasted(stage: Stage, step: Step, remedy: Remedy) -> Stage:
    """The stage of the changed probe, which must validate."""
    writer = YAML()
    document = writer.load(stage.probe.yaml)
    steps = [*document["steps"], *document.get("cleanup", [])]
    into = next(one for one in steps if one["id"] == step.id)
    _put(into, YAML(typ="safe").load("\n".join(yaml(remedy))))
    text = StringIO()
    writer.dump(document, text)
    return replace(stage, probe=loaded(text.getvalue(), stage.probe))


def loaded(text: str, like: Probe | None = None, folder: Path = ROOT / "probes") -> Probe:
    probe, problems = parse_probe(text.encode(), "shop.yaml", INSTALLATION, SchemaShelf(folder))
    assert render([problem for problem in problems if problem.is_error]) == "", text
    assert probe is not None
    return probe if like is None else replace(probe, regions=like.regions, name=like.name)


def _put(into: Any, more: Any) -> None:
    """Keys of `expect` and of its parts beside those that are there; an assertion in place of the one at its path."""
    for key, value in more.items():
        if key in {"expect", "json", "headers", "cookies"} and isinstance(into.get(key), dict):
            _put(into[key], value)
        else:
            into[key] = value
