"""`synthmon explain`: the sentences, as text and as JSON, and what it refuses."""

from __future__ import annotations

import json

import pytest

from tests.cli.typed import Terminal


def test_a_probe_is_told_in_sentences_by_file_and_by_name(terminal: Terminal) -> None:
    terminal.types("init")
    said = terminal.types("explain", "homepage")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[0] == "The home page answers (homepage)"
    assert "  1. Open the home page (open_home_page): GET / must answer 200 within 800 ms.\n" in said.out
    assert terminal.types("explain", "probes/homepage.yaml") == said


def test_json_has_the_same_sentences(terminal: Terminal) -> None:
    terminal.types("init")
    text, found = (
        terminal.types("explain", "homepage").out,
        json.loads(terminal.types("explain", "homepage", "--json").out),
    )
    sentences = [
        one for section in found["sections"] for item in section["items"] for one in (item["text"], *item["details"])
    ]
    assert found["title"] in text
    assert [one for one in [*found["opening"], *sentences] if one not in text] == []


def test_more_flakes_make_more_false_pages(terminal: Terminal) -> None:
    terminal.types("init")
    few, many = (terminal.types("explain", "homepage", "--flakes", share).out for share in ("0.1%", "5%"))
    assert "by chance alone: 0.043 (" in few
    assert "by chance alone: 103 (" in many


@pytest.mark.parametrize("share", ["0.1", "0%", "100%", "much", "-1%"])
def test_flakes_are_a_percentage(terminal: Terminal, share: str) -> None:
    terminal.types("init")
    said = terminal.types("explain", "homepage", "--flakes", share)
    assert (said.code, said.out) == (2, "")
    assert "write 0.1%" in said.err


def test_a_probe_that_is_wrong_is_not_explained_but_shown_with_its_line(terminal: Terminal) -> None:
    terminal.write("probes/x.yaml", "synthmon: 1\nname: x\nintervall: 1m\n")
    said = terminal.types("explain", "x")
    assert (said.code, said.out) == (2, "")
    assert "did you mean `interval`?" in said.err
    assert terminal.types("explain", "nothing.yaml").err.startswith("synthmon: nothing.yaml: there is no such file\n")
