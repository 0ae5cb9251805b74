"""How templates are filled, alike for reports and pages: every value is escaped, and what is invisible is made visible.

Values come from targets, from authors of probes and from people who acknowledge. A control character or one that turns
the direction of writing is shown as an escape wherever the value stands, so no template has to remember to ask for it.
"""

from __future__ import annotations

import re

from jinja2 import BaseLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from synthmon import __version__
from synthmon.model import words
from synthmon.reports import beside_words, telling, wording


def make_environment(loader: BaseLoader) -> Environment:
    """Templates from this loader, with the words that all of them use."""
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,  # parts that are put together keep their lines apart
    )
    environment.globals.update(
        say=wording,
        tell=telling,
        beside=beside_words,
        seconds=words.seconds,
        span=words.span,
        instant=words.instant,
        printable=words.printable,
        percent=words.percent,
        verbatim=verbatim,
        version=__version__,
    )
    return environment


def shown(value: object) -> object:
    """The value of an expression as it goes into the page; text on one line, its odd characters as escapes."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return words.printable(value, len(value))
    return value


def verbatim(text: str) -> Markup:
    """Text of many lines for a `pre`: line ends and tabs stay what they are, all else as in `shown`."""
    parts = re.split(r"\r?\n", text.expandtabs(4))
    return Markup("\n").join(escape(words.printable(part, len(part))) for part in parts)
