"""`synthmon report --archive` and `--send`: what the daemon does at its time, by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from synthmon.app import clock
from synthmon.app.centre_side import versions_of
from synthmon.model.run import Outcome
from synthmon.store import migrate
from synthmon.store.opening import open_store
from tests.alerting.offices import Office
from tests.cli.typed import Terminal
from tests.making import probe, run

PROBE = """\
synthmon: 1
name: checkout
tags: [tier-1]
interval: 60s
base_url: http://127.0.0.1:9/
steps:
  - {id: read, request: GET /}
"""


@pytest.fixture
def office() -> Iterator[Office]:
    made = Office()
    yield made
    made.close()


@pytest.fixture
def shop(terminal: Terminal, office: Office) -> Terminal:
    """An installation that has watched since three days ago, with a mail server."""
    terminal.write("probes/checkout.yaml", PROBE)
    mail = f'{{email: {{to: [ops@example.com], smtp: "127.0.0.1:{office.port}", from: synthmon@example.com}}}}'
    terminal.write("synthmon.yaml", f"synthmon_config: 1\nchannels:\n  mail: {mail}\n  chat: {{console: {{}}}}\n")
    database = terminal.folder / ".synthmon" / "synthmon.db"
    database.parent.mkdir()
    migrate.upgrade(database)
    store = open_store(database)
    begun = clock.now() - timedelta(days=3)
    store.record_versions([replace(one, since=begun) for one in versions_of({"checkout": probe()})], begun)
    store.keep([run(clock.now() - timedelta(days=1), Outcome.FAILED)])
    store.close()
    return terminal


def kept(shop: Terminal, pattern: str = "*.html") -> list[str]:
    folder = shop.folder / ".synthmon" / "reports"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob(pattern))


def test_a_day_that_is_over_is_kept_once_until_something_changes(shop: Terminal) -> None:
    first = shop.types("report", "daily", "--date", "yesterday", "--archive")
    again = shop.types("report", "daily", "--date", "yesterday", "--archive")
    assert (0, 0) == (first.code, again.code)
    assert first.out.rstrip().endswith("(kept)")
    assert again.out.rstrip().endswith("(kept already, and nothing has changed)")
    assert 1 == len(kept(shop))

    store = open_store(shop.folder / ".synthmon" / "synthmon.db")
    store.keep([run(clock.now() - timedelta(days=1, minutes=1))])
    store.close()
    assert "~02.html (kept)" in shop.types("report", "daily", "--date", "yesterday", "--archive").out
    assert 2 == len(kept(shop))


def test_a_report_by_hand_lies_beside_the_archive(shop: Terminal) -> None:
    said = shop.types("report", "daily", "--date", "yesterday")

    assert 0 == said.code
    assert ["by-hand"] == [str(Path(name).parent) for name in kept(shop)]


def test_it_is_sent_to_whoever_is_named_through_the_only_channel_that_can(shop: Terminal, office: Office) -> None:
    said = shop.types("report", "daily", "--date", "yesterday", "--tag", "tier-1", "--send", "you@example.com")

    assert (0, "sent to you@example.com through mail\n") == (said.code, said.out)
    assert [("synthmon@example.com", ("you@example.com",), False)] == office.envelopes
    assert "tag tier-1" in office.mails[0].get_body(("plain",)).get_content()  # type: ignore[union-attr] # it has one
    assert [] == kept(shop)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--archive", "--date", "today"), "is not over"),
        (("--archive", "--probe", "checkout", "--tag", "tier-1"), "about one --probe, --tag or --owner"),
        (("--send", "nobody"), "'nobody' is not an e-mail address"),
        (("--send", "you@example.com", "--channel", "mial"), "no e-mail channel 'mial'; did you mean mail?"),
        (("--send", "you@example.com", "--channel", "chat"), "no e-mail channel 'chat'"),
    ],
)
def test_what_cannot_be_done_is_said(shop: Terminal, words: tuple[str, ...], said: str) -> None:
    answered = shop.types("report", "daily", *(() if "--date" in words else ("--date", "yesterday")), *words)

    assert 2 == answered.code
    assert said in " ".join(answered.err.split())
    assert [] == kept(shop)


def test_a_server_that_is_away_is_said_and_nothing_is_tried_again(shop: Terminal, office: Office) -> None:
    config = shop.folder / "synthmon.yaml"
    config.write_text(config.read_text().replace(f"127.0.0.1:{office.port}", "127.0.0.1:1"))
    answered = shop.types("report", "daily", "--date", "yesterday", "--send", "you@example.com")

    assert answered.code != 0
    assert "the report was not sent: the mail server was not reached: connection refused" in answered.err
