"""Paths beyond the compliance suite: what is refused, in which words, and how much work a target can make of one."""

from __future__ import annotations

from typing import Any

import pytest

from synthmon.language.chosen import Chosen
from synthmon.language.jsonpath import LONGEST, MOST_VISITS, Node, Path, TooMuchWork, compile_path

ORDER = {"items": [{"sku": "A-1", "n": 2}, {"sku": "B-2", "n": 3}], "total": {"amount": 9.5}, "été": None}


def found(text: str, document: Any) -> list[Any]:
    return [node.value for node in compile_path(text).find(document)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("$", [ORDER]),
        ("$.total.amount", [9.5]),
        ("$.items[*].sku", ["A-1", "B-2"]),
        ("$.items[-1].n", [3]),
        ("$.items[?@.n > 2].sku", ["B-2"]),
        ("$.items[?@.sku == 'A-1']", [ORDER["items"][0]]),  # type: ignore[index]  # a list, as seen above
        ("$..n", [2, 3]),
        ("$.été", [None]),
        ("$['items'][0:1]", [ORDER["items"][0]]),  # type: ignore[index]  # a list, as seen above
        ("$.missing", []),
        ("$.total.amount.x", []),
        ("$.items[9]", []),
        ("$.items[?length(@.sku) == 3].n", [2, 3]),
        ("$.items[?match(@.sku, 'B.*')].n", [3]),
        ("$.items[?search(@.sku, '-[12]')].n", [2, 3]),
    ],
)
def test_a_path_finds_its_values_in_order(text: str, values: list[Any]) -> None:
    assert values == found(text, ORDER)


def test_what_is_found_is_the_documents_own_and_has_a_normalised_path() -> None:
    nodes = compile_path("$..sku").find(ORDER)
    assert [Node("$['items'][0]['sku']", "A-1"), Node("$['items'][1]['sku']", "B-2")] == nodes
    assert compile_path("$.total").find(ORDER)[0].value is ORDER["total"]
    assert compile_path("$.items[0:1]").find(ORDER)[0].value is ORDER["items"][0]  # type: ignore[index]  # a list


@pytest.mark.parametrize("document", ['{"a": 1}', "", 5, 0.5, True, None])
def test_a_bare_scalar_has_its_root_and_nothing_beneath(document: Any) -> None:
    assert [Node("$", document)] == compile_path("$").find(document)
    for text in ("$.a", "$[0]", "$..*", "$[?@.a]"):
        assert [] == compile_path(text).find(document)


@pytest.mark.parametrize(
    ("text", "singular"),
    [
        ("$", True),
        ("$.a['b'][0]", True),
        ("$.a[-1]", True),
        ("$.a[*]", False),
        ("$..a", False),
        ("$[0:1]", False),
        ("$['a','b']", False),
        ("$[?@.a]", False),
    ],
)
def test_a_path_knows_whether_it_leads_to_one_node_at_most(text: str, singular: bool) -> None:
    assert singular is compile_path(text).singular
    assert text == compile_path(text).text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a JSONPath begins with `$`; `$` alone is the whole document"),
        ("user.email", "a JSONPath begins with `$`; did you mean `$.user.email`?"),
        (".token", "a JSONPath begins with `$`; did you mean `$.token`?"),
        ("..token", "a JSONPath begins with `$`; did you mean `$..token`?"),
        ("[0].id", "a JSONPath begins with `$`; did you mean `$[0].id`?"),
        (" $.a", "a JSONPath begins with `$`; did you mean `$.a`?"),
        ("$" + "x" * LONGEST, "a path has at most 1000 characters"),
    ],
)
def test_what_is_no_path_is_told_how_to_become_one(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"path|JSONPath") as caught:
        compile_path(text)
    assert message == str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "$.",
        "$[",
        "$.a b",
        "$.a ",
        "$[?@.a",
        "$[a]",
        "$..",
        "$.a | $.b",
        "$.a & $.b",
        "$.#",
        "$.~",
        "$[?#]",
        "$^",
        "$.a^",
        "$[?@.a =~ /x/]",
        "$[?@.a in ['x']]",
        "$[?count(@.a)]",
        "$[?unknown(@)]",
        "$[01]",
        "$[9007199254740992]",
        "$[?@ == 'a' and @ == 'b']",
        "$[(@.length-1)]",
        "$.a.keys()",
        "$.\ud800",
    ],
)
def test_what_other_tools_take_for_a_path_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match="not a JSONPath") as caught:
        compile_path(text)
    assert "\n" not in str(caught.value)


def test_a_path_is_followed_over_a_hundred_thousand_values_and_no_further() -> None:
    assert MOST_VISITS == 100_000
    assert MOST_VISITS - 1 == len(found("$[*]", [0] * (MOST_VISITS - 1)))
    with pytest.raises(
        TooMuchWork, match=r"the path \$\[\*\] leads over more than 100,000 values; name more of the way"
    ):
        found("$[*]", [0] * (MOST_VISITS + 1))


BIG = {"x": [0] * 3000, "l": [[0] * 3000 for _ in range(300)], "o": {str(n): {"y": n} for n in range(3000)}}


@pytest.mark.parametrize(
    "text",
    [
        "$..[?@..*]",
        "$..[?@..[?@..*]]",
        "$.l[?@ == $.x]",
        "$.o[?$..y]",
        "$..*..*..*",
        "$.o[?value($..y) == 1]",
        "$..[?length(@) > count($..*)]",
    ],
)
def test_a_path_that_goes_through_an_answer_again_and_again_is_given_up(text: str) -> None:
    with pytest.raises(TooMuchWork):
        found(text, BIG)


@pytest.mark.parametrize("text", ["$.o[?count($.o.*) > 0]", "$.o[?$.o == $.o]"])
def test_what_a_filter_asks_of_the_whole_document_is_asked_once(text: str) -> None:
    assert 3000 == len(found(text, BIG))


def test_a_filter_may_be_nested_in_as_many_brackets_as_anybody_writes() -> None:
    assert [{"a": 1}] == found("$[?" + "(" * 30 + "@.a" + ")" * 30 + "]", [{"a": 1}, 5])


def test_lists_and_objects_compare_within_a_path_as_everywhere() -> None:
    document = {
        "a": {"k": [1, {"z": True}]},
        "b": {"k": [1.0, {"z": True}]},
        "c": {"k": [1, {"z": 1}]},
        "d": [1],
        "e": {},
    }
    same = compile_path("$[?@ == $.a]").find(document)
    assert ["$['a']", "$['b']"] == [node.path for node in same]
    assert ["$['d']"] == [node.path for node in compile_path("$[?@ == $.d]").find(document)]
    assert [] == found("$[?@ == $.d]", {"d": {}, "e": [], "f": [1, 2]})[1:]


@pytest.mark.parametrize("depth", [260, 5000])
def test_a_deep_document_is_too_much_work_and_no_crash(depth: int) -> None:
    document: Any = 1
    for _ in range(depth):
        document = {"a": [document]}
    with pytest.raises(TooMuchWork, match="cannot be followed"):
        found("$..a", document)
    with pytest.raises(TooMuchWork):
        found("$[?@ == $.a]", document) if depth > 260 else found("$..b", document)


def test_a_document_that_is_read_to_the_limit_of_bodies_can_be_followed() -> None:
    document: Any = 1
    for _ in range(100):
        document = {"a": [document]}
    assert 100 == len(found("$..a", document))


@pytest.mark.parametrize(
    ("pattern", "text", "whole"),
    [
        ("a.c", "abc", True),
        ("a.c", "a\nc", False),
        ("a.c", "a\rc", False),
        ("a.c", "a\u2028c", True),
        (r"a\\.c", "a.c", True),
        (r"a\\.c", "abc", False),
        ("a[.]c", "a.c", True),
        ("a[.]c", "abc", False),
        (r"a[\\].]c", "a.c", True),
        (r"a[\\].]c", "a]c", True),
        ("a[^.]c", "abc", True),
        ("(", "(", False),
        ("a(?=b)", "a", False),
        ("(a*)*b", "a" * 10_000, False),
    ],
)
def test_a_pattern_within_a_path_reads_as_rfc_9485_has_it(pattern: str, text: str, whole: bool) -> None:
    assert whole is bool(found(f"$[?match(@, '{pattern}')]", [text]))
    assert whole is bool(found("$.t[?match(@, $.p)]", {"t": [text], "p": pattern.replace(r"\\", "\\")}))
    assert whole is bool(found(f"$[?search(@, '{pattern}')]", [f"_{text}_"]))


def test_a_pattern_or_a_text_that_is_none_matches_nothing() -> None:
    assert [] == found("$.t[?match(@, $.p)]", {"t": ["a"], "p": 5})
    assert [] == found("$[?search(@, 'a')]", [5, None, ["a"], {"a": 1}])


@pytest.mark.parametrize(
    "text", ["$", "$.a", "$._a1.B", "$[0]", "$.a[0].b[12]", "$.true.null", "$[999999999]", "$.a[1][2].c"]
)
def test_a_path_that_is_followed_without_the_library_leads_where_it_leads(text: str) -> None:
    document: Any = {"a": [{"b": list(range(20))}, [0, 1, {"c": 5}]], "_a1": {"B": 1}, "true": {"null": False}}
    straight = compile_path(text)
    library = Path(text, Chosen(text).way)
    for one in (document, document["a"], [7], 5, "a", None):
        assert library.find(one) == straight.find(one)


@pytest.mark.parametrize(
    "text", ["$.", "$.1a", "$[01]", "$[-0]", "$.a b", "$.a\n", "$[ 0", "$a", "$[9007199254740992]", "$[1e3]"]
)
def test_what_only_looks_straight_is_refused_as_ever(text: str) -> None:
    with pytest.raises(ValueError, match="JSONPath"):
        compile_path(text)
