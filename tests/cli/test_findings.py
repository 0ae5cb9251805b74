"""`synthmon incidents note`, `cause` and `postmortem` beside a daemon that runs."""

from __future__ import annotations

import re

from tests.cli.conftest import Watched
from tests.cli.typed import Terminal, steady


def test_what_was_found_is_kept_and_stands_in_the_post_mortem(terminal: Terminal, watched: Watched) -> None:
    terminal.patch.setenv("USER", "ada")
    data = ("--data", str(watched.data))
    said = terminal.types("incidents", *data, "note", watched.incident, "called the *acquirer*")
    assert (said.code, steady(said.out)) == (0, "search: note kept with the incident that began INSTANT\n")
    said = terminal.types("incidents", "cause", "search", "an expired certificate", "--by", "bob", *data)
    assert (said.code, steady(said.out)) == (0, "search: cause kept with the incident that began INSTANT\n")

    page = terminal.types("incidents", "postmortem", "search", *data)
    assert (page.code, page.err) == (0, "")
    assert page.out.startswith('# search is down: step "Open the page" answered 500, expected 200\n')
    assert "## Cause\n\nan expired certificate\n" in page.out
    assert re.search(r"- \S+ \S+ UTC ada: called the \\\*acquirer\\\*\n", page.out)
    assert re.search(r"\]\(<http://127\.0\.0\.1:\d+/runs/[0-9a-f-]{36}>\)", page.out)
    assert re.search(r"\n- \d+ of \d+ scheduled runs failed\n", page.out)


def test_an_incident_that_never_was_is_refused(terminal: Terminal, watched: Watched) -> None:
    for words in (("note", "homepage", "x"), ("cause", "homepage", "x"), ("postmortem", "homepage")):
        said = terminal.types("incidents", *words, "--data", watched.data)
        assert (said.code, said.out) == (2, "")
        assert said.err.startswith("synthmon: there is no incident 'homepage'")


def test_a_note_that_says_nothing_is_refused(terminal: Terminal, watched: Watched) -> None:
    said = terminal.types("incidents", "note", "search", " ", "--data", watched.data)
    assert (said.code, said.err.startswith("synthmon: search: /text: ")) == (2, True)
