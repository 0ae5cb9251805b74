"""`assert`: expressions over an answer, each of them one whole `${{ … }}`."""

from __future__ import annotations

from collections.abc import Sequence

from synthmon.language.expression import compile_expression
from synthmon.model.answer import Assertion
from synthmon.model.text import Template
from synthmon.probefile.assembly.literal import BARE
from synthmon.probefile.assembly.texts import Answered, Moment, text
from synthmon.probefile.assembly.work import Work, mapping
from synthmon.probefile.format.expect import AssertionPart
from synthmon.probefile.node import ListNode, Node, ScalarNode

_EXAMPLE = "write it like ${{ response.json.total == captures.total }}"


def build_assertions(
    work: Work, parts: Sequence[str | AssertionPart], node: Node | None, moment: Moment
) -> tuple[Assertion, ...]:
    """The assertions in their order; what is wrong with one is reported, and it is left out."""
    if not isinstance(node, ListNode):
        return ()
    if not node.elements and not node.cut:
        work.error("empty-expect", "nothing is asserted here", node, _EXAMPLE)
    built = []
    for part, element in zip(parts, node.elements, strict=False):
        that = mapping(element).get("that", element)
        message = part.message if isinstance(part, AssertionPart) else None
        if isinstance(that, ScalarNode) and (assertion := _assertion(work, that, moment, message)):
            built.append(assertion)
    return tuple(built)


def _assertion(work: Work, node: ScalarNode, moment: Moment, message: str | None) -> Assertion | None:
    written = text(work, node, Answered(moment or ()))
    whole = written.whole if isinstance(written, Template) else None
    if whole is None:
        if not _is_one_expression(str(node.data)) and not BARE.search(str(node.data)):
            work.error("assert", "an assertion is one whole expression", node, _EXAMPLE)
        return None
    compiled = compile_expression(whole.text)
    if not compiled.references and not compiled.functions:
        work.error("assert", "this is the same whatever the answer is", node, "let it speak of `response`")
    return Assertion(whole, work.document.source(node), message)


def _is_one_expression(raw: str) -> bool:
    """Whether it was meant as one; if it is none, then what is wrong inside it has been told."""
    return raw.startswith("${{") and raw.endswith("}}") and raw.count("${{") == 1
