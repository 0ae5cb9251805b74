"""The fast reader of JSON says what the careful one says, or nothing at all."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.engine import quickjson
from synthmon.engine.body import DEPTH, DIGITS, Unreadable, carefully, parse
from synthmon.engine.parsed import FEW, PARSER, Parser, by_pydantic, by_python
from synthmon.model.run import Json

BLANK = st.sampled_from(["", "", "", " ", "\n", "\t", "\r ", "\f", "\u00a0"])
NUMBER = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers().map(str),
    st.builds("{}.{}e{}".format, st.integers(), st.integers(0), st.integers(-400, 400)),
    st.sampled_from(["1e400", "-1e400", "NaN", "-Infinity", "01", "1.", "-", "-0", "-0.0", "0e0", "1E+2", "9" * 310]),
)
KEY = st.sampled_from(['"a"', '"b"', '"\\u0061"', '"a:"', '"\\":"', '""'])
TEXT = st.one_of(
    KEY,
    st.text().map(json.dumps),
    st.sampled_from(['"12 : 30"', '": "', '"\\ud83d"', '"\\ud83d\\ude00"', '"\\x"', '"\x01"', '"\x7f"', '"']),
)


@st.composite
def spelt(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    """A list or an object as a careless writer spells it: keys twice, blanks anywhere, now and then no JSON."""
    between, around = draw(st.sampled_from([",", ",", ",", " ,", ",,"])), draw(BLANK)
    members = draw(st.lists(inner, max_size=4))
    if draw(st.booleans()):
        members = [f"{draw(KEY)}{draw(BLANK)}:{draw(BLANK)}{member}" for member in members]
        return f"{{{around}{between.join(members)}{around}}}"
    return f"[{around}{between.join(members)}{around}]"


LEAF = st.one_of(NUMBER, TEXT, st.sampled_from(["true", "false", "null", "nul"]))
JSONISH = st.recursive(LEAF, spelt, max_leaves=12)


BOTH = (by_python, by_pydantic())


def agree(content: bytes) -> None:
    """`repr` tells `1` from `1.0` and from `True`, `0.0` from `-0.0`, and one order of keys from another."""
    wanted = carefully(content)
    for parser in BOTH:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(PARSER, "parse", parser)
            found = quickjson.read(content)
            assert found is quickjson.DOUBT or repr(found) == repr(wanted)
            assert repr(parse(content)) == repr(wanted)


@settings(max_examples=60)
@given(JSONISH, BLANK)
def test_whatever_comes_it_reads_what_the_careful_reader_does(text: str, blank: str) -> None:
    agree(f"{blank}{text}{blank}".encode("utf-8", "surrogatepass"))


@settings(max_examples=25)
@given(st.binary(max_size=40))
def test_bytes_that_mean_nothing_are_left_to_the_careful_reader(content: bytes) -> None:
    agree(content)


@pytest.mark.parametrize("depth", [DEPTH - 1, DEPTH, DEPTH + 1, DEPTH + 2])
@pytest.mark.parametrize(("before", "after"), [("[", "]"), ('{"a":', "}"), ('[{"a" :', "}]")])
def test_it_goes_no_deeper(depth: int, before: str, after: str) -> None:
    times = depth // (2 if len(before) > 5 else 1)
    agree(f"{before * times}1{after * times}".encode())
    agree(f"{before * times}[]{after * times}".encode())


@pytest.mark.parametrize("digits", [DIGITS - 1, DIGITS, DIGITS + 1])
@pytest.mark.parametrize("sign", ["", "-"])
def test_it_reads_no_longer_numbers(digits: int, sign: str) -> None:
    agree(f"[{sign}{'7' * digits}]".encode())
    agree(f"[{sign}1{'0' * (digits - 1)}]".encode())


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1, "a" : 2, "x": "\\": "}',
        b'{"a":1,"\\u0061":2}',
        b'{"a":1,"a":2,"b":":"}',
        b'[{"a"\n:1,"a"\t:2}]',
    ],
)
@pytest.mark.parametrize("parser", BOTH, ids=["by_python", "by_pydantic"])
def test_a_key_twice_is_never_taken_for_one(
    content: bytes, parser: Callable[[bytes], Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PARSER, "parse", parser)
    assert quickjson.read(content) is quickjson.DOUBT
    assert isinstance(parse(content), Unreadable)


@pytest.mark.parametrize(
    "content",
    [b'{"a":1,"b":[{"c" :"12:30"}]}', b'{"at": "2026-11-28T01:02:03Z", "b": {}}', b"[1.5]", b' [{}, "1:2"]\n'],
)
@pytest.mark.parametrize("parser", BOTH, ids=["by_python", "by_pydantic"])
def test_plain_answers_leave_no_doubt(
    content: bytes, parser: Callable[[bytes], Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PARSER, "parse", parser)
    assert quickjson.read(content) is not quickjson.DOUBT


def test_whoever_has_read_thousands_of_texts_reads_the_next_by_the_faster_parser() -> None:
    parser = Parser()
    early = parser.parse
    for _ in range(FEW):
        assert parser.parse == early
        parser.parse(b"1")
    assert parser.parse != early
    assert parser.parse(b'{"a": [1.5]}') == {"a": [1.5]}
