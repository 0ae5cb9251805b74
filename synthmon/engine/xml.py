"""The body of an answer as XML: no DTD, no entities, nothing fetched, bounded, parsed once however many ask.

Loaded by name where a probe uses XML, because of the library beneath it.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from synthmon.engine.body import DEPTH, JUDGED, Unreadable, decoded, excerpt_at, looks_like_html
from synthmon.language.xpath import Node, compile_xpath
from synthmon.model.answer import XPath
from synthmon.model.words import printable

_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:+-]{1,40})", re.IGNORECASE)
_PLACE = re.compile(r",? ?line \d+, column \d+$")
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class Document:
    """A parsed body; `find` gives what an XPath leads to."""

    def __init__(self, tree: Any, depth: int) -> None:
        self._tree, self._depth = tree, depth
        self._size = sum(1 + len(element.attrib) for element in tree.iter("*"))

    @property
    def default_namespace(self) -> str | None:
        """Of the root: without a prefix for it, an XPath finds nothing there."""
        namespaces: dict[str | None, str] = self._tree.getroot().nsmap
        return namespaces.get(None)

    @property
    def root(self) -> str:
        return str(etree.QName(self._tree.getroot()).localname)

    def find(self, path: XPath) -> tuple[Node, ...]:
        """Raises `TooMuchWork`, and `XPathProblem` for a path that loading a file refuses."""
        return compile_xpath(path.text, path.namespaces).find(self._tree, self._size, self._depth)


def parse(content: bytes, content_type: str = "") -> Document | Unreadable:
    """The document, by the charset of its header, its byte order mark or its declaration (RFC 7303, section 3.2)."""
    if not content.strip():
        return Unreadable("the body is empty")
    if len(content) > JUDGED:
        return Unreadable(f"the body has {len(content)} bytes, and at most {JUDGED} are judged")
    if _has_doctype(content):
        return _refused_doctype(content, content_type)
    try:
        tree = etree.ElementTree(etree.fromstring(content, _parser(content, content_type)))
    except etree.XMLSyntaxError as error:
        return _not_xml(content, content_type, error)
    except (ValueError, LookupError) as error:
        return Unreadable(f"the answer is not XML: {printable(str(error), 200)}")
    if getattr(tree.docinfo, "internalDTD", None) is not None:
        return _refused_doctype(content, content_type)
    depth = _depth(tree)
    if depth > DEPTH:
        return Unreadable(f"the XML is nested deeper than {DEPTH} levels")
    return Document(tree, depth)


def _parser(content: bytes, content_type: str) -> etree.XMLParser:
    declared = None if content.startswith(_BOMS) else _CHARSET.search(content_type)
    try:
        return _hardened(declared[1] if declared else None)
    except LookupError:
        return _hardened(None)


def _hardened(encoding: str | None) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        collect_ids=False,
    )


def _has_doctype(content: bytes) -> bool:
    """Whether a DOCTYPE stands before the first element; also in UTF-16 and UTF-32, by leaving out the zeros."""
    at, plain = 0, content[: 64 * 1024].replace(b"\0", b"")
    while True:
        start = plain.find(b"<", at)
        if start < 0:
            return False
        if plain.startswith(b"<!--", start):
            end = plain.find(b"-->", start)
            at = len(plain) if end < 0 else end + 3
        elif plain.startswith(b"<?", start):
            end = plain.find(b"?>", start)
            at = len(plain) if end < 0 else end + 2
        else:
            return plain[start : start + 9].upper() == b"<!DOCTYPE"


def _refused_doctype(content: bytes, content_type: str) -> Unreadable:
    text = decoded(content, content_type)
    if looks_like_html(text, content_type):
        return Unreadable("the answer is an HTML page, not XML", None, excerpt_at(text, 0))
    return Unreadable("the XML has a DOCTYPE, which is not read: it may define entities", None, excerpt_at(text, 0))


def _not_xml(content: bytes, content_type: str, error: etree.XMLSyntaxError) -> Unreadable:
    text = decoded(content, content_type)
    line, column = error.position
    lines = text.splitlines(keepends=True)
    at = min(sum(map(len, lines[: max(0, line - 1)])) + max(0, column - 1), max(0, len(text) - 1))
    place, excerpt = f"{line}:{column}", excerpt_at(text, at)
    if looks_like_html(text, content_type):
        return Unreadable("the answer is an HTML page, not XML", place, excerpt)
    if "depth" in str(error).lower():
        return Unreadable(f"the XML is nested deeper than {DEPTH} levels", place, excerpt)
    why = printable(_PLACE.sub("", str(error.msg or "it cannot be read")), 200)
    return Unreadable(f"the answer is not XML: {why[:1].lower()}{why[1:]}", place, excerpt)


def _depth(tree: Any) -> int:
    """How many levels of elements there are, counted no further than to one that is too many."""
    level, depth = [tree.getroot()], 0
    while level and depth <= DEPTH:
        level, depth = [child for parent in level for child in parent], depth + 1
    return depth
