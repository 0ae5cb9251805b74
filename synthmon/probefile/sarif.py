"""Problems as a SARIF 2.1.0 log, the form in which code scanners report (OASIS, "Static Analysis Results Interchange
Format Version 2.1.0").

Columns count characters (code points) from 1, a tab as one, as everywhere in synthmon; the log says so.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import quote

from synthmon import __version__
from synthmon.probefile.rules import rule_of

if TYPE_CHECKING:
    from synthmon.probefile.problem import Problem

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_FINGERPRINT = "synthmon/v1"


def render_sarif(problems: Sequence[Problem]) -> str:
    """One run with all the problems; a log without results when there are none."""
    codes = sorted({problem.code for problem in problems})
    driver = {
        "name": "synthmon",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "results": list(_results(problems, codes)),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _rule(code: str) -> dict[str, object]:
    rule = rule_of(code)
    return {
        "id": code,
        "shortDescription": {"text": rule.what},
        "help": {"text": f"{rule.what} {rule.remedy}", "markdown": f"{rule.what}\n\n**Remedy**: {rule.remedy}"},
    }


def _results(problems: Sequence[Problem], codes: Sequence[str]) -> Iterable[dict[str, object]]:
    seen: Counter[str] = Counter()
    for problem in problems:
        same = _identity(problem)
        seen[same] += 1
        message = problem.message if problem.help is None else f"{problem.message}\nhelp: {problem.help}"
        yield {
            "ruleId": problem.code,
            "ruleIndex": codes.index(problem.code),
            "level": problem.severity.value,
            "message": {"text": message},
            "locations": [{"physicalLocation": _place(problem)}],
            "partialFingerprints": {_FINGERPRINT: sha256(f"{same}\0{seen[same]}".encode()).hexdigest()[:32]},
        }


def _identity(problem: Problem) -> str:
    """What stays the same while other lines of the file change: not the line's number, nor words that name another."""
    excerpt = problem.excerpt
    shown = "" if excerpt is None else f"{excerpt.text.strip()}\0{excerpt.marked}"
    return f"{problem.code}\0{problem.source.path}\0{shown}"


def _place(problem: Problem) -> dict[str, object]:
    source = problem.source
    place: dict[str, object] = {"artifactLocation": {"uri": _uri(source.path)}}
    if source.line:
        end = source.column + max(1, problem.length)
        place["region"] = {"startLine": source.line, "startColumn": source.column, "endColumn": end}
    return place


def _uri(path: str) -> str:
    """A path as a relative reference, or as a file address where it is absolute."""
    pure = PurePath(path)
    return pure.as_uri() if pure.is_absolute() else quote(pure.as_posix())
