"""Bodies that no sane server sends: each is refused with its place, quickly, and nothing of them crashes the reader."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.engine.body import DEPTH, JUDGED, Unreadable, decoded, parse

REFUSED: dict[str, tuple[bytes, str, str | None]] = {
    "empty": (b"", "the body is empty", None),
    "blank": (b" \n ", "the body is empty", None),
    "cut off": (b'{"a": [1,', "the answer is not JSON: expecting value", "1:10"),
    "trailing text": (b'{"a": 1}\n}', "the answer is not JSON: extra data", "2:1"),
    "a page": (b"<!DOCTYPE html>\n<title>Log in</title>", "the answer is an HTML page, not JSON", "1:1"),
    "NaN": (b"[1,\n NaN]", "the JSON has NaN, which is no JSON number", "2:2"),
    "Infinity": (b'{"a": -Infinity}', "the JSON has -Infinity, which is no JSON number", "1:7"),
    "a number beyond floats": (b"[1e400]", "the JSON has a number beyond every float: 1e400", "1:2"),
    "a number beyond floats, and a dot": (b"1E310.", "the JSON has a number beyond every float: 1E310", "1:1"),
    "a number of 5000 digits": (
        b"[" + b"1" * 5000 + b"]",
        "the JSON has a number of 5000 digits; at most 4300 are read",
        "1:2",
    ),
    "a key twice": (b'{"a": 1,\n "b": {"a": 2},\n "a": 3}', 'the JSON has the key "a" twice in one object', "3:2"),
    "nested a million deep": (b"[" * 1_000_000, f"the JSON is nested deeper than {DEPTH} levels", "1:201"),
    "nested one too deep": (b"[" * 201 + b"]" * 201, f"the JSON is nested deeper than {DEPTH} levels", "1:201"),
    "no UTF-8": (b'{"a":\n "\xff"}', "the body is not UTF-8: byte 0xff cannot stand there", "2:3"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "the body is UTF-16; JSON is UTF-8 (RFC 8259)", None),
    "half a surrogate pair": (
        rb'{"a": "\ud83d"}',
        "the JSON holds half of a surrogate pair, which is no character",
        "1:7",
    ),
    "a control character": (b'"a\0b"', "the answer is not JSON: invalid control character at", "1:3"),
    "too much": (
        b"[" + b" " * JUDGED + b"]",
        f"the body has {JUDGED + 2} bytes, and at most {JUDGED} are judged",
        None,
    ),
}


@pytest.mark.parametrize(("content", "what", "place"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_plain_json_is_refused_with_its_place(content: bytes, what: str, place: str | None) -> None:
    found = parse(content)
    assert isinstance(found, Unreadable)
    assert (found.what, found.place) == (what, place)
    assert len(found.excerpt or "") <= 202 * 6


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"\xef\xbb\xbf{}", {}),
        (rb'"\ud83d\ude00"', "\U0001f600"),
        (b"[" * DEPTH + b"]" * DEPTH, json.loads("[" * DEPTH + "]" * DEPTH)),
        (b'{"a": "007", "b": 12345678, "c": 1.0}', {"a": "007", "b": 12345678, "c": 1.0}),
        (b'"\\u0000\\u202e"', "\0\u202e"),
    ],
    ids=["a byte order mark", "a surrogate pair", "just deep enough", "types are kept", "control characters, escaped"],
)
def test_odd_but_lawful_json_is_read(content: bytes, value: object) -> None:
    assert parse(content) == value


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(codec="utf-8")),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    )
)
def test_whatever_json_can_say_is_read_as_it_was_written(value: object) -> None:
    assert parse(json.dumps(value).encode()) == value


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_raise(content: bytes) -> None:
    parse(content)
    parse(b'{"a": ' + content + b"}")


@given(st.text('[]{}",:0123456789eE.-+NaInfty\\ud8 \n', max_size=80))
def test_nothing_that_looks_like_json_makes_the_reader_raise(text: str) -> None:
    parse(text.encode())


@pytest.mark.parametrize(
    ("charset", "expected"),
    [
        ("iso-8859-1", "ä"),
        ("windows-1252", "ä"),
        ("utf-8", "\ufffd"),
        ("base64", "\ufffd"),
        ("idna", "\ufffd"),
        ("no-such-thing", "\ufffd"),
    ],
)
def test_a_charset_is_believed_only_if_it_is_one_for_text(charset: str, expected: str) -> None:
    assert decoded(b"\xe4", f"text/plain; charset={charset}") == expected
