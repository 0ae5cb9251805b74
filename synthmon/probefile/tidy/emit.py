"""One layout for all files: two spaces, `- ` below its key, no quotes that are not needed, comments where they were.

Plain scalars are kept as they are written: here nothing is a number, so that `1.50` and `0x1F` stay what they are.
"""

from __future__ import annotations

import io
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.emitter import RoundTripEmitter
from ruamel.yaml.error import YAMLError
from ruamel.yaml.resolver import VersionedResolver

from synthmon.probefile.scalar import resolve

WIDTH = 120
_PLAIN_ANYWHERE = yaml.resolver.Resolver()
"""YAML 1.1, which many other programs read: what it would take for something else keeps its quotes."""


class CannotTidy(Exception):
    """The text is of a kind that is not laid out anew."""


def laid_out(text: str) -> str:
    """The same YAML in our layout; raises `CannotTidy`."""
    reader = _reader()
    try:
        data = reader.load(text)
        out = io.StringIO()
        reader.dump(data, out)
    except (YAMLError, AttributeError, IndexError, KeyError, TypeError, ValueError, AssertionError) as error:
        raise CannotTidy(type(error).__name__) from error  # what ruamel does with odd files is not always its own error
    lines = [line.rstrip() for line in out.getvalue().split("\n")] if "|" not in text else out.getvalue().split("\n")
    return "\n".join(lines).rstrip("\n") + "\n"


def _reader() -> YAML:
    made = YAML(typ="rt", pure=True)
    made.preserve_quotes = True
    made.width = WIDTH
    made.allow_duplicate_keys = False
    made.indent(mapping=2, sequence=4, offset=2)
    made.Resolver = _NothingImplicit
    made.Emitter = _Emitter
    return made


class _NothingImplicit(VersionedResolver):
    """Every plain scalar is the text that it is written as."""

    @property
    def versioned_resolver(self) -> Any:
        return {}


class _Emitter(RoundTripEmitter):
    """Quotes only where they are needed, and then double ones; no text is broken over lines."""

    def choose_scalar_style(self) -> Any:
        style = super().choose_scalar_style()
        if style not in {"'", '"'}:
            return style
        if self._plain_will_do():
            return ""
        return '"' if style == '"' or self._fits_double_quotes() else "'"

    def _fits_double_quotes(self) -> bool:
        return '"' not in self.event.value and "\\" not in self.event.value

    def _plain_will_do(self) -> bool:
        analysis, value = self.analysis, self.event.value
        allowed = analysis.allow_flow_plain if self.flow_level else analysis.allow_block_plain
        if not allowed or analysis.multiline or analysis.empty or self.event.tag not in {None, "tag:yaml.org,2002:str"}:
            return False
        try:
            ours = resolve(value)
        except ValueError:
            return False
        elsewhere = _PLAIN_ANYWHERE.resolve(yaml.ScalarNode, value, (True, False))  # type: ignore[no-untyped-call]
        return isinstance(ours, str) and elsewhere == "tag:yaml.org,2002:str"

    def write_plain(self, text: Any, split: bool = True) -> None:  # noqa: ARG002 - the name is ruamel's
        super().write_plain(text, split=False)

    def write_double_quoted(self, text: Any, split: bool = True) -> None:  # noqa: ARG002
        super().write_double_quoted(text, split=False)

    def write_single_quoted(self, text: Any, split: bool = True) -> None:  # noqa: ARG002
        super().write_single_quoted(text, split=False)
