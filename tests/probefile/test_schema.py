"""The published JSON Schema, held against what the models say."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jsonschema_rs
import pytest

from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.builder import parse_probe
from synthmon.probefile.reader import read
from synthmon.probefile.schema import DIALECT, probe_schema
from tests.probefile.installation import DATA, INSTALLATION

# What a schema can see: anything about shape. The other codes need a second look at the file.
SEEN = {"unknown-key", "missing-key", "wrong-type", "no-value", "choice", "limit", "name", "duration", "percent"}
FILES = sorted((DATA / "bad").glob("*.yaml")) + sorted((DATA / "good").glob("*.yaml"))


@cache
def _validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(probe_schema(), offline=True)


def test_it_is_a_schema_of_the_current_draft() -> None:
    schema = probe_schema()

    assert schema["$schema"] == DIALECT
    assert jsonschema_rs.meta.is_valid(schema)


def test_every_key_has_a_description() -> None:
    schema = probe_schema()
    parts = [schema, *schema["$defs"].values()]
    missing = [
        name for part in parts for name, value in part.get("properties", {}).items() if not value.get("description")
    ]

    assert missing == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_schema_and_models_agree_as_far_as_a_schema_can_see(path: Path) -> None:
    reading = read(path.read_bytes(), path.name)
    if reading.document is None or reading.problems:
        return  # no tree to hold against a schema
    _, problems = parse_probe(path.read_bytes(), path.name, INSTALLATION, SchemaShelf(path.parent))
    codes = {problem.code for problem in problems if problem.is_error}

    valid = _validator().is_valid(reading.document.data)

    if codes & SEEN:
        assert not valid
    elif not codes:
        assert valid
