"""The same words in reports, mails, tables, post-mortems, on terminals and in messages: shown, and obeyed by nobody."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from synthmon.alerting.registry import CHANNEL_OPTIONS, build_channel
from synthmon.app.reporting import ReportDesk
from synthmon.cli.show import show_run
from synthmon.model.incident import Notification
from synthmon.model.probe import Probe
from synthmon.reports import document, html, mail, text
from synthmon.reports.figures.period import day
from synthmon.reports.figures.report import Report
from synthmon.reports.postmortem import markdown
from synthmon.store.memory import MemoryStore
from synthmon.web.casefile import gather
from tests.alerting.receivers import Receiver, Reply, context
from tests.hostile import world
from tests.hostile.shape import FORBIDDEN, shape, wrong
from tests.hostile.strings import ADDRESSES, ATTRIBUTES, FORMULAS, HEADERS, MARKUP, STRINGS, harmless
from tests.making import at

CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")  # in which Markdown takes nothing for markup
OURS = re.compile(r"\[[^\]]*\]\(<https://synthmon\.example/[a-z]+/[\w-]+>\)")
ACTS = re.compile(r"(?<!\\)<[a-z!/?]|(?<!\\)\]\(|^#+ heading", re.IGNORECASE | re.MULTILINE)
BEGINNINGS = [one for one in (*ADDRESSES, *ATTRIBUTES, *FORMULAS, *HEADERS, *MARKUP) if one.strip()]
REPORTED = (*world.salads([one for one in STRINGS if one.strip()]), *BEGINNINGS)  # and those whose beginning counts
DAY = date(2026, 3, 2)
AS_OF = at(86400)


class Told:
    """What is told of a world in which everybody says these texts."""

    def __init__(self, texts: Sequence[str], folder: Path) -> None:
        self.store = MemoryStore()
        self.probes: dict[str, Probe] = {one.name: one for one in world.fill(self.store, texts)}
        self.desk = ReportDesk(self.store, texts[1], UTC, folder)
        self.report: Report = self.desk.daily(DAY, AS_OF, self.probes)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return Told(REPORTED, tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return Told(harmless(REPORTED), tmp_path_factory.mktemp("reports"))


def same(hostile: str, harmless: str) -> None:
    there, here = shape(harmless), shape(hostile)
    assert ({}, {}) == (dict(here - there), dict(there - here))


def seen(shown: str) -> None:
    """Nothing in it that nobody sees or that moves a cursor, but ends of lines."""
    found = FORBIDDEN.search(shown.replace("\r\n", "\n"))
    assert found is None, f"{found[0]!a} in {shown[max(0, found.start() - 60) : found.end() + 20]!a}"


def test_a_report_is_made_of_the_same(hostile: Told, plain: Told) -> None:
    page = html.render(hostile.report)
    same(page, html.render(plain.report))
    assert [] == list(wrong(page))


def test_a_report_as_text_shows_what_cannot_be_seen(hostile: Told) -> None:
    seen(text.render(hostile.report))


def test_a_report_as_json_says_what_was_said(hostile: Told) -> None:
    told = json.loads(document.render(hostile.report))
    assert len(REPORTED) == len(told["probes"])


def test_no_cell_of_a_table_is_a_formula(hostile: Told) -> None:
    table = hostile.desk.sheet(day(DAY, UTC), AS_OF, hostile.probes)
    rows = list(csv.reader(io.StringIO(table, newline="")))
    assert {len(rows[0])} == {len(row) for row in rows}
    assert [] == [cell for row in rows for cell in row if cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))]
    seen(table)


def test_a_mail_has_the_same_headers_and_elements(hostile: Told, plain: Told) -> None:
    letters = [mail.write(told.report) for told in (hostile, plain)]
    envelope = mail.Envelope("synthmon@example.org", ("owner@example.org",), AS_OF, "<1@synthmon.invalid>")
    there, here = (mail.compose(letter, envelope) for letter in reversed(letters))
    assert there.keys() == here.keys()
    assert "\n" not in here["Subject"]
    parts = [
        {part.get_content_type(): part.get_content() for part in one.walk() if part.get_content_maintype() == "text"}
        for one in (here, there)
    ]
    same(parts[0]["text/html"], parts[1]["text/html"])
    seen(parts[0]["text/plain"])
    seen(parts[0]["text/html"])


def test_a_post_mortem_holds_no_markup_of_theirs(hostile: Told) -> None:
    for number in range(len(REPORTED)):
        found = hostile.store.incidents(probe=world.name_of(number))[0]
        written = markdown(gather(hostile.store, found, hostile.probes[found.probe], (), "https://synthmon.example"))
        seen(written)
        outside = CODE.sub("", OURS.sub("", written)).replace("\\\\", "")
        assert [] == ACTS.findall(outside), written


def test_a_terminal_is_told_nothing_that_it_would_obey() -> None:
    for start in range(0, len(STRINGS), world.MOST_STEPS):
        out = io.StringIO()
        console = Console(file=out, width=120, force_terminal=False, color_system=None)
        texts = STRINGS[start : start + world.MOST_STEPS]
        show_run(console, world.a_run(1, texts), texts[0])
        seen(out.getvalue())


KINDS: dict[str, dict[str, Any]] = {
    "slack": {"webhook_url": "${{ secrets.hook }}"},
    "pagerduty": {"routing_key": "${{ secrets.routing_key }}", "url": "${{ secrets.hook }}"},
    "alertmanager": {"url": "${{ secrets.hook }}"},
    "jira_service_management": {"api_key": "${{ secrets.api_key }}", "url": "${{ secrets.hook }}"},
    "teams": {"webhook_url": "${{ secrets.hook }}"},
}
ACCEPTED = {
    "pagerduty": Reply(202, json.dumps({"status": "success", "message": "Event processed", "dedup_key": "x"})),
    "teams": Reply(202, ""),
    "jira_service_management": Reply(202, json.dumps({"result": "x", "took": 0.1, "requestId": "43a29c5c"})),
}


def test_what_a_webhook_carries_is_for_programs_and_says_what_was_said() -> None:
    receiver = Receiver(Reply(204, ""))
    try:
        options = CHANNEL_OPTIONS["webhook"].model_validate({"url": "${{ secrets.hook }}"})
        channel = build_channel("webhook", "pager", options, context(hook=f"{receiver.url}/hook"))
        for one in messages():
            channel.send(one)
            assert one.message.cause in set(leaves(receiver.asked[-1].json))
    finally:
        receiver.close()


def messages() -> Iterator[Notification]:
    for number, said in enumerate(world.salads([one for one in STRINGS if one])):
        yield world.owed(world.an_incident(number, said), said, "pager")


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_is_well_formed_and_shows_what_cannot_be_seen(kind: str) -> None:
    receiver = Receiver(ACCEPTED.get(kind, Reply(200, "ok")))
    try:
        options = CHANNEL_OPTIONS[kind].model_validate(KINDS[kind])
        channel = build_channel(kind, "pager", options, context(hook=f"{receiver.url}/hook"))
        for one in messages():
            channel.send(one)
        for asked in receiver.asked:
            for said in leaves(asked.json):
                seen(said)
    finally:
        receiver.close()


def leaves(value: object) -> Iterator[str]:
    """Every text in a JSON document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from leaves(member)
    elif isinstance(value, list):
        for member in value:
            yield from leaves(member)
