"""GraphQL documents: what is understood, and what is refused where."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.language.graphql import GraphQLProblem, Operation, Variable, parse_document

WHOLE = '''
# an order and who it is for
query Order($id: ID!, $first: Int = 10, $tags: [String!]!, $note: [String!]) @live(if: true) {
  order(
    id: $id, tags: $tags,
    filter: {state: OPEN, price: {min: 1.5e3, max: -2}, list: [1, "a\\u00e4\\"", null], o: {}, l: []}
  ) {
    total: amount
    ...Lines @include(if: $first)
    ... on Parcel { weight }
    ... @skip(if: false) { id }
    note(text: """a block with "quotes" and \\""" inside""", other: $note)
  }
}
fragment Lines on Order { lines { sku, quantity } }
'''


def test_a_document_with_everything_is_understood() -> None:
    document = parse_document(WHOLE)
    variables = (Variable("id", True), Variable("first", False), Variable("tags", True), Variable("note", False))
    assert document.operations == [Operation("query", "Order", variables)]
    assert document.fragments == {"Lines"}


def test_arguments_with_a_text_written_out_are_known() -> None:
    document = parse_document('{ a(b: "c", d: "", e: """f""", g: $h, i: {j: "k"}, l: ["m"]) }'.replace("$h", "1"))
    assert [name for name, _ in document.texts] == ["b", "e", "j"]


@pytest.mark.parametrize(
    ("text", "operations"),
    [
        ("{ me { id } }", [Operation("query", None, ())]),
        ("query { me }", [Operation("query", None, ())]),
        ("mutation Pay { pay }", [Operation("mutation", "Pay", ())]),
        ("subscription { changed }", [Operation("subscription", None, ())]),
        ("query query { query }", [Operation("query", "query", ())]),
        ("\ufeffquery A{a}query B{b}", [Operation("query", "A", ()), Operation("query", "B", ())]),
        ('{ a(x: "") }', [Operation("query", None, ())]),
    ],
)
def test_what_is_asked(text: str, operations: list[Operation]) -> None:
    assert parse_document(text).operations == operations


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "there is no operation in it"),
        ("fragment F on T { a }", 1, 22, "there is no operation in it"),
        ("{ me { id }", 1, 12, "expected a field, found the end"),
        ("{ me { id } } }", 1, 15, "expected a query, a mutation or a fragment, found `}`"),
        ("query {\n  me {\n  }\n}", 3, 3, "expected a field, found `}`"),
        ("{}", 1, 2, "expected a field, found `}`"),
        ("query Q() { a }", 1, 9, "expected a variable, found `)`"),
        ("query Q($id) { a }", 1, 12, "expected `:`, found `)`"),
        ("query Q($id: [ID) { a }", 1, 17, "expected `]`, found `)`"),
        ("{ a(x) }", 1, 6, "expected `:`, found `)`"),
        ("{ a(x: ) }", 1, 8, "expected a value, found `)`"),
        ("{ a() }", 1, 5, "expected an argument, found `)`"),
        ('{ a(x: "y) }', 1, 8, "a text that does not end"),
        ("{ a(x: 01) }", 1, 8, "'0' cannot stand here"),
        ("{ a(x: 'y') }", 1, 8, '"\'" cannot stand here'),
        ("{ a ? }", 1, 5, "'?' cannot stand here"),
        ("qeury { a }", 1, 1, "expected a query, a mutation or a fragment, found `qeury`"),
        ("fragment on on T { a }", 1, 10, "a fragment cannot be called `on`"),
        ("{ ...Missing }", 1, 6, "there is no fragment `Missing`"),
        ("{ a(x: $id) }", 1, 8, "`$id` is declared by no operation"),
        ("{ a @ }", 1, 7, "expected the directive's name, found `}`"),
        ('"description" query { a }', 1, 1, "expected a query, a mutation or a fragment, found a text"),
        ("type Query { a: Int }", 1, 1, "expected a query, a mutation or a fragment, found `type`"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(GraphQLProblem) as caught:
        parse_document(text)
    assert (caught.value.line, caught.value.column, str(caught.value)) == (line, column, message)


@pytest.mark.parametrize(
    "text",
    [
        "{a" * 5000,
        "{ a(x: " + "[" * 5000,
        "{ a(x: " + "{a:" * 5000,
        "query Q($a: " + "[" * 100_000,
        '{ a(x: """' + "x\\" * 50_000,
    ],
    ids=["selections", "lists", "objects", "types", "text"],
)
def test_nesting_and_length_are_bounded_in_work(text: str) -> None:
    began = time.monotonic()
    with pytest.raises(GraphQLProblem):
        parse_document(text)
    assert time.monotonic() - began < 5


@given(st.text(alphabet='{}()[]:$!@=|&."\\#,\n abq1-', max_size=60))
def test_whatever_is_written_is_a_document_or_a_problem_in_it(text: str) -> None:
    assert 0 <= problem_in(text) <= len(text)


def problem_in(text: str) -> int:
    try:
        parse_document(text)
    except GraphQLProblem as problem:
        return problem.offset
    return 0
