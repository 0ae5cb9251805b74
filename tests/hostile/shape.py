"""What a page is made of, and what no page may hold whatever was said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lxml import etree

PARSER = etree.HTMLParser(huge_tree=True)
ADDRESSES = re.compile(r"(?:https?://|/(?![/\\])|#|\?|data:image/|cid:|mailto:)", re.ASCII)
LINKS = frozenset({"href", "src", "action", "formaction", "poster", "data", "xlink:href"})
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff\ud800-\udfff]"
)

Shape = Counter[tuple[str, tuple[str, ...]]]


def shape(html: str) -> Shape:
    """How often each element stands there with which attributes, wherever: text may make none, and end none."""
    root = etree.fromstring(html.encode(), PARSER)
    return Counter((_path(one), tuple(sorted(one.attrib))) for one in root.iter() if isinstance(one.tag, str))


def _path(one: etree._Element) -> str:
    parent = one.getparent()
    return one.tag if parent is None else f"{parent.tag} {one.tag}"


def wrong(html: str) -> Iterator[str]:
    """What no page may hold: comments, attributes that act, addresses of other kinds, characters nobody sees."""
    root = etree.fromstring(html.encode(), PARSER)
    for one in root.iter():
        if not isinstance(one.tag, str):
            yield f"a comment or instruction: {str(one)[:60]}"
            continue
        for name, value in ((str(name), str(value)) for name, value in one.attrib.items()):
            if name.startswith("on") or name in {"srcdoc", "style"}:
                yield f"<{one.tag} {name}={value[:40]!r}>"
            if name in LINKS and not ADDRESSES.match(value):
                yield f"<{one.tag} {name}={value[:60]!r}>"
    if unseen := FORBIDDEN.search(html):
        yield f"{unseen[0]!a} in {html[max(0, unseen.start() - 60) : unseen.end() + 20]!a}"
