"""The archive of reports: found by kind and scope, page by page, with editions and mails, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta
from pathlib import Path

from synthmon.model.mailing import Mailing, MailingStatus
from synthmon.model.quiet import Selection
from synthmon.reports.archive import Archive
from synthmon.reports.figures.due import around
from synthmon.reports.figures.period import Period, PeriodKind, day
from synthmon.reports.figures.report import Frame, build
from synthmon.reports.scope import Scope
from tests.making import at
from tests.web.conftest import Site

TIER = Selection(tag="tier-1")
LONG_AFTER = at(86400 * 60)


def keep(site: Site, period: Period, covers: Selection | None = None) -> str:
    """An empty report of that period in the archive; its name."""
    report = build(Frame("test", period, LONG_AFTER, "0" * 12), [])
    return str(Archive(site.reports).keep(report, Scope(covers or Selection())).name)


def mailing(report: str, **changes: object) -> Mailing:
    to = ("owners@example.com", "board@example.com")
    made = Mailing(report, "daily", at(0), at(86400), TIER, "mail", "html", to, to, at(0), at(0), at(0))
    return replace(made, **changes)  # type: ignore[arg-type]


MONDAY = day(date(2026, 3, 2), UTC)


def test_without_a_report_it_says_when_there_will_be_one(site: Site) -> None:
    assert "No report yet" in site.client.get("/reports").text


def test_reports_are_listed_newest_first_with_every_form(site: Site) -> None:
    keep(site, MONDAY)
    keep(site, around(PeriodKind.WEEK, MONDAY.start, UTC))
    keep(site, day(date(2026, 3, 3), UTC))
    html = site.client.get("/reports").text

    places = [
        html.index(f"/reports/{name}.html") for name in ("daily-2026-03-03", "daily-2026-03-02", "weekly-2026-W10")
    ]
    assert places == sorted(places)
    for ending, kind in (
        ("html", "text/html"),
        ("txt", "text/plain"),
        ("json", "application/json"),
        ("csv", "text/csv"),
    ):
        assert f'href="/reports/daily-2026-03-02.{ending}"' in html
        answer = site.client.get(f"/reports/daily-2026-03-02.{ending}")
        assert (200, kind) == (answer.status_code, answer.headers["content-type"].split(";")[0])


def test_they_are_filtered_by_kind_and_by_what_they_are_about(site: Site) -> None:
    for covers in (None, TIER):
        keep(site, MONDAY, covers)
        keep(site, around(PeriodKind.MONTH, MONDAY.start, UTC), covers)
    about = site.client.get("/reports?kind=monthly&scope=tag-tier-1").text
    everything = site.client.get("/reports?scope=-").text

    assert "/reports/monthly-2026-03+tag-tier-1.html" in about
    assert ("daily-2026" in about, "/reports/monthly-2026-03.html" in about) == (False, False)
    assert ("/reports/daily-2026-03-02.html" in everything, "+tag-tier-1.html" in everything) == (True, False)
    assert "No report is like that" in site.client.get("/reports?kind=weekly").text
    assert 200 == site.client.get("/reports?kind=%00&scope=%3Cscript%3E&page=99999999999").status_code


def test_many_are_shown_page_by_page(site: Site) -> None:
    for back in range(45):
        keep(site, day(date(2026, 3, 2) - timedelta(days=back), UTC))
    first, second = (site.client.get(f"/reports?kind=daily&page={page}").text for page in (1, 2))

    assert ("daily-2026-03-02.html" in first, "daily-2026-03-02.html" in second) == (True, False)
    assert "page 1 of 2, 45 reports" in first
    assert '<a href="?kind=daily&amp;page=2" rel="next">Older</a>' in first
    assert '<a href="?kind=daily" rel="prev">Newer</a>' in second


def test_a_later_edition_stands_first_and_the_one_before_stays_to_be_read(site: Site) -> None:
    names = [keep(site, MONDAY), keep(site, MONDAY)]
    html = site.client.get("/reports").text

    assert names == ["daily-2026-03-02", "daily-2026-03-02~02"]
    assert html.index("daily-2026-03-02~02.html") < html.index("daily-2026-03-02.html")
    assert "edition 2, as of" in html
    assert [200, 200] == [site.client.get(f"/reports/{name}.html").status_code for name in names]


FATES: list[tuple[dict[str, object], str]] = [
    ({}, "about to be sent, to 2 addresses"),
    ({"status": MailingStatus.SENT, "waiting": (), "ended_at": at(60)}, "sent</span> 2026-03-02 12:01"),
    ({"attempts": 2, "why": "the mail server was not reached"}, "not sent yet</span>, 2 attempts"),
    (
        {"attempts": 30, "status": MailingStatus.GIVEN_UP, "why": "<b>no</b>", "ended_at": at(0)},
        "&lt;b&gt;no&lt;/b&gt;",
    ),
    (
        {"status": MailingStatus.LEFT_OUT, "why": "nothing happened", "ended_at": at(0)},
        "not sent: nothing happened",
    ),
]


def test_it_says_whom_a_report_reached_or_why_not(site: Site) -> None:
    for number, (changes, _) in enumerate(FATES):
        name = keep(site, day(date(2026, 3, 2 + number), UTC))
        site.store.owe_mail([mailing(name, **changes)])
    html = site.client.get("/reports").text

    assert [] == [said for _, said in FATES if said not in html]
    assert len(FATES) == html.count("owners@example.com, board@example.com, through mail")


def test_a_mail_about_a_report_that_is_kept_elsewhere_is_told_of_too(site: Site) -> None:
    site.store.owe_mail([mailing("daily-2026-03-02+tag-tier-1")])

    assert "Mails about reports that are not kept here" in site.client.get("/reports").text


OUTSIDE = [
    "..%2fsynthmon.db",
    "%2e%2e%2fsynthmon.yaml",
    "..%5c..%5csecret.html",
    "%2fetc%2fpasswd",
    "daily-2026-03-02.html.bak",
    "daily-2026-03-02.html%00",
    "daily-2026-03-02.about",
    "daily-2026-13-45.html",
    "weekly-2026-W60.html",
    "daily-2026-03-02+..html",
    "daily-2026-03-03.html",
    "daily-2026-03-04.html",
    ".daily-2026-03-02.html",
    "by-hand",
    "x.html",
]


def test_nothing_but_reports_can_be_read(site: Site, tmp_path: Path) -> None:
    keep(site, MONDAY)
    secret = tmp_path / "secret.html"
    secret.write_text("hunter2")
    (tmp_path / "synthmon.db").write_text("hunter2")
    (site.reports / "daily-2026-03-03.html").symlink_to(secret)
    (site.reports / "daily-2026-03-04.html").mkdir()
    answers = {name: site.client.get(f"/reports/{name}") for name in OUTSIDE}

    assert dict.fromkeys(OUTSIDE, 404) == {name: answer.status_code for name, answer in answers.items()}
    assert [] == [name for name, answer in answers.items() if "hunter2" in answer.text]
