"""What must be true of an answer: matchers with checked operands, statuses, response schemas."""

from __future__ import annotations

from dataclasses import replace

from synthmon.language.operator import check_operand
from synthmon.model.answer import Condition, Expect, Matcher, OperationRef, Operator, SchemaRef, StatusRange, XPath
from synthmon.model.text import Tree
from synthmon.probefile.assembly.asserted import build_assertions
from synthmon.probefile.assembly.operations import find_operation
from synthmon.probefile.assembly.pattern import pattern_help
from synthmon.probefile.assembly.schemas import SchemaProblem
from synthmon.probefile.assembly.texts import Moment, tree
from synthmon.probefile.assembly.work import Work, key_of, mapping
from synthmon.probefile.assembly.xml import Namespaces, build_xpath
from synthmon.probefile.format.expect import ConditionsPart, OperationPart
from synthmon.probefile.node import ListNode, MapNode, Node, ScalarNode

SUCCESS = (StatusRange(200, 299),)
_INNER = frozenset({Operator.EACH, Operator.ANY})
_SIZES = frozenset({Operator.LENGTH, Operator.COUNT})
_INLINE = "the inline schema"


def build_expect(
    work: Work, part: ConditionsPart | None, node: Node | None, moment: Moment, namespaces: Namespaces = ()
) -> Expect:
    """What a step expects; a success where it says nothing of the status."""
    if part is None or node is None:
        return Expect(status=SUCCESS)
    expect = build_conditions(work, part, node, moment, namespaces)
    return expect if expect.status else _with_status(expect)


def _with_status(expect: Expect) -> Expect:
    return replace(expect, status=SUCCESS)


def build_conditions(
    work: Work, part: ConditionsPart, node: Node, moment: Moment, namespaces: Namespaces = ()
) -> Expect:
    """The conditions as written; of `until` and `fail_if` too."""
    nodes = mapping(node)
    if not nodes and not node.cut:
        work.error("empty-expect", "nothing is expected here", node, "say what must be true, or delete the key")
    status = part.status
    return Expect(
        status=(status,) if isinstance(status, StatusRange) else tuple(status or ()),
        headers=_of_texts(work, nodes.get("headers"), moment, "a header"),
        cookies=_of_texts(work, nodes.get("cookies"), moment, "a cookie"),
        json=_matchers(work, nodes.get("json"), moment),
        text=_of_text(work, nodes.get("text"), moment),
        xml=_in_xml(work, nodes.get("xml"), moment, namespaces),
        schema=_schema(work, nodes["schema"]) if "schema" in nodes else None,
        openapi=_operation(work, part.openapi, nodes["openapi"]) if part.openapi is not None else None,
        assertions=build_assertions(work, part.assert_ or (), nodes.get("assert"), moment),
        source=work.document.source(node),
    )


def _of_text(work: Work, node: Node | None, moment: Moment) -> tuple[Matcher, ...]:
    """One matcher, or several in a list, which must all hold."""
    if isinstance(node, ListNode):
        if not node.elements and not node.cut:
            work.error(
                "no-operator", "nothing is expected of the text", node, "name a matcher: `[{contains: Welcome}]`"
            )
        return tuple(_whole_text(work, element, moment) for element in node.elements)
    return () if node is None else (_whole_text(work, node, moment),)


def _whole_text(work: Work, node: Node, moment: Moment) -> Matcher:
    if isinstance(node, ScalarNode) and not isinstance(node.data, str):
        what = "null" if node.data is None else "a truth value" if isinstance(node.data, bool) else "a number"
        written = "null" if node.data is None else str(node.data).lower()
        message = f"the body's text is never equal to {what}"
        work.error("operand", message, node, f'quote it: "{written}"; or write `contains: "{written}"`')
    return _matcher(work, node, moment)


def _of_texts(work: Work, node: Node | None, moment: Moment, what: str) -> tuple[tuple[str, Matcher], ...]:
    """Matchers of what is one text each, so that a list can only be meant as a choice."""
    for child in mapping(node).values():
        for place in (child, *(mapping(child)[name] for name in ("equals", "not_equals") if name in mapping(child))):
            if isinstance(place, ListNode):
                message = f"{what} is a text, which is never equal to a list"
                work.error("operand", message, place, "write `one_of: […]` for a choice")
    return _matchers(work, node, moment)


def _in_xml(work: Work, node: Node | None, moment: Moment, namespaces: Namespaces) -> tuple[tuple[XPath, Matcher], ...]:
    return tuple(
        (build_xpath(work, name, key_of(node, name) or child, namespaces), _matcher(work, child, moment))
        for name, child in mapping(node).items()
    )


def _matchers(work: Work, node: Node | None, moment: Moment) -> tuple[tuple[str, Matcher], ...]:
    return tuple((name, _matcher(work, child, moment)) for name, child in mapping(node).items())


def _matcher(work: Work, node: Node, moment: Moment) -> Matcher:
    """A mapping holds operators, anything else is what the value must equal."""
    source = work.document.source(node)
    if not isinstance(node, MapNode):
        return Matcher((Condition(Operator.EQUALS, tree(work, node, moment)),), source)
    if not node.children and not node.cut:
        help_ = "name one, such as `exists: true`, or write `equals: {}`"
        work.error("no-operator", "there is no operator here", node, help_)
    conditions = (_condition(work, Operator(name), child, moment) for name, child in node.children.items())
    return Matcher(tuple(conditions), source)


def _condition(work: Work, operator: Operator, node: Node, moment: Moment) -> Condition:
    operand: Tree | Matcher
    if operator in _INNER or (operator in _SIZES and isinstance(node, MapNode)):
        operand = _matcher(work, node, moment)
    else:
        operand = tree(work, node, moment)
    if (problem := check_operand(operator, operand)) is not None:
        reason, _, hint = problem.partition("; ")
        if operator is Operator.MATCHES and isinstance(operand, str):
            reason, hint = problem, pattern_help(problem)
        joint = " " if reason.startswith("takes ") else ": "
        work.error("operand", f"`{operator}`{joint}{reason}", node, hint or None)
    return Condition(operator, operand)


def _operation(work: Work, part: OperationPart, node: Node) -> OperationRef | None:
    nodes = mapping(node)
    try:
        return find_operation(work.shelf, part.file, part.operation, work.document.source(node))
    except SchemaProblem as problem:
        place = "operation" if "operation" in problem.message or "answer" in problem.message else "file"
        work.error("openapi", problem.message, nodes.get(place, node), problem.help)
        return None


def _schema(work: Work, node: Node) -> SchemaRef | None:
    source = work.document.source(node)
    try:
        if isinstance(node, ScalarNode):
            label = str(node.data)
            if "${{" in label:
                message = "a schema's path is fixed: no expression can stand in it"
                raise SchemaProblem(message, "write the path out")
            shelved = work.shelf.find(label)
            return SchemaRef(label, shelved.document, shelved.pointer, source, shelved.uri, shelved.others)
        shelved = work.shelf.inline(node.data)
        return SchemaRef(_INLINE, shelved.document, "", source, shelved.uri, shelved.others)
    except SchemaProblem as problem:
        work.error("schema", problem.message, node, problem.help)
        return None
