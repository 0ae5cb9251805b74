"""Whatever synthmon.yaml holds, reading it gives settings and problems with a place: never an exception."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import jsonschema_rs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from synthmon.probefile.problem import Problem, render
from synthmon.probefile.reader import read
from synthmon.settings import load_settings
from synthmon.settings.format import ConfigPart
from synthmon.settings.schema import config_schema
from tests.depth import times

BAD = Path(__file__).parent.parent / "data" / "bad_settings"
FILES = sorted(BAD.glob("*.yaml"))
TEXTS = [path.read_text(encoding="utf-8", errors="replace") for path in FILES]
LINES = sorted({line for text in TEXTS for line in text.splitlines()}) or [""]
SPECIAL = ["${{", "}}", "{", "}", "[", "]", ":", "- ", "\n", "\t", '"', "'", "&a ", "*a", "!!x ", "|", "#", "~", "0"]
# What a schema can see: anything about shape. The other codes need a second look at the file.
SEEN = {
    "unknown-key",
    "missing-key",
    "wrong-type",
    "no-value",
    "choice",
    "limit",
    "name",
    "time",
    "unknown-channel-kind",
}


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder)


def _hold(content: bytes) -> tuple[Problem, ...]:
    with _folder() as folder:
        (folder / "synthmon.yaml").write_bytes(content)
        _, problems = load_settings({}, None, folder)
    text = render(problems)
    assert all(character.isprintable() or character == "\n" for character in text)
    assert all(problem.source.path == "synthmon.yaml" and problem.source.line >= 1 for problem in problems)
    return problems


@st.composite
def _mutated(draw: st.DrawFn) -> str:
    lines = draw(st.sampled_from(TEXTS)).splitlines() or [""]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(lines) - 1)))
        kind = draw(st.sampled_from(["delete", "replace", "insert", "indent", "splice"]))
        if kind == "insert" or not lines:
            lines.insert(at, draw(st.sampled_from(LINES)))
        elif kind == "delete":
            del lines[at]
        elif kind == "replace":
            lines[at] = draw(st.sampled_from(LINES))
        elif kind == "indent":
            lines[at] = " " * draw(st.integers(0, 6)) + lines[at].lstrip()
        else:
            cut = draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:cut] + draw(st.sampled_from(SPECIAL)) + lines[at][cut:]
    return "\n".join(lines) + "\n"


@settings(max_examples=times(60), deadline=None)
@given(_mutated())
@example("synthmon_config: 1\nchannels: {a: {slack: {webhook_url: [1, {a: b}]}}}\n")
@example("synthmon_config: 1\nchannels: &a {b: {console: *a}}\n")
def test_a_mutated_file_is_settings_or_problems(text: str) -> None:
    _hold(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=times(60), deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.text(max_size=8)
                | st.sampled_from(["slack", "email", "backup", "vars", "match", "notify", "at", "bind"]),
                inner,
                max_size=3,
            )
        ),
        max_leaves=8,
    ),
    st.sampled_from(sorted(ConfigPart.keys_by_word)),
)
def test_any_value_at_any_key_is_told_of(value: object, key: str) -> None:
    _hold(json.dumps({"synthmon_config": 1, key: value}).encode())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_schema_refuses_what_it_can_see(path: Path) -> None:
    reading = read(path.read_bytes(), path.name, "configuration")
    if reading.document is None or reading.problems:
        return  # no tree to hold against a schema
    codes = {problem.code for problem in _hold(path.read_bytes()) if problem.is_error}

    valid = jsonschema_rs.validator_for(config_schema(), offline=True).is_valid(reading.document.data)

    if codes & SEEN:
        assert not valid
