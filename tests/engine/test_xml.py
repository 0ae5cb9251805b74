"""XML bodies: typed results of XPaths, and documents that must not be believed."""

from __future__ import annotations

import random
import time
from typing import Any

import httpx
import pytest

from synthmon.engine.body import DEPTH, JUDGED, Unreadable
from synthmon.engine.xml import Document, parse
from synthmon.language.views import TooMuchWork
from synthmon.language.xpath import XPathProblem, compile_xpath
from synthmon.model.answer import Capture, CaptureFrom, Expect, XPath
from synthmon.model.run import FailureKind, Outcome, RunResult
from tests.engine.world import HERE, OK, World, expect, matcher, probe, step

ORDER = """<?xml version="1.0"?>
<!-- one order -->
<o:order xmlns:o="urn:orders" id="17"><o:status>paid</o:status><o:total currency="EUR">20.50</o:total>
<o:line sku="A"><o:price>10.25</o:price></o:line><o:line sku="B"><o:price>10.25</o:price></o:line>
<o:note>a<b/>c<![CDATA[<d>]]></o:note><o:empty/></o:order>"""
NAMESPACES = (("o", "urn:orders"),)


def judged(xml: dict[str, Any], body: str | bytes = ORDER, **more: Any) -> RunResult:
    world = World(lambda _request: httpx.Response(200, content=body, headers={"Content-Type": "application/xml"}))
    wanted = tuple((XPath(path, NAMESPACES), matcher(value)) for path, value in xml.items())
    return world.run(probe(step("a", expect=Expect(OK, xml=wanted, source=HERE)), **more))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/o:order/@id", "17"),
        ("/o:order/@id", 17),  # text is read as a number for a number
        ("/o:order/o:status", "paid"),
        ("//o:status/text()", {"one_of": ["paid", "pending"]}),
        ("//o:total", {"at_least": 20, "less_than": 21}),
        ("//o:note", "ac<d>"),
        ("//o:line/@sku", {"each": {"matches": "^[A-Z]$"}}),
        ("//o:line/@sku", {"any": "B", "count": 2}),
        ("//o:line[@sku='B']/o:price", 10.25),
        ("count(//o:line)", 2),
        ("sum(//o:price)", {"type": "number", "equals": 20.5}),
        ("//o:total = sum(//o:price)", True),
        ("string(//o:total/@currency)", {"type": "string", "length": 3}),
        ("//o:refund", {"exists": False}),
        ("number(//o:status)", {"exists": False}),  # not a number
        ("//o:empty", {"empty": True}),
        ("local-name(/*)", "order"),
        ("//o:note/@xml:lang", {"exists": False}),  # the one prefix that nobody declares
    ],
)
def test_an_xpath_gives_what_it_leads_to_with_its_type(path: str, value: Any) -> None:
    assert judged({path: value}).failures == ()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("//o:status", "open", '//o:status: expected "open", came "paid"'),
        ("//o:price", 1, "//o:price: 2 values were found where one is expected"),
        ("//o:line/@sku", {"each": "A"}, '(//o:line/@sku)[2]: expected "A", came "B"'),
        ("count(//o:line)", 3, "count(//o:line): expected 3, came 2"),
        ("//o:nothing", "x", "//o:nothing: nothing was found"),
    ],
)
def test_what_does_not_hold_is_told_with_its_place(path: str, value: Any, message: str) -> None:
    result = judged({path: value})

    assert (result.outcome, result.failures[0].kind) == (Outcome.FAILED, FailureKind.BODY)
    assert message in result.failures[0].message


def test_a_forgotten_default_namespace_is_named() -> None:
    (failure,) = judged({"/order/@id": "17"}, '<order xmlns="urn:orders" id="17"/>').failures

    assert failure.detail == "the document is in the namespace urn:orders: declare a prefix for it"


def test_under_redaction_no_value_of_xml_is_shown() -> None:
    result = judged({"//o:status": "open", "//o:total/@currency": "EUR"}, redact_json=("$.name",))

    assert "paid" not in result.failures[0].message
    assert "paid" not in str(result)
    assert "EUR" not in result.steps[0].assertions[-1].actual


HOSTILE: dict[str, tuple[bytes, str]] = {
    "entities that grow": (
        b'<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;&y;&y;</a>',
        "the XML has a DOCTYPE",
    ),
    "an entity from a file": (
        b'<?xml version="1.0"?><!-- <a> --><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        "the XML has a DOCTYPE",
    ),
    "a DTD from elsewhere": (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>', "the XML has a DOCTYPE"),
    "a DOCTYPE in UTF-16": ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("utf-16"), "the XML has a DOCTYPE"),
    "too deep": (b"<a>" * (DEPTH + 1) + b"</a>" * (DEPTH + 1), f"the XML is nested deeper than {DEPTH} levels"),
    "far too deep": (b"<a>" * 50_000, f"the XML is nested deeper than {DEPTH} levels"),
    "too large": (b"<a>" + b"x" * JUDGED + b"</a>", "bytes, and at most"),
    "empty": (b"  ", "the body is empty"),
    "an HTML page": (b"<!DOCTYPE html><html><p>busy</html>", "the answer is an HTML page, not XML"),
    "JSON": (b'{"a": 1}', "the answer is not XML: start tag expected"),
    "an open element": (b"<a><b></a>", "the answer is not XML: opening and ending tag mismatch"),
    "an undefined entity": (b"<a>&nbsp;</a>", "the answer is not XML: entity 'nbsp' not defined"),
    "a control character": (b"<a>\x01</a>", "the answer is not XML"),
    "bytes that are none of its encoding": (b'<?xml version="1.0" encoding="UTF-8"?><a>\xff\xfe</a>', "is not XML"),
    "an encoding that nobody knows": (b'<?xml version="1.0" encoding="X-NONE"?><a/>', "is not XML"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_harmless_xml_fails_the_step_and_says_why(name: str) -> None:
    body, message = HOSTILE[name]
    result = judged({"//a": {"exists": True}}, body)

    assert (result.outcome, result.failures[0].kind) == (Outcome.FAILED, FailureKind.BODY)
    assert message in result.failures[0].message


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<a>é</a>".encode(), "application/xml"),
        ("<a>é</a>".encode("utf-8-sig"), "text/xml; charset=iso-8859-1"),  # the mark says otherwise, and wins
        ("<a>é</a>".encode("latin-1"), 'text/xml; charset="ISO-8859-1"'),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>".encode("latin-1"), "application/xml"),
        ("<a>é</a>".encode("utf-16"), "application/xml"),
        ("<a>é</a>".encode(), "text/xml; charset=nonsense"),
    ],
)
def test_the_encoding_is_that_of_mark_header_or_declaration(body: bytes, content_type: str) -> None:
    document = parse(body, content_type)

    assert isinstance(document, Document)
    assert [node.value for node in document.find(XPath("/a"))] == ["é"]


def test_an_xpath_that_goes_over_everything_for_everything_is_not_followed() -> None:
    document = parse(b"<a>" + b"<b/>" * 50_000 + b"</a>")
    assert isinstance(document, Document)
    began = time.process_time()

    for path in ("//*[count(//*) > 1]", "//b[preceding::b]", "/a/b[../b]", "//*[.//*[..]]"):
        with pytest.raises(TooMuchWork):
            document.find(XPath(path))
    assert len(document.find(XPath("count(//b[@x or not(@y)])"))) == 1

    assert time.process_time() - began < 2


@pytest.fixture(scope="module")
def nested() -> Document:
    document = parse(b"<r>" + (b"<a>" * 190 + b"</a>" * 190) * 200 + b"</r>")
    assert isinstance(document, Document)
    return document


REPEATING = [
    "count(//a//a)",
    "count(//*|//*)",
    "count(//a/..)",
    "count((//a)//a)",
    "count(//a/ancestor::a)",
    "count(//a/descendant::a)",
    "count(/r/a/following-sibling::a)",
    "//r[a//a]",
    "//r[a|b]",
]


@pytest.mark.parametrize("path", REPEATING)
def test_an_xpath_that_finds_nodes_again_and_again_is_not_followed_over_many(path: str, nested: Document) -> None:
    small = parse(b"<r>" + b"<a><b/></a>" * 100 + b"</r>")
    assert isinstance(small, Document)
    began = time.process_time()

    with pytest.raises(TooMuchWork, match="leads over too many of 38001 nodes"):
        nested.find(XPath(path))
    small.find(XPath(path))

    assert time.process_time() - began < 2


@pytest.mark.parametrize("path", ["count(//a)", "count(/r//a)", "count(//b/a/@id)", "//a = //b", "(//r)[1]"])
def test_an_xpath_that_comes_to_each_node_once_is_followed_over_many(path: str, nested: Document) -> None:
    nested.find(XPath(path))


def test_an_xpath_over_all_declarations_of_namespaces_is_refused() -> None:
    with pytest.raises(XPathProblem, match="leads to every declaration again at every element"):
        compile_xpath("count(//namespace::*)")


def test_a_result_is_bounded() -> None:
    many = parse(b"<a>" + b"<b>x</b>" * 12_000 + b"</a>")
    deep = parse(b"<a>" * 150 + b"x" * 100_000 + b"</a>" * 150)
    assert isinstance(many, Document)
    assert isinstance(deep, Document)

    with pytest.raises(TooMuchWork, match="matches 12,000 nodes"):
        many.find(XPath("//b"))
    with pytest.raises(TooMuchWork, match="too much text"):
        deep.find(XPath("//a"))


@pytest.mark.parametrize(
    "path", ["//a[", "re:test(., 'a')", "$x", "a:b", "foo()", "", "//a | ", "document('x')", "a//"]
)
def test_what_is_no_xpath_of_ours_is_refused(path: str) -> None:
    with pytest.raises(XPathProblem):
        compile_xpath(path)


def captured(capture: Capture, body: str = ORDER) -> RunResult:
    world = World(lambda _request: httpx.Response(200, content=body))
    return world.run(probe(step("first", captures=(capture,)), step("use", expect=expect())))


@pytest.mark.parametrize(
    ("path", "more", "shown"),
    [
        ("/o:order/@id", {}, '"17"'),
        ("count(//o:line)", {}, "2"),
        ("//o:line/@sku", {"all": True}, '["A", "B"]'),
        ("//o:refund", {"has_default": True, "default": "none"}, '"none"'),
        ("//o:total", {"pattern": "^[0-9]+"}, '"20"'),
    ],
)
def test_a_value_is_captured_from_xml(path: str, more: dict[str, Any], shown: str) -> None:
    result = captured(Capture("v", CaptureFrom.XPATH, path, HERE, namespaces=NAMESPACES, **more))

    assert result.steps[0].captured == {"v": shown}


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("//o:refund", ORDER, "there is nothing at `//o:refund`; the answer is the element `order`"),
        ("/order", '<order xmlns="urn:x"/>', "the answer is the element `order` in the namespace urn:x"),
        ("//o:line", ORDER, "2 values at `//o:line`"),
        ("//a", "no markup", "nothing to capture from: the answer is not XML"),
    ],
)
def test_what_cannot_be_captured_from_xml_fails_the_step(path: str, body: str, message: str) -> None:
    (failure,) = captured(Capture("v", CaptureFrom.XPATH, path, HERE, namespaces=NAMESPACES), body).failures

    assert failure.kind is FailureKind.CAPTURE
    assert message in failure.message


def test_bytes_as_nobody_should_send_them_are_a_document_or_a_reason() -> None:
    chance, sound = random.Random(3), ORDER.encode()
    for _ in range(2000):
        body = bytearray(sound)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(body))
            body[at : at + chance.randint(0, 3)] = bytes(
                chance.choice(b"<>&;!\"'[]?-\0\xff\x80 a:/=") for _ in range(2)
            )
        found = parse(bytes(body), "application/xml")
        assert isinstance(found, Document | Unreadable)
        if isinstance(found, Document):
            found.find(XPath("//@*"))


def test_unreadable_is_a_value() -> None:
    assert isinstance(parse(b"<a"), Unreadable)
