"""What expressions of one run can see, what it has captured so far, and which secrets it has come to know."""

from __future__ import annotations

import json
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from synthmon.engine.onetime import single_use
from synthmon.engine.ports import Surroundings
from synthmon.engine.taint import tainted, texts_in
from synthmon.errors import TemplateError
from synthmon.language.compute import LARGEST_TEXT
from synthmon.language.expression import Reference, Scope, Value, compile_expression
from synthmon.language.functions import impure_functions
from synthmon.language.once import Work, once
from synthmon.language.show import a_type, describe, is_of
from synthmon.language.template import Place, expressions_in, render_text, render_tree
from synthmon.model.answer import Condition, Expect, Matcher
from synthmon.model.auth import trees_of
from synthmon.model.journey import Input, Step
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import RunKey
from synthmon.model.secret import Secret
from synthmon.model.text import Template, Text, Tree


class Values:
    """Belongs to one run and its thread. Every secret that passes through is remembered for the scrubber."""

    def __init__(
        self, probe: Probe, key: RunKey, region: ProbeRegion, surroundings: Surroundings, at: datetime
    ) -> None:
        self.captures: dict[str, Value] = {}
        self.hidden: set[str] = set()  # names of captures whose values must not be shown
        self.known: dict[Secret, None] = {}  # in the order in which they became known
        self._latest: Secret | None = None
        self._region = region.name
        self._surroundings = surroundings
        self.waited = 0.0  # seconds for the next one-time code, which are no latency of anybody's
        self._given = probe, key, region, at
        self._handed_in: _Inputs | None = None
        self._seen: Scope | None = None

    @property
    def scope(self) -> Scope:
        """What expressions can see now. Made for the first that is more than a name, which most runs do not have."""
        if self._seen is None:
            self._seen = self._scope()
        return self._seen

    def _scope(self) -> Scope:
        me = weakref.proxy(self)  # what a run made goes when the run does: nothing is left for the collector of cycles
        (probe, key, region, at), surroundings = self._given, self._surroundings

        def waited(seconds: float) -> None:
            me.waited += seconds

        return Scope(
            vars=_Variables({**probe.journey.variables, **region.variables}, me),
            captures=self.captures,
            inputs=self._inputs,
            secret=lambda name: me.secret(name),  # noqa: PLW0108 - what is bound would hold on to this
            region={"name": region.name},
            run=_Late(lambda: {"id": key.id, "started_at": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"}),
            functions=_Late(
                lambda: {
                    **impure_functions(surroundings.clock.now, surroundings.chance),
                    "totp": single_use(surroundings.codes, surroundings.clock, surroundings.stop, waited),
                }
            ),
        )

    @property
    def _inputs(self) -> _Inputs:
        if self._handed_in is None:
            self._handed_in = _Inputs(weakref.proxy(self))
        return self._handed_in

    def at(self, place: Place) -> str | None:
        """What `tree` gives of a template that names this place, revealed, if that is a text; else None. Raises
        `SecretUnavailable`.
        """
        root, name = place
        value = self.captures.get(name) if root == "captures" else self.secret(name)
        if type(value) is Secret:
            self.know(value)
            value = value.reveal()
        return value if type(value) is str and len(value) <= LARGEST_TEXT else None

    def text(self, text: Text) -> str | Secret:
        """The text with its expressions in place; raises `TemplateError` for null, a list or an object."""
        if isinstance(text, str):
            return text
        value = self.tree(text)
        if isinstance(value, (str, Secret)):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float)):
            return json.dumps(value)
        raise TemplateError(
            f"{_named(text)} is {describe(value)} where a text is needed",
            captured=self.uses_capture(text),
            hint="use json(…) to write a structure as text",
        )

    def tree(self, tree: Tree) -> Value:
        """The tree with its expressions in place; its leaves may be secrets."""
        try:
            value = render_text(tree, self.scope) if isinstance(tree, Template) else render_tree(tree, self.scope)
        except TemplateError as error:
            error.captured = error.captured or self._inputs.captured_in(tree)
            raise
        if isinstance(value, Secret):
            self.know(value)
        elif not isinstance(value, str):
            self._know_within(value)
        return value

    def matcher(self, matcher: Matcher) -> Matcher:
        """The matcher with its operands rendered; one without expressions is returned as it is."""
        if is_constant(matcher):
            return matcher
        return Matcher(tuple(map(self._condition, matcher.conditions)), matcher.source)

    def _condition(self, condition: Condition) -> Condition:
        operand = condition.operand
        if isinstance(operand, Matcher):
            inner = self.matcher(operand)
            return condition if inner is operand else Condition(condition.operator, inner)
        if not expressions_in(operand):
            return condition
        return Condition(condition.operator, self.tree(operand))

    def capture(self, name: str, value: Value) -> None:
        self.captures[name] = value
        if type(value) is Secret:
            self.know(value)
        elif type(value) is not str:
            self._know_within(value)

    def know(self, secret: Secret) -> None:
        if secret is not self._latest:  # as it is where a token goes from step to step
            self.known[secret] = None
            self._latest = secret

    def _know_within(self, value: Value) -> None:
        if isinstance(value, Secret):
            self.know(value)
        elif isinstance(value, (list, tuple, dict)):
            for item in value.values() if isinstance(value, dict) else value:
                self._know_within(item)

    @contextmanager
    def signing(self, request: Mapping[str, Value]) -> Iterator[None]:
        """While it lasts, expressions see what is known of the request."""
        before = self.scope
        self._seen = replace(before, request=request)
        try:
            yield
        finally:
            self._seen = before

    def begin(self, step: Step) -> None:
        """From now on, what the block of this step sees is what the step hands in."""
        if step.inputs or self._handed_in:
            self._inputs.hand_in(step.inputs)

    def uses_capture(self, tree: Tree) -> bool:
        return bool(captures_in(tree)) or self._inputs.captured_in(tree)

    def secret(self, name: str) -> Secret:
        """The declared secret of that name; raises `SecretUnavailable`."""
        secret = self._surroundings.secrets.get(name, self._region)
        self.know(secret)
        return secret


is_constant: Work[Matcher, bool] = once(lambda matcher: not any(map(expressions_in, _operands(matcher))))
"""Whether nothing in a matcher has to be rendered."""


class _Late(Mapping[str, Any]):
    """Made when somebody first looks into it: few runs call a function or ask who they are."""

    def __init__(self, make: Callable[[], Mapping[str, Any]]) -> None:
        self._make = make
        self._made: Mapping[str, Any] | None = None

    def _all(self) -> Mapping[str, Any]:
        if self._made is None:
            self._made = self._make()
        return self._made

    def __getitem__(self, name: str) -> Any:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


class _Variables(Mapping[str, Value]):
    """Variables are rendered when they are first asked for, once: `${{ uuid() }}` is the same throughout a run."""

    def __init__(self, declared: Mapping[str, Tree], values: Values) -> None:
        self._declared, self._values = declared, values
        self._rendered: dict[str, Value] = {}
        self._rendering: set[str] = set()

    def __getitem__(self, name: str) -> Value:
        if name not in self._rendered:
            if name in self._rendering:
                raise TemplateError(f"the variable `{name}` refers to itself")
            self._rendering.add(name)
            try:
                self._rendered[name] = self._values.tree(self._declared[name])
            finally:
                self._rendering.discard(name)
        return self._rendered[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)

    def __contains__(self, name: object) -> bool:
        return name in self._declared


class _Inputs(Mapping[str, Value]):
    """What the step in hand gives to its block, rendered when it is first asked for, and held against its type."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._given: Mapping[str, Input] = {}
        self._rendered: dict[str, Value] = {}

    def hand_in(self, given: Mapping[str, Input]) -> None:
        self._given, self._rendered = given, {}

    def captured_in(self, tree: Tree) -> bool:
        """Whether a captured value takes part in the tree as an input."""
        names = {str(one.path[0]) for one in references_in(tree) if one.root == "inputs"} if self._given else ()
        return any(captures_in(self._given[name].value) for name in names if name in self._given)

    def __getitem__(self, name: str) -> Value:
        if name not in self._rendered:
            self._rendered[name] = self._render(name, self._given[name])
        return self._rendered[name]

    def _render(self, name: str, given: Input) -> Value:
        value = self._values.tree(given.value)
        if given.kind is not None and value is not None and not is_of(value, given.kind):
            raise TemplateError(
                f"the input `{name}` takes {a_type(given.kind)}, and this is {describe(value)}",
                captured=bool(captures_in(given.value)),
            )
        if given.secret:
            for text in texts_in(value):
                self._values.know(Secret(f"inputs.{name}", text))
            value = tainted(f"inputs.{name}", value)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    def __contains__(self, name: object) -> bool:
        return name in self._given


def revealed(value: Value) -> Any:
    """The value with its secrets in the clear: for the wire and for comparing, never for showing."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, (list, tuple)):
        return [revealed(item) for item in value]
    if isinstance(value, dict):
        return {key: revealed(item) for key, item in value.items()}
    return value


def captures_in(tree: Tree) -> list[str]:
    """Names of the captures to which the expressions of a tree refer."""
    return [str(reference.path[0]) for reference in references_in(tree) if reference.root == "captures"]


def references_in(tree: Tree) -> list[Reference]:
    """Everything to which the expressions of a tree refer."""
    return [
        reference for expression in expressions_in(tree) for reference in compile_expression(expression.text).references
    ]


def secrets_within(value: Value) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from secrets_within(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from secrets_within(item)


def _named(text: Text) -> str:
    whole = text.whole if isinstance(text, Template) else None
    return f"${{{{ {whole.text.strip()} }}}}" if whole else "the value"


def never_captured(step: Step, captures: Mapping[str, Value]) -> list[str]:
    """Names of captures without which a step cannot be made, and that have no value."""
    wanted = needed(step)
    if all(map(captures.__contains__, wanted)):
        return []
    return [name for name in wanted if name not in captures]


def needed(step: Step) -> list[str]:
    """Names of captures without which a step cannot be made."""
    return _needed_by(_own_trees(step), step)


def trees_in(step: Step) -> Iterator[Tree]:
    """Every value of a step in which an expression can stand, with what it hands to its block."""
    yield from _own_trees(step)
    yield from (given.value for given in step.inputs.values())


def _own_trees(step: Step) -> Iterator[Tree]:
    expects = [step.expect, step.warn, *((step.poll.until, step.poll.fail_if) if step.poll else ())]
    matchers = [matcher for expect in expects if expect is not None for matcher in _matchers(expect)]
    asserted = (Template((one.expression,)) for expect in expects if expect is not None for one in expect.assertions)
    yield from _trees(step)
    yield from (tree for matcher in matchers for tree in _operands(matcher))
    yield from asserted


def missing_in(trees: Sequence[Tree], step: Step, captures: Mapping[str, Value]) -> list[str]:
    """Names of captures that these trees of a step need, also through the inputs of its block, and have no value."""
    return [name for name in _needed_by(trees, step) if name not in captures]


def _needed_by(trees: Iterable[Tree], step: Step) -> list[str]:
    references = [one for tree in trees for one in references_in(tree) if not one.optional]
    named = {str(one.path[0]) for one in references if one.root == "inputs"}
    handed_in = [one for name in named if name in step.inputs for one in references_in(step.inputs[name].value)]
    needed = (one for one in (*references, *handed_in) if one.root == "captures" and not one.optional)
    return sorted({str(one.path[0]) for one in needed})


def _trees(step: Step) -> Iterator[Tree]:
    request = step.request
    yield from (request.url, *request.params.values(), *request.headers.values())
    yield from request.body_trees
    yield from trees_of(step.auth)
    yield from (capture.default for capture in step.captures)
    yield from step.conditions


def _matchers(expect: Expect) -> Iterator[Matcher]:
    yield from (matcher for _, matcher in (*expect.headers, *expect.cookies, *expect.json))
    yield from (matcher for _, matcher in expect.xml)
    yield from expect.text


def _operands(matcher: Matcher) -> Iterator[Tree]:
    for condition in matcher.conditions:
        if isinstance(condition.operand, Matcher):
            yield from _operands(condition.operand)
        else:
            yield condition.operand
