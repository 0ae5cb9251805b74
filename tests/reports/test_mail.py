"""A report as a mail: whole without pictures, its pictures inside, nothing fetched, no line of a target in a header."""

from __future__ import annotations

import json
import re
import struct
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from synthmon.model.incident import Health
from synthmon.reports import mail, text, wording
from synthmon.reports.figures.beside import Beside
from synthmon.reports.figures.expiring import Expiring
from synthmon.reports.figures.notices import Notices, Told
from synthmon.reports.mail import Attachment, Envelope, Letter, compose, write
from tests.making import at, change, row, version
from tests.reports.test_beside import quiet
from tests.reports.test_html import HOSTILE, Tree, material, report, said, shape

LINK = "https://synthmon.example.org/reports/daily-2026-03-02.html"
SENT = datetime(2026, 3, 3, 7, tzinfo=UTC)
START = datetime(2026, 3, 2, tzinfo=UTC)


def envelope(**changes: object) -> Envelope:
    values = {
        "sender": "synthmon@example.org",
        "to": ("owner@example.org", "second@example.org"),
        "sent_at": SENT,
        "message_id": "<daily-2026-03-02@synthmon.invalid>",
    }
    return Envelope(**{**values, **changes})  # type: ignore[arg-type]


def received(letter: Letter) -> EmailMessage:
    """The message as it comes out at the other end."""
    parsed = message_from_bytes(compose(letter, envelope()).as_bytes(), policy=default)
    assert [] == [defect for part in parsed.walk() for defect in part.defects]
    return parsed


def part(message: EmailMessage, kind: str) -> EmailMessage:
    found = message.get_body((kind,))
    assert isinstance(found, EmailMessage)
    return found


def test_a_mail_has_text_page_and_pictures_each_in_its_place() -> None:
    sheet = Attachment("daily-2026-03-02.csv", "text/csv", b"probe,slot\r\ncheckout,1\r\n")
    letter = write(report(material()), LINK, [sheet])
    message = received(letter)
    assert ["multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html"] == [
        one.get_content_type() for one in message.walk()
    ][:5]
    assert letter.text == part(message, "plain").get_content().replace("\r\n", "\n")
    assert letter.html.strip() == part(message, "html").get_content().replace("\r\n", "\n").strip()
    (attached,) = message.iter_attachments()
    assert ("daily-2026-03-02.csv", sheet.content) == (attached.get_filename(), attached.get_content().encode())
    assert ("owner@example.org, second@example.org", "auto-generated") == (message["To"], message["Auto-Submitted"])


def test_every_picture_of_the_page_is_in_the_message_and_has_the_size_that_is_said() -> None:
    letter = write(report(material(), material(name="pay", title="Customer can pay")))
    message = received(letter)
    assert 2 == letter.html.count(">up 23 h 50 min, down 10 min<")
    assert 2 == letter.html.count(">Latency, median to 95th percentile: p95 248 ms throughout")
    pictures = {one["Content-ID"]: one.get_content() for one in message.walk() if one.get_content_type() == "image/png"}
    shown = Tree(part(message, "html").get_content()).named("img")
    assert len(shown) == len(pictures) == 4  # states and latency of each
    for attrs in shown:
        png = pictures[f"<{(attrs['src'] or '').removeprefix('cid:')}>"]
        assert b"\x89PNG\r\n\x1a\n" == png[:8]
        size = struct.unpack(">II", png[16:24])
        assert (2 * int(attrs["width"] or 0), 2 * int(attrs["height"] or 0)) == size
        assert re.fullmatch(r"(States|Latency) of \w+", attrs["alt"] or "")


def test_the_page_has_its_style_in_place_and_fetches_nothing() -> None:
    html = write(report(material()), LINK).html
    tree = Tree(html)
    assert {tag for tag, _ in tree.elements}.isdisjoint(
        {"script", "style", "link", "svg", "iframe", "object", "form", "base"}
    )
    for tag, attrs in tree.elements:
        assert not [name for name in attrs if name.startswith("on") or name in {"srcset", "background"}]
        assert "src" not in attrs or (attrs["src"] or "").startswith("cid:")
        assert "href" not in attrs or (tag, attrs["href"]) == ("a", LINK)
    assert "var(" not in html
    assert "url(" not in html
    assert "@media" not in html
    assert all("style" in attrs for tag, attrs in tree.elements if tag in {"td", "th", "p", "h1", "h2"})


def test_the_text_is_the_whole_report() -> None:
    made = report(material(), material(name="login", title="Customer can log in"))
    letter = write(made)
    assert text.render(made) == letter.text
    assert write(made, LINK).text.endswith(f"{LINK}\n")


def test_a_green_day_says_so_in_one_line_and_needs_no_picture() -> None:
    rows = [row(at(60 * index, START)) for index in range(1440)]
    quiet = material(
        rows=rows,
        results=(),
        missed=(),
        incidents=(),
        changes=[change(START, Health.UP)],
        versions=[version(since=START)],
    )
    letter = write(report(quiet))
    assert "fine, no outage · Monday, 2 March 2026 · test" == letter.subject
    assert () == letter.pictures
    assert "What needs attention" not in letter.html


def test_what_ends_soon_what_is_coming_and_what_did_not_arrive_is_told_briefly() -> None:
    soon = Expiring("certificate", "shop.example", at(86400 * 8, START), ("checkout",), timedelta(days=8))
    coming = quiet(86400 * 2, 86400 * 3, reason="New disks.")
    told = Notices((Told("pagerduty", sent=3), Told("slack", waiting=1, error="answered 503 \x1b[2J")))
    made = replace(report(material()), beside=Beside(expiring=(soon,) * 12, coming=(coming,), notices=told))
    html = write(made).html
    assert 10 == html.count("certificate shop.example")
    assert "and 2 more" in html
    assert "New disks." in html
    assert "<strong" in html.partition("slack")[0][-60:]
    assert "1 not yet, 0 given up; answered 503 \\x1b[2J" in html
    assert "pagerduty" not in html


def test_the_same_report_gives_the_same_bytes() -> None:
    first, second = (compose(write(report(material()), LINK), envelope()).as_bytes() for _ in range(2))
    assert first == second


@pytest.mark.parametrize("said_", HOSTILE, ids=lambda text: ascii(text)[:24])
def test_hostile_text_changes_neither_the_page_nor_a_header(said_: str) -> None:
    letter = write(report(said(said_)))
    assert shape(write(report(said("harmless"))).html) == shape(letter.html)
    assert [] == [char for char in letter.html if not char.isprintable() and char != "\n"]
    message = received(letter)
    assert ["Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"] == list(
        message.keys()
    )


def test_a_line_break_in_a_header_is_refused() -> None:
    letter = write(report(material()))
    for changes in (
        {"sender": "a@example.org\nBcc: b@example.org"},
        {"to": ("a@example.org\r\nBcc: b@example.org",)},
        {"message_id": "<a@b>\nBcc: b@example.org"},
    ):
        with pytest.raises(ValueError, match=r"(?i)linefeed|newline|header"):
            compose(letter, envelope(**changes))


def test_a_name_of_a_file_is_letters_and_digits_only() -> None:
    odd = Attachment('a"\r\nX-Odd: 1/../b.csv', "text/csv", b"x")
    (attached,) = received(write(report(material()), attachments=[odd])).iter_attachments()
    assert "a___X-Odd__1_.._b.csv" == attached.get_filename()


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "/reports", "file:///etc/passwd"])
def test_a_link_leads_to_a_page_or_is_refused(link: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        write(report(material()), link)


def test_what_is_too_large_to_attach_is_left_out_by_name() -> None:
    large = Attachment("runs.csv", "text/csv", b"x" * mail.ATTACHED)
    letter = write(report(material()), attachments=[large, Attachment("report.json", "application/json", b"{}")])
    assert (("runs.csv",), ["report.json"]) == (letter.left_out, [one.name for one in letter.attachments])
    assert "Too large for a mail: runs.csv." in letter.html


def test_a_report_of_a_thousand_probes_is_still_a_mail() -> None:
    one = report(material(title="A title that is as long as titles are", incidents=()))
    made = replace(one, probes=tuple(replace(one.probes[0], name=f"probe-{number}") for number in range(1000)))
    letter = write(made, LINK, [Attachment("runs.csv", "text/csv", b"x" * 360_000)])
    assert len(compose(letter, envelope()).as_bytes()) < 1_000_000
    assert mail.PICTURES == len(letter.pictures)
    assert "and 960 more, none of them worse" in letter.html
    assert "950 probes that are better off are left out here" in letter.text
    assert len(letter.subject) <= mail.SUBJECT
    assert wording.subject(made)[:40] in letter.subject


def test_a_text_that_is_too_long_says_how_much_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "TEXT", 900)
    letter = write(report(material()), LINK)
    assert len(letter.text) < 1000
    assert re.search(r"… and \d+ lines more: https://", letter.text)


def test_renderer_and_inliner_are_loaded_when_a_mail_is_made_and_not_before() -> None:
    code = "import json, sys, synthmon.reports.mail; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert {"resvg_py", "css_inline"}.isdisjoint(json.loads(done.stdout))
