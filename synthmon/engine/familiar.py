"""Answers that a step had before: how they were built, so that the next one that is built alike is known at a look."""

from __future__ import annotations

from weakref import WeakValueDictionary

from synthmon.engine.answershape import may_hold_redacted, says_json
from synthmon.engine.pattern import BodyTest, HeadTest, body_test, head_test
from synthmon.engine.reply import Reply
from synthmon.model.run import AnswerShape

MOST = 3  # of headers and of bodies each that a step knows; the oldest makes room
SOON, LATE = 8, 1024  # answers that were not known, until one is learned: after each that was, twice as many

Pairs = tuple[tuple[str, str], ...]


class Head:
    """`alone` is the shape of an answer whose body is not looked at; `says_json`: whether it calls the content JSON."""

    __slots__ = ("__weakref__", "alone", "holds", "only", "says_json")

    def __init__(self, holds: HeadTest, pairs: Pairs, *, says_json: bool) -> None:
        self.holds, self.alone, self.says_json = holds, AnswerShape(pairs), says_json
        self.only = (self,)


class Body:
    """`places` is what a shape holds of a body. `only` is it as most steps have it, thousands of which are held."""

    __slots__ = ("__weakref__", "_last", "holds", "only", "places")

    def __init__(self, holds: BodyTest, places: Pairs) -> None:
        self.holds, self.places = holds, places
        self._last: tuple[Head | None, AnswerShape] = (None, AnswerShape())
        self.only = (self,)

    def unless_redacted(self, content: bytes) -> Body | None:
        """The body, unless a text of the content may be the very one that stands for what is redacted."""
        return None if may_hold_redacted(content) else self

    def under(self, head: Head) -> AnswerShape:
        """The shape of an answer with this body; the same one again where the header is the same."""
        last = self._last  # taken once, as other threads put theirs there
        if last[0] is not head:
            last = self._last = (head, AnswerShape(head.alone.headers, self.places))
        return last[1]


_HEADS: WeakValueDictionary[HeadTest, Head] = WeakValueDictionary()
_BODIES: WeakValueDictionary[BodyTest, Body] = WeakValueDictionary()
"""What any step has learned, by its test: steps that are answered alike share it, and it goes with the last of them."""


class Familiar:
    """Of one declaration. What one thread learns, others use: tuples are put in place as a whole."""

    __slots__ = ("_due", "_unknown", "bodies", "heads")

    def __init__(self) -> None:
        self.heads: tuple[Head, ...] = ()
        self.bodies: tuple[Body, ...] = ()
        self._unknown, self._due = 0, SOON

    def learn(self, reply: Reply, shape: AnswerShape) -> None:
        """Of an answer that was not known: now and then one is worth the words."""
        self._unknown += 1
        if self._unknown < self._due:
            return
        self._unknown, self._due = 0, min(2 * self._due, LATE)
        fields = reply.fields
        if not any(head.holds(fields) for head in self.heads) and (test := head_test(fields)) is not None:
            known = _HEADS.setdefault(test, Head(test, shape.headers, says_json=says_json(reply)))
            self.heads = (known, *self.heads[: MOST - 1]) if self.heads else known.only
        if not shape.body or may_hold_redacted(reply.response.content):
            return
        if any(body.holds(reply.document) is not None for body in self.bodies):
            return
        if (built := body_test(reply.document)) is not None:
            body = _BODIES.setdefault(built, Body(built, shape.body))
            self.bodies = (body, *self.bodies[: MOST - 1]) if self.bodies else body.only
