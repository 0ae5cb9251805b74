"""A report as an e-mail: a page that mail clients show as it is, its pictures inside, and the whole as plain text.

`write` makes the letter from a report, `compose` the message from the letter and an envelope; who sends it is not this
module's business. The same report gives the same bytes.

    letter = write(report, link="https://synthmon.example.org/reports/daily-2026-03-02.html", attachments=[…])
    message = compose(letter, Envelope("synthmon@example.org", ("owner@example.org",), now, "<…@synthmon.invalid>"))
    smtp.send_message(message)

The page is made of tables with every style in its place, because clients drop style sheets; it has no script, no SVG
and fetches nothing. Whoever wants more follows `link`, if there is one. What a target or an author said stays text: in
the page it is escaped, in headers and names of files it is printable and on one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from jinja2 import PackageLoader
from markupsafe import Markup

from synthmon.model import words
from synthmon.nouns import dataclass
from synthmon.reports import drawn, text, wording
from synthmon.reports.figures.report import ProbeFigures, Report
from synthmon.reports.html import stylesheet
from synthmon.reports.palette import light
from synthmon.reports.templating import make_environment

PICTURES = 8  # at most, of the worst probes
LISTED = 40  # rows of a list; the rest is counted
BESIDE = 10  # rows of what stands beside the figures
WIDTH = 600  # pixels of the page: what a reading pane has
SHOWN = 552  # pixels of a picture in it
DRAWN = 440  # and in its own measure: a telephone shows it at two thirds, and its letters are to be read there too
SUBJECT = 150  # characters
TEXT = 150_000  # characters of the text; beyond that it is cut at a line and says so
ATTACHED = 500_000  # bytes of attachments as they are sent; with all else a message stays below a megabyte
_SEVEN_BIT = SMTP.clone(cte_type="7bit")  # not every relay on the way leaves eight bits alone
_ODD = re.compile(r"[^A-Za-z0-9._-]")

_loader = PackageLoader("synthmon.reports")
_templates = make_environment(_loader)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file beside the report: `kind` is its media type, such as `text/csv`."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Inline:
    """A PNG inside the message, which the page names as `cid:…`; shown `width` by `height` pixels, twice as fine.

    `alt` says what it is of, `caption` beneath it what is to be seen.
    """

    cid: str
    png: bytes
    width: int
    height: int
    alt: str
    caption: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What there is to send, without sender, recipients and date. `left_out` are attachments that were too large."""

    subject: str
    text: str
    html: str
    pictures: tuple[Inline, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends to whom and when. `message_id` in angle brackets; the same one for a message that is sent again."""

    sender: str
    to: tuple[str, ...]
    sent_at: datetime
    message_id: str


def write(report: Report, link: str | None = None, attachments: Iterable[Attachment] = ()) -> Letter:
    """The letter. `link` is where the whole report can be read; attachments are taken in order while there is room.

    Raises `ValueError` for a link that is neither http nor https.
    """
    if link is not None and urlsplit(link).scheme not in {"http", "https"}:
        raise ValueError(f"a link in a mail begins with https:// or http://, not {words.printable(link, 60)!r}")
    taken, left_out = _fitting(attachments)
    pictures = _pictures(report)
    subject = wording.subject(report)
    page = _templates.get_template("mail.html").render(
        report=report,
        subject=subject,
        good=wording.all_fine(report),
        groups=wording.groups(report),
        worst=[(probe, pictures.get(probe.name, ())) for probe in _worst(report)[:LISTED]],
        more=max(0, len(_worst(report)) - LISTED),
        listed=LISTED,
        beside_listed=BESIDE,
        stretch=wording.stretch(report),
        local=partial(wording.local, report),
        link=link,
        attachments=taken,
        left_out=left_out,
        width=WIDTH,
    )
    shown = tuple(one for several in pictures.values() for one in several)
    return Letter(_title(report), _text(report, link), _inlined(page), shown, taken, left_out)


def compose(letter: Letter, envelope: Envelope) -> EmailMessage:
    """The message, ready for `smtplib` or a file. Raises `ValueError` where a header would hold a line break."""
    message = plain(letter, envelope)
    message.add_alternative(letter.html, subtype="html")
    page = message.get_body(("html",))
    assert isinstance(page, EmailMessage)
    for one in letter.pictures:
        page.add_related(
            one.png,
            "image",
            "png",
            cid=f"<{one.cid}>",
            filename=f"{one.cid.partition('@')[0]}.png",
            disposition="inline",
        )
    for file in letter.attachments:
        main, _, sub = file.kind.partition("/")
        message.add_attachment(file.content, main, sub, filename=_ODD.sub("_", file.name))
    _settle_boundaries(message, letter)
    return message


def plain(letter: Letter, envelope: Envelope) -> EmailMessage:
    """The text alone. Raises `ValueError` where a header would hold a line break."""
    message = EmailMessage(policy=_SEVEN_BIT)
    message["Subject"] = letter.subject
    message["From"], message["To"] = envelope.sender, ", ".join(envelope.to)
    message["Date"] = envelope.sent_at
    message["Message-ID"] = envelope.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
    message.set_content(letter.text)
    return message


def _settle_boundaries(message: EmailMessage, letter: Letter) -> None:
    """From the content instead of from chance. They begin with what neither base64 nor quoted-printable can contain."""
    seed = sha256(f"{letter.subject}\n{letter.text}\n{letter.html}".encode()).hexdigest()[:24]
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{seed}_{number}")


def _title(report: Report) -> str:
    """What stands in the list of mails: the verdict, then of when and of what."""
    about = f" · {report.period.title} · {report.environment}"
    verdict = wording.subject(report)
    room = max(40, SUBJECT - len(about))
    whole = (verdict if len(verdict) <= room else f"{verdict[: room - 1].rstrip()}…") + about
    return words.printable(whole, SUBJECT)


def _worst(report: Report) -> list[ProbeFigures]:
    return [probe for probe in report.probes if not probe.fine]


def _pictures(report: Report) -> dict[str, tuple[Inline, ...]]:
    """By probe, the worst first; none of a probe of which there is nothing to complain."""
    found: dict[str, tuple[Inline, ...]] = {}
    left = PICTURES
    for probe in _worst(report):
        drawings = _drawings(report, probe)[:left]
        if not drawings:
            break
        left -= len(drawings)
        found[probe.name] = tuple(_inline(one, f"{one.kind}-{len(found) + 1}") for one in drawings)
    return found


@dataclass(frozen=True, slots=True)
class _Drawing:
    kind: str
    body: Markup
    height: int
    alt: str
    caption: str


def _drawings(report: Report, probe: ProbeFigures) -> list[_Drawing]:
    """The states, and how fast it was; where it failed tells the text."""
    strips: Any = _templates.get_template("strip.html").module
    charts: Any = _templates.get_template("charts.html").module
    strip, course = drawn.states(report, probe), drawn.drawings(report, probe)
    height = 58 if strip.marks else 48
    found = [_Drawing("states", strips.strip_body(strip), height, f"States of {probe.name}", strip.summary)]
    if course.latency is not None:
        height = int(course.latency.height + course.latency.lane) + 18
        alt, caption = f"Latency of {probe.name}", f"Latency, median to 95th percentile: {course.latency.summary}"
        found.append(_Drawing("latency", charts.latency_body(course.latency), height, alt, caption))
    return found


def _inline(drawing: _Drawing, name: str) -> Inline:
    from synthmon.reports import picture  # it loads the renderer and its font, which only a mail needs

    strips: Any = _templates.get_template("strip.html").module
    body, size = strips.defs() + drawing.body, (DRAWN, drawing.height)
    made = picture.draw(body, size, light(stylesheet()), SHOWN)
    return Inline(f"{name}@synthmon.invalid", made.png, made.width, made.height, drawing.alt, drawing.caption)


def _inlined(page: str) -> str:
    """Each rule of the style sheet in the `style` of what it is about."""
    import css_inline  # it is large, and only a mail needs it

    colours = stylesheet().partition("* {")[0]
    style = light(colours + _loader.get_source(_templates, "mail.css")[0])
    return css_inline.CSSInliner(extra_css=style, load_remote_stylesheets=False, keep_style_tags=False).inline(page)


def _text(report: Report, link: str | None) -> str:
    """The report as text, whole unless it is very long."""
    whole = text.render(report) + (f"\nThe report with its drawings: {link}\n" if link else "")
    if len(whole) <= TEXT:
        return whole
    cut = whole[: whole.rfind("\n", 0, TEXT) + 1]
    missing = whole.count("\n") - cut.count("\n")
    return f"{cut}\n… and {missing} lines more" + (f": {link}\n" if link else ", which are in the report itself.\n")


def _fitting(attachments: Iterable[Attachment]) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    taken: list[Attachment] = []
    left_out: list[str] = []
    room = ATTACHED
    for one in attachments:
        size = len(one.content) * 137 // 100  # base64 in lines
        if size <= room:
            taken.append(one)
            room -= size
        else:
            left_out.append(one.name)
    return tuple(taken), tuple(left_out)
