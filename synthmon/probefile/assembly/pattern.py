"""What to do about a regular expression that RE2 refuses, by the words in which it refuses."""

from __future__ import annotations

_SYNTAX = "the syntax is at https://github.com/google/re2/wiki/Syntax"
_HELP = {
    "no look-around": "write what stands around into the pattern, or add another operator such as `not_contains`",
    "no back-references": "write the text that is to come again into the pattern",
    "missing ]": r"close what `[` opens with `]`; for a bracket itself write `\[`",
    "missing )": r"close what `(` opens with `)`; for a parenthesis itself write `\(`",
    "unexpected )": r"open it with `(`; for a parenthesis itself write `\)`",
    "no argument for repetition": r"write before it what is to be repeated; for the sign itself write a `\` before it",
    "bad repetition operator": r"keep one of the signs; for the sign itself write a `\` before it",
    "invalid repetition size": "write the smaller number first, and repeat at most 1000 times",
    "invalid character class range": r"write a range from low to high, as [a-z], or a class such as \pL",
    "invalid escape": r"delete the backslash; for a backslash itself write `\\`",
    "trailing \\": r"delete it; for a backslash itself write `\\`",
    "invalid named capture": "name a group like (?P<name>…), or leave the name out",
    "too large": "repeat fewer times",
    "at most": "look for a part of it",
    "half a character": "write the whole character",
}


def pattern_help(problem: str) -> str:
    """Advice for what `compile_regex` said."""
    return next((advice for words, advice in _HELP.items() if words in problem), _SYNTAX)
