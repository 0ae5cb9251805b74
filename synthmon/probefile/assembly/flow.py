"""Whether a step is made at all: its conditions, and what may be missing in a run because of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from synthmon.errors import TemplateError
from synthmon.language.expression import Scope, Value, compile_expression
from synthmon.language.show import describe
from synthmon.model.journey import Step
from synthmon.model.secret import Secret
from synthmon.model.text import Expression, Template, Text
from synthmon.nouns import dataclass
from synthmon.probefile.assembly.texts import Moment, text
from synthmon.probefile.assembly.work import Doubt, Work
from synthmon.probefile.node import Node, ScalarNode


def build_condition(work: Work, node: Node | None, moment: Moment) -> Template | None:
    """The condition under which a step is made; one that is always the same is warned of."""
    if not isinstance(node, ScalarNode) or node.broken:
        return None
    if isinstance(node.data, bool):
        written: Text = Template((Expression(str(node.data).lower(), work.document.source(node)),))
    else:
        written = text(work, node, moment)
    if not isinstance(written, Template) or written.whole is None:
        if isinstance(written, Template) or "${{" not in node.data:  # else what is wrong with it is said already
            help_ = "write it like `if: ${{ captures.next_page != null }}`"
            work.error("if", "a condition is one expression, true or false", node, help_)
        return None
    value = constant(written.whole)
    if value is not None:
        _warn(work, node, value.value)
    return written


def note_doubts(work: Work, step: Step, node: Node, *, warn: bool) -> None:
    """Note which captures of the step a run may not have; warn of a step that silently hangs on such a one.

    Cleanup is not warned of: that there is nothing to clean up is what it is made for.
    """
    names = work.names
    missing = sorted(name for name in names.needed if name in names.perhaps)
    never = any(_is_never(condition) for condition in step.conditions)
    if missing and warn:
        first = names.perhaps[missing[0]]
        never = never or first.never
        if first.never:
            message = f"this needs `{missing[0]}` of `{first.step}`, which is never made, so it is not made either"
            work.warning("unreachable", message, node, "delete the step, or mend the condition")
        elif not step.conditions:
            message = f"this is skipped in runs without `{missing[0]}`: `{first.step}` {first.why}"
            help_ = f"say so with an `if`, or write default(captures.{missing[0]}, …)"
            work.warning("silent-skip", message, node, help_)
    if step.conditions or step.allow_failure or missing:
        why = "has an `if`" if step.conditions else "may fail" if step.allow_failure else "may be skipped"
        names.perhaps.update((capture.name, Doubt(step.id, why, never)) for capture in step.captures)


def _is_never(condition: Template) -> bool:
    found = constant(condition.whole) if condition.whole else None
    return found is not None and found.value is False


def _warn(work: Work, node: Node, value: Value) -> None:
    if value is True:
        work.warning("constant-if", "this is always true", node, "delete it: a step without `if` is always made")
    elif value is False:
        message = "this is never true, so the step is never made"
        work.warning("unreachable", message, node, "delete the step, or the condition")
    else:
        work.error("if", f"a condition is true or false, and this is {describe(value)}", node, "compare it with ==")


@dataclass(frozen=True, slots=True)
class Constant:
    value: Value


def constant(expression: Expression) -> Constant | None:
    """The value that an expression has in every run; None if it hangs on anything."""
    try:
        return Constant(compile_expression(expression.text).evaluate(_NOTHING))
    except (_Touched, TemplateError):
        return None


class _Touched(Exception):
    """The expression looked at something that only a run knows."""


class _Unknown(Mapping[str, Value]):
    def __getitem__(self, name: str) -> Value:
        raise _Touched(name)

    def __iter__(self) -> Iterator[str]:
        raise _Touched

    def __len__(self) -> int:
        raise _Touched


def _untold(name: str) -> Secret:
    raise _Touched(name)


_NOTHING = Scope(_Unknown(), _Unknown(), _Unknown(), _untold, _Unknown(), _Unknown())
