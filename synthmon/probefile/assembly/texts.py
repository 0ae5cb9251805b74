"""Texts and trees of values: their expressions compiled, every name in them looked up."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from synthmon.language.expression import ExpressionProblem, Reference, compile_expression
from synthmon.language.template import parse_text
from synthmon.model.text import Expression, Source, Template, Text, Tree
from synthmon.probefile.assembly.literal import BARE, BARE_REFERENCE, check_literal
from synthmon.probefile.assembly.place import place_of
from synthmon.probefile.assembly.work import Work, nearest
from synthmon.probefile.document import Spot
from synthmon.probefile.node import ListNode, MapNode, Node, ScalarNode

Moment = frozenset[str] | None
"""The captures that have a value when something is rendered; None before the first step."""

_FILL = "x"
_OF_PROBES = frozenset({"vars", "secrets", "captures"})


class Answered(frozenset[str]):
    """The moment at which an answer is judged: `response` has a value then as well."""


class Signing(frozenset[str]):
    """The moment at which a text to sign is made: `request` has a value then as well."""


class Signed(Signing):
    """The moment at which a signature is put onto the request: `request.signature` has a value, too."""


def tree(work: Work, node: Node, moment: Moment, key: str = "") -> Tree:
    """The value below the node; `key` is the one it stands under, by which literal secrets are known."""
    if isinstance(node, MapNode):
        return {name: tree(work, child, moment, name) for name, child in node.children.items()}
    if isinstance(node, ListNode):
        return tuple(tree(work, element, moment, key) for element in node.elements)
    value = text(work, node, moment) if isinstance(node, ScalarNode) and isinstance(node.data, str) else node.data
    check_literal(work, key, value, node)
    return value


def text(work: Work, node: ScalarNode, moment: Moment) -> Text:
    """The text of a node with its expressions; each that is wrong is reported and left out."""
    if "{{" not in str(node.data):  # neither an expression nor what was meant for one, as most texts
        return str(node.data)
    parsed = _parsed(work, node, _without_bare_braces(work, node))
    if isinstance(parsed, str):
        return parsed
    for expression, at in _offsets(parsed):
        for reference in compile_expression(expression.text).references:
            _Reference(work, node, reference, at).check(moment)
    return Template(tuple(_placed(work, node, parsed)))


def _without_bare_braces(work: Work, node: ScalarNode) -> str:
    raw = str(node.data)
    for bare in BARE.finditer(raw):
        spot = place_of(work.document, node, bare.start(), len(bare[0]))
        # what names nothing of ours may be a secret that is written out, and messages are not cut as excerpts are
        inside = bare[1] if BARE_REFERENCE.match(bare[0]) else "…"
        message = f"`{{{{ {inside} }}}}` is sent as it is; an expression begins with `${{{{`"
        work.error("braces", message, spot, f"write ${{{{ {inside} }}}}")
    return BARE.sub(lambda found: _FILL * len(found[0]), raw)


def _parsed(work: Work, node: ScalarNode, raw: str) -> Text:
    source = Source(work.document.path, 0, 0)
    while True:
        try:
            return parse_text(raw, source)
        except ExpressionProblem as problem:
            work.error("expression", problem.message, place_of(work.document, node, problem.offset), problem.hint)
            raw = _blanked(raw, problem.offset)


def _blanked(raw: str, offset: int) -> str:
    """The text with the expression around that place filled in, so that the others can be looked at."""
    start = raw.rfind("${{", 0, offset + 3)
    closing = raw.find("}}", max(offset, start))
    end = len(raw) if closing < 0 else closing + 2
    start = max(0, start)
    return raw[:start] + _FILL * (end - start) + raw[end:]


def references(value: Tree) -> Iterator[Reference]:
    """Everything that the expressions of a value refer to."""
    if isinstance(value, Template):
        for expression in value.expressions:
            yield from compile_expression(expression.text).references
    elif isinstance(value, tuple):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from references(item)


def is_captured(work: Work, expression: Expression) -> bool:
    """Whether a value that a target sent takes part in it, if only as an input of a block."""
    inputs = work.names.inputs or {}
    handed_in = (
        inputs[name].value
        for reference in compile_expression(expression.text).references
        if reference.root == "inputs" and (name := str(reference.path[0])) in inputs
    )
    captured = (one.root == "captures" for value in handed_in for one in references(value))
    return compile_expression(expression.text).captured or any(captured)


def _offsets(template: Template) -> Iterator[tuple[Expression, int]]:
    """Each expression, and where its inside begins in the text as written."""
    at = 0
    for part in template.parts:
        if isinstance(part, str):
            at += len(part) + part.count("${{")  # which was written `$${{`
        else:
            yield part, at + len("${{")
            at += len("${{") + len(part.text) + len("}}")


def _placed(work: Work, node: ScalarNode, template: Template) -> Iterator[str | Expression]:
    offsets = _offsets(template)
    for part in template.parts:
        if isinstance(part, str):
            yield part
            continue
        expression, at = next(offsets)
        spot = place_of(work.document, node, at + len(expression.text) - len(expression.text.lstrip()))
        yield Expression(expression.text, Source(work.document.path, spot.line, spot.column))


class _Reference:
    """One name that an expression uses; `at` is where the inside of the expression begins in the node's text."""

    def __init__(self, work: Work, node: ScalarNode, reference: Reference, at: int) -> None:
        self._work, self._root, self._name = work, reference.root, str(reference.path[0])
        self._optional = reference.optional
        self._node, self._at = node, at + reference.offset

    @property
    def _spot(self) -> Spot:
        """Where it stands, worked out where something is wrong with it."""
        return place_of(self._work.document, self._node, self._at, len(f"{self._root}.{self._name}"))

    def check(self, moment: Moment) -> None:
        if self._root == "inputs":
            self._input()
        elif self._root in _OF_PROBES and self._work.names.inputs is not None:
            self._foreign()
        elif self._root == "vars":
            self._variable()
        elif self._root == "secrets":
            self._secret()
        elif self._root == "captures":
            self._capture(moment)
        elif self._root == "response" and not isinstance(moment, Answered):
            message = "`response` is known in `assert` only, where an answer is judged"
            help_ = "capture the value in its step, then write captures.NAME"
            self._work.error("response", message, self._spot, help_)
        elif self._root == "request":
            self._request(moment)

    def _request(self, moment: Moment) -> None:
        if not isinstance(moment, Signing):
            message = "`request` is known in `hmac` only, where a request is signed"
            self._work.error("request", message, self._spot, "use the values of which the request is made")
        elif self._name == "signature" and not isinstance(moment, Signed):
            message = "the signature is made from this text, and is not known before"
            self._work.error("request", message, self._spot, "put it into `headers` or `query`")

    def _input(self) -> None:
        names = self._work.names
        names.used_inputs.add(self._name)
        if names.inputs is None:
            message = "only a block has inputs, and this is a probe"
            self._work.error("unknown-input", message, self._spot, "use `vars`, `secrets` or `captures`")
        elif self._name not in names.inputs:
            message = f"the block has no input `{self._name}`"
            self._unknown("unknown-input", message, names.inputs, "declare it under `inputs:`")

    def _foreign(self) -> None:
        message = f"a block does not see the `{self._root}` of a probe, only its own `inputs`"
        help_ = f"declare an input `{self._name}`, and let steps hand it in under `with`"
        self._work.error("block", message, self._spot, help_)

    def _variable(self) -> None:
        names = self._work.names
        names.used_variables.add(self._name)
        if not self._work.installation.known:
            return  # it may be one of a region's
        if self._name not in names.variables:
            message = f"there is no variable `{self._name}`"
            self._unknown("unknown-variable", message, names.variables, "define it under `vars:`")
        elif missing := names.variables[self._name]:
            where = f"region{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
            message = f"the variable `{self._name}` has no value in {where}"
            self._work.error("unknown-variable", message, self._spot, "give it one there, or in the probe's `vars`")

    def _secret(self) -> None:
        names = self._work.names
        names.used_secrets.add(self._name)
        if self._name not in names.secrets:
            message = f"the secret `{self._name}` is not listed"
            self._unknown("unknown-secret", message, names.secrets, "list it under `secrets:`")

    def _capture(self, moment: Moment) -> None:
        names = self._work.names
        names.used_captures.add(self._name)
        if not self._optional:
            names.needed.add(self._name)
        if moment is None:
            message = "no step has run yet when this is rendered, so there is nothing captured"
            self._work.error("capture-too-early", message, self._spot, "use captures inside steps only")
        elif self._name not in names.captures:
            message = f"no step captures `{self._name}`"
            self._unknown("unknown-capture", message, names.captures, "capture it in an earlier step")
        elif self._name not in moment:
            step = names.captures[self._name]
            message = f"`{self._name}` is captured only by the step `{step}`, which has not run then"
            help_ = "capture it in an earlier step, or move this step"
            self._work.error("capture-too-early", message, self._spot, help_)

    def _unknown(self, code: str, message: str, known: Collection[str], otherwise: str) -> None:
        if self._name not in self._work.names.suspects:
            self._work.error(code, message, self._spot, nearest(self._name, known, otherwise))
