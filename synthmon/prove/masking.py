"""Answers without their secrets: each secret or redacted value gives way to a stand-in of the same form."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from synthmon.engine.body import Unreadable, parse
from synthmon.engine.ports import Chance
from synthmon.engine.redaction import location_of
from synthmon.language.jsonpath import TooMuchWork, compile_path
from synthmon.model.run import Failure, Json
from synthmon.model.secret import SHORTEST, Scrubber, Secret
from synthmon.nouns import dataclass
from synthmon.prove.place import replaced
from synthmon.prove.recording import Answer, Recording, Taken
from synthmon.prove.subject import sized

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_LENGTH = 32  # characters of the stand-in for a secret of the probe's own: nothing of the real one's form is kept
_HEX = "abcdef"
_DATE = re.compile(r"(?:19|20)\d\d-(?:0\d|1[0-2])-[0-3]\d")


@dataclass(frozen=True, slots=True)
class Redacted:
    """What is personal: values at these paths, unless the probe itself says them in the open."""

    paths: tuple[str, ...]
    declared: str


class Mask:
    """Stand-ins by value: what was the same before is the same afterwards. `chance` must not be guessable.

    `own` are the probe's secrets by name. Then `secrets` holds their stand-ins, None for one that can have none.
    """

    def __init__(self, met: Iterable[Secret], own: Mapping[str, str], redacted: Redacted, chance: Chance) -> None:
        self._chance = chance
        self._stand_ins: dict[str, str] = {}
        self._numbers: dict[float, int | float] = {}
        self._paths, self._declared = redacted.paths, redacted.declared
        self.secrets: dict[str, str | None] = {}
        for name, value in own.items():
            self._stand_ins[value] = self._of_own()
            self.secrets[name] = None if "\n" in value else self._stand_ins[value]
        known = [*met, *(Secret(f"secrets.{name}", value) for name, value in own.items())]
        for secret in known:
            self._stand_ins.setdefault(secret.reveal(), self._like(secret.reveal()))
        self._scrubber = Scrubber(known)

    def recording(self, recording: Recording) -> Recording:
        """The recording with every answer masked. Redacted values are met first, as they may stand elsewhere, too."""
        for one in recording.taken:
            if one.answer is not None and self._paths:
                self._body(one.answer)
        return replace(recording, taken=tuple(map(self._taken, recording.taken)), masked=True)

    def _taken(self, taken: Taken) -> Taken:
        if taken.failure is not None:
            detail = taken.failure.detail and self.text(taken.failure.detail)
            return replace(taken, failure=Failure(taken.failure.kind, self.text(taken.failure.message), detail=detail))
        return taken if taken.answer is None else replace(taken, answer=self._answer(taken.answer))

    def text(self, text: str) -> str:
        """Plain secrets by their stand-ins, the longest first; what is left of them in another form by their names."""
        for value in sorted(self._stand_ins, key=len, reverse=True):
            if len(value) >= SHORTEST:
                text = text.replace(value, self._stand_ins[value])
        return self._scrubber.text(text, shortened=False)

    def _of_own(self) -> str:
        """A text that is good as a password, a key or the seed of one-time codes."""
        return "".join(_BASE32[self._chance.randrange(0, len(_BASE32))] for _ in range(_LENGTH))

    def _answer(self, answer: Answer) -> Answer:
        body = self._body(answer)
        headers = tuple(
            (name, self.text(value.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape"))
            for name, value in answer.headers
        )
        return Answer(answer.status, sized(headers, body), body)

    def _body(self, answer: Answer) -> bytes:
        document = parse(answer.body, answer.content_type)
        if isinstance(document, Unreadable):
            if self._paths:  # paths do not lead into it, so that everything in it may be personal
                return self._like(answer.body.decode("utf-8", "replace")).encode()
            return self.text(answer.body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        masked = self._texts(self._redacted(document))
        return json.dumps(masked, ensure_ascii=False).encode("utf-8", "surrogatepass")

    def _redacted(self, document: Json) -> Json:
        for path in self._paths:
            try:
                nodes = compile_path(path).find(document)
            except TooMuchWork:
                return {}
            for node in nodes:
                document = replaced(document, tuple(location_of(node.path)), self._value(node.value))
        return document

    def _value(self, value: Json) -> Json:
        """A stand-in for everything in a value that is redacted; its structure, truth values and null stay."""
        match value:
            case bool() | None:
                return value
            case int() | float():
                return self._number(value)
            case str():
                return value if value in self._declared else self._stand_ins.setdefault(value, self._like(value))
            case list():
                return [self._value(item) for item in value]
        return {name: self._value(below) for name, below in value.items()}

    def _texts(self, value: Any) -> Any:
        match value:
            case str():
                return self.text(value)
            case int() | float() if not isinstance(value, bool) and self._is_secret(value):
                return self._numbers.setdefault(value, self._number(value))
            case list():
                return [self._texts(item) for item in value]
            case dict():
                return {self.text(name): self._texts(below) for name, below in value.items()}
        return value

    def _is_secret(self, value: float) -> bool:
        """Whether a number is the value of a secret, which is known as a text."""
        written = str(value)
        return len(written) >= SHORTEST and written in self._stand_ins

    def _number(self, value: float) -> int | float:
        """Another one with as many digits; those of an exponent stay."""
        if isinstance(value, float) and not math.isfinite(value):
            return value
        digits, mark, exponent = repr(value).partition("e")
        return type(value)(self._like(digits) + mark + exponent)

    def _like(self, value: str) -> str:
        """Every letter and digit is another one of its kind; dates stay dates, and hexadecimal numbers are such."""
        if _DATE.match(value):
            return f"2{self._digits(3, '0')}-0{self._digits(1, '1')}-1{self._digits(1, '1')}{self._shape(value[10:])}"
        return self._shape(value)

    def _digits(self, count: int, least: str) -> str:
        return "".join(str(self._chance.randrange(int(least), 10)) for _ in range(count))

    def _shape(self, value: str) -> str:
        letters = [char for char in value if char.isascii() and char.isalpha()]
        small = _HEX if all(char.lower() in _HEX for char in letters) else "abcdefghijklmnopqrstuvwxyz"
        return "".join(self._other(char, small) for char in value)

    def _other(self, char: str, small: str) -> str:
        if char.isdecimal():
            return "0" if char == "0" else str(self._chance.randrange(1, 10))
        if not char.isalpha():
            return char
        made = small[self._chance.randrange(0, len(small))]
        return made.upper() if char.isupper() else made
