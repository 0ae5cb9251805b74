"""Reading YAML: what is refused before anything is built, and where it is said to be."""

from __future__ import annotations

import time

import pytest

from synthmon.probefile.node import ScalarNode
from synthmon.probefile.reader import MAX_ALIASES, MAX_BYTES, MAX_DEPTH, read
from synthmon.probefile.scalar import resolve


def _codes(content: bytes) -> list[str]:
    return [problem.code for problem in read(content, "probe.yaml").problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("12", 12),
        ("-7", -7),
        ("+7", 7),
        ("0", 0),
        ("0o17", 15),
        ("0x1f", 31),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2026-11-23", "2026-11-23"),
        ("1.2.3", "1.2.3"),
        ("-", "-"),
        ("nan", "nan"),
        ("0b1", "0b1"),
    ],
)
def test_a_plain_scalar_means_what_yaml_1_2_says(text: str, value: object) -> None:
    resolved = resolve(text)

    assert (type(value), value) == (type(resolved), resolved)


@pytest.mark.parametrize("text", ["007", "-01", ".inf", "-.INF", ".nan", "1e999", "9" * 5000, "0x" + "f" * 5000])
def test_a_number_that_would_lose_something_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"number|zeros|digits"):
        resolve(text)


def test_lines_and_columns_are_counted_from_one_in_characters() -> None:
    document = read("# é\r\nkäse: {größe: x}\nb:\n  - äh\n".encode(), "probe.yaml").document
    assert document is not None
    node = document.find(("b", 0))

    assert isinstance(node, ScalarNode)
    assert str(document.source(node)) == "probe.yaml:4:5"
    inner = document.find(("käse", "größe"))
    assert inner is not None
    assert str(document.source(inner)) == "probe.yaml:2:15"


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    document = read(b"\xef\xbb\xbfa: 1\n", "probe.yaml").document

    assert document is not None
    assert document.data == {"a": 1}


@pytest.mark.parametrize(
    "opening",
    ["[", "{a: ", "- ", "? ", "a: [", "&a [", "[[],"],
    ids=["flow", "map", "block", "key", "mix", "anchor", "row"],
)
def test_absurd_nesting_is_given_up_at_once(opening: str) -> None:
    started = time.perf_counter()
    codes = _codes((opening * (MAX_BYTES // len(opening))).encode())

    assert codes[-1] in {"too-deep", "syntax", "key"}
    assert time.perf_counter() - started < 2


def test_the_deepest_that_is_allowed_is_read() -> None:
    deepest = b"a: " + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1)

    assert _codes(deepest) == []
    assert _codes(deepest.replace(b"[", b"[[", 1) + b"]") == ["too-deep"]


def test_an_alias_does_not_smuggle_depth_in() -> None:
    half = b"[" * 30 + b"]" * 30
    assert _codes(b"a: &a " + half + b"\nb: " + b"[" * 30 + b"*a" + b"]" * 30) == ["too-deep"]


def test_as_many_aliases_as_allowed_are_read() -> None:
    allowed = b"a: &a 1\nb: [" + b"*a, " * MAX_ALIASES + b"]\n"

    assert _codes(allowed) == []
    assert _codes(allowed.replace(b"]", b"*a]")) == ["too-many-aliases"]


def test_a_file_that_is_too_large_is_not_even_decoded() -> None:
    assert _codes(b"\xff" * (MAX_BYTES + 1)) == ["too-large"]
    assert _codes(b"a: '" + b"x" * (MAX_BYTES - 5) + b"'") == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be", "utf-32-le"])
def test_other_encodings_are_named(encoding: str) -> None:
    assert _codes("a: 1\n".encode(encoding)) == ["encoding"]


@pytest.mark.parametrize(
    ("content", "column"),
    [(b"\0a: 1", 1), (b"\0\0\0\0\0", 1), (b"a\0: 1", 2), (b"a: b\0\0\0\0", 5), (b"a: \0 \xff\xfe\0", 4)],
)
def test_a_nul_is_named_with_its_place(content: bytes, column: int) -> None:
    [problem] = read(content, "probe.yaml").problems

    assert (problem.code, problem.source.column) == ("control-character", column)
    assert "U+0000" in problem.message


def test_a_byte_order_mark_does_not_move_the_byte_that_is_not_utf8() -> None:
    [problem] = read(b"\xef\xbb\xbfa: \xe9", "probe.yaml").problems

    assert (problem.message, problem.source.column) == ("byte 0xe9 at this place is not UTF-8", 4)


def test_everything_that_does_not_stop_the_reading_is_told_at_once() -> None:
    text = b"a: 1\na: 2\nb: !!str x\nc: 007\n<<: {d: 1}\n? [x]\n: 1\n${{ e }}: 1\n"

    assert _codes(text) == ["duplicate-key", "tag", "number", "merge-key", "key", "expression"]


def test_a_likely_secret_in_a_file_that_cannot_be_parsed_is_not_shown() -> None:
    reading = read(b"vars:\n  shop_password: hunter2: oops\n", "probe.yaml")

    assert reading.document is None
    assert "hunter2" not in str(reading.problems)
