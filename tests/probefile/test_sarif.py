"""Problems as SARIF: valid by the published schema, with regions in characters and fingerprints that last."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import jsonschema_rs
import pytest

from synthmon.model.text import Source
from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.builder import parse_probe
from synthmon.probefile.problem import FORMATS, Problem, render
from synthmon.probefile.rules import RULES, rule_of
from tests.docs.pages import page
from tests.probefile.installation import DATA, INSTALLATION

FOLDER = DATA / "sarif"
FILE = FOLDER / "sarif-2.1.0-rtm.5.json"
SCHEMA = json.loads(FILE.read_text("utf-8"))
# Its pattern for languages has a bracket too many, which strict validators refuse; our logs name no language.
for part in ("run", "toolComponent"):
    del SCHEMA["definitions"][part]["properties"]["language"]["pattern"]
VALIDATOR = jsonschema_rs.validator_for(SCHEMA, offline=True, validate_formats=True)
BAD = sorted((DATA / "bad").glob("*.yaml"))
HEAD = "synthmon: 1\nname: x\ninterval: 1m\nbase_url: https://x.example.com\n"


def problems_of(content: bytes, path: str = "probes/x.yaml") -> tuple[Problem, ...]:
    return parse_probe(content, path, INSTALLATION, SchemaShelf(DATA / "bad"))[1]


def log(content: str, path: str = "probes/x.yaml") -> Any:
    return json.loads(render(problems_of(content.encode(), path), "sarif"))


def results(content: str, path: str = "probes/x.yaml") -> list[Any]:
    return list(log(content, path)["runs"][0]["results"])


def region(content: str) -> tuple[int, int, int]:
    [found] = results(content)
    place = found["locations"][0]["physicalLocation"]["region"]
    return place["startLine"], place["startColumn"], place["endColumn"]


def test_the_schema_is_as_it_was_copied() -> None:
    assert sha256(FILE.read_bytes()).hexdigest() in (FOLDER / "README.md").read_text("utf-8")


def test_every_bad_file_makes_a_log_that_fits_the_published_schema() -> None:
    every = [problem for path in BAD for problem in problems_of(path.read_bytes(), f"probes/{path.name}")]
    everything = json.loads(render(every, "sarif"))
    assert [error.message for error in VALIDATOR.iter_errors(everything)] == []
    [run] = everything["runs"]
    assert len(run["results"]) == len(every) > 200
    rules = run["tool"]["driver"]["rules"]
    assert [rules[one["ruleIndex"]]["id"] for one in run["results"]] == [one.code for one in every]


@pytest.mark.parametrize("path", ["no file.yaml", "/somewhere/ä.yaml", "probes/a#b.yaml", "(environment)"])
def test_a_log_of_nothing_and_of_places_without_lines_fits_too(path: str) -> None:
    for problems in ((), (Problem("no-folder", "there is none", Source(path, 0, 0)),)):
        assert [error.message for error in VALIDATOR.iter_errors(json.loads(render(problems, "sarif")))] == []


def test_the_validation_itself_sees_a_log_that_is_wrong() -> None:
    broken = log("x: 1\n")
    broken["runs"][0]["results"][0]["level"] = "terrible"
    assert not VALIDATOR.is_valid(broken)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("wrong: 1", (5, 1, 6)),
        ("title: {wrong: [ä, 日本], wörng: 1}", (5, 8, 9)),
        ('vars: {日本: 1, ähm: "𝄞𝄞", b: *c}', (5, 29, 31)),
    ],
)
def test_columns_are_characters_whatever_they_take_in_bytes(line: str, expected: tuple[int, int, int]) -> None:
    text = f"{HEAD}{line}\nsteps: [{{id: a, request: GET /}}]\n"
    [first, *_] = problems_of(text.encode())
    for form in FORMATS:
        assert render([first], form)
    assert (first.source.line, first.source.column, first.source.column + first.length) == expected
    place = results(text)[0]["locations"][0]["physicalLocation"]["region"]
    assert (place["startLine"], place["startColumn"], place["endColumn"]) == expected


def test_a_tab_is_one_character_in_every_form() -> None:
    [first] = problems_of(f"{HEAD}steps:\t\t[{{id: a, request: GET /, wrong: 1}}]\n".encode())
    assert (first.source.column, first.length) == (34, 5)
    assert json.loads(render([first], "json"))[0]["column"] == 34
    assert ",col=34,endColumn=39::" in render([first], "github")
    lines = render([first]).splitlines()
    assert lines[3].index("wrong") == lines[4].index("^^^^^")


def test_a_fingerprint_lasts_while_other_lines_move_and_tells_twins_apart() -> None:
    tail = "wrong: 1\nsteps:\n- {id: a, request: GET /, oops: 1}\n- {id: b, request: GET /, oops: 1}\n"
    before, after = (results(HEAD + more + tail) for more in ("", "# a line\n\ntitle: Another\n"))
    prints = [one["partialFingerprints"]["synthmon/v1"] for one in before]
    assert prints == [one["partialFingerprints"]["synthmon/v1"] for one in after]
    assert len(set(prints)) == len(prints) == 3


def test_every_rule_has_help_and_those_of_the_page_are_known() -> None:
    told = page("probe-format.md").text.partition("## Problems one meets")[2].partition("\n## ")[0]
    documented = {
        code for row in told.splitlines() if row.startswith("| `") for code in row.split("|")[1].split("`")[1::2]
    }
    assert {code for code in documented if rule_of(code).what.endswith(".")} == documented
    assert all(rule.what[0].isupper() and rule.remedy.endswith(".") for rule in RULES.values())
    assert rule_of("something-new").what == "Something new."
