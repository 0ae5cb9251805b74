"""Reports reach people: written when they are due, owed once to each, sent as far as mail allows, and kept for ever."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from structlog.typing import EventDict

from synthmon.alerting.registry import CHANNEL_OPTIONS, build_channel
from synthmon.app.centre_side import versions_of
from synthmon.app.report_clerk import ClerkPorts, ReportClerk
from synthmon.app.report_letter import LetterWriter
from synthmon.app.report_post import PostPorts, ReportPost, pause
from synthmon.app.reporting import ReportDesk
from synthmon.centre.lookout import UNTIL
from synthmon.errors import StoreError, SynthmonError
from synthmon.model.mailing import MailingStatus
from synthmon.model.probe import Probe
from synthmon.model.quiet import Selection
from synthmon.model.run import Outcome
from synthmon.reports.archive import ABOUT, FORMS
from synthmon.reports.figures.period import PeriodKind
from synthmon.reports.scope import Scope
from synthmon.settings.values import ReportOrder
from synthmon.store.memory import MemoryStore
from tests.alerting.offices import Office
from tests.alerting.receivers import context
from tests.making import probe, run

DAY, WEEK, MONTH = PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH
SEVEN = datetime(2026, 3, 10, 7, tzinfo=UTC)  # a Tuesday
NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
OWNERS, BOARD = "owners@example.com", "board@example.com"
EVERYBODY = ReportOrder(DAY, time(7), channel="mail", to=(OWNERS, BOARD))


@dataclass
class Bureau:
    """A store with two probes since February, a clerk and a post, and a clock that is put by hand."""

    folder: Path
    channels: Mapping[str, Any]
    store: MemoryStore = field(default_factory=MemoryStore)
    now: datetime = SEVEN
    orders: tuple[ReportOrder, ...] = (EVERYBODY,)
    base: str | None = None
    troubles: Mapping[str, str] = field(default_factory=dict)
    probes: dict[str, Probe] = field(
        default_factory=lambda: {"checkout": probe(tags=("tier-1",), owner="team-shop"), "search": probe("search")}
    )

    def __post_init__(self) -> None:
        begun = datetime(2026, 2, 1, tzinfo=UTC)
        self.store.record_versions([replace(one, since=begun) for one in versions_of(self.probes)], begun)
        self.restart()

    def restart(self) -> None:
        """As another process would begin, with the same store."""
        desk = ReportDesk(self.store, "production", UTC, self.folder)
        self.clerk = ReportClerk(ClerkPorts(desk, lambda: self.orders, lambda: self.probes, lambda: self.now))
        letters = LetterWriter(desk, lambda: self.probes, lambda: self.base, lambda: self.now)
        ports = PostPorts(self.store, lambda: self.channels, letters, lambda: self.now, self._says)
        self.post = ReportPost(ports)

    def _says(self, troubles: Mapping[str, str], _channels: object) -> None:
        self.troubles = troubles

    def turn(self, later: timedelta = timedelta(0), epoch: int | None = None) -> None:
        self.now += later
        self.clerk.turn(epoch)
        self.post.turn(epoch)

    def files(self, pattern: str = "daily-*.html") -> list[str]:
        return sorted(path.name for path in self.folder.glob(pattern))

    def fates(self) -> list[tuple[str, MailingStatus]]:
        return sorted((one.report, one.status) for one in self.store.mailings())


@pytest.fixture
def offices() -> Iterator[Callable[..., Office]]:
    opened: list[Office] = []

    def start(*arguments: Any, **options: Any) -> Office:
        opened.append(Office(*arguments, **options))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def channel(port: int, **options: Any) -> Any:
    said = {"to": ["ops@example.com"], "smtp": f"127.0.0.1:{port}", "from": "synthmon@example.com", **options}
    return build_channel("email", "mail", CHANNEL_OPTIONS["email"].model_validate(said), context())


@pytest.fixture
def office(offices: Callable[..., Office]) -> Office:
    return offices()


@pytest.fixture
def bureau(tmp_path: Path, office: Office) -> Bureau:
    return Bureau(tmp_path / "reports", {"mail": channel(office.port)})


# Schedule


def test_a_report_is_mailed_once_at_its_time_whatever_turns_and_restarts_there_are(
    bureau: Bureau, office: Office
) -> None:
    bureau.turn(timedelta(minutes=-1))
    assert ["daily-2026-03-08"] == [one.report for one in bureau.store.mailings()]
    for _ in range(3):
        bureau.turn(timedelta(minutes=1))
        bureau.restart()

    sent = [("daily-2026-03-08", MailingStatus.SENT), ("daily-2026-03-09", MailingStatus.SENT)]
    assert (sent, 2) == (bureau.fates(), len(office.mails))
    assert {("synthmon@example.com", (OWNERS, BOARD), False)} == set(office.envelopes)
    assert f"{OWNERS}, {BOARD}" == office.mails[-1]["to"]


def test_the_mail_is_text_page_pictures_figures_and_a_way_to_the_archive(bureau: Bureau, office: Office) -> None:
    bureau.base = "https://synthmon.example.com/"
    bureau.store.keep([run(NOON + timedelta(minutes=one), Outcome.FAILED if one else Outcome.PASSED) for one in (0, 1)])
    bureau.turn()
    (mail,) = office.mails

    assert "Monday, 9 March 2026" in str(mail["subject"])
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    for part in (text.get_content(), html.get_content()):
        assert "https://synthmon.example.com/reports/daily-2026-03-09.html" in part
    assert {"daily-2026-03-09.csv", "daily-2026-03-09.html"} == {one.get_filename() for one in mail.iter_attachments()}
    assert "auto-generated" == mail["auto-submitted"]


def test_who_wants_text_gets_nothing_else(bureau: Bureau, office: Office) -> None:
    bureau.orders = (replace(EVERYBODY, form="text"),)
    bureau.turn()

    assert "text/plain" == office.mails[0].get_content_type()


def test_daily_weekly_and_monthly_reports_of_all_probes_are_kept_without_being_ordered(bureau: Bureau) -> None:
    bureau.orders = ()
    bureau.turn()

    assert ["daily-2026-03-09.html", "monthly-2026-02.html", "weekly-2026-W10.html"] == bureau.files("*.html")
    assert [] == bureau.store.mailings()


def test_recipients_get_what_they_look_after_and_no_empty_report(bureau: Bureau, office: Office) -> None:
    bureau.orders = (
        replace(EVERYBODY, covers=Selection(tag="tier-1"), to=(OWNERS,)),
        replace(EVERYBODY, covers=Selection(tag="nobody-has-it"), to=(BOARD,)),
    )
    bureau.turn()

    assert ["daily-2026-03-09+tag-tier-1.html", "daily-2026-03-09.html"] == bureau.files()
    assert [(OWNERS,)] == [to for _, to, _ in office.envelopes]
    assert "search" not in office.mails[0].get_body(("plain",)).get_content()  # type: ignore[union-attr] # it has one
    left_out = [one.why for one in bureau.store.mailings() if one.status is MailingStatus.LEFT_OUT]
    assert ["no probe was in force"] == left_out


def test_a_day_on_which_nothing_happened_is_kept_and_not_sent_to_whoever_wants_only_news(
    bureau: Bureau, office: Office
) -> None:
    bureau.probes = {"checkout": bureau.probes["checkout"]}
    bureau.store.record_versions(versions_of(bureau.probes), datetime(2026, 3, 8, tzinfo=UTC))
    interval = timedelta(seconds=bureau.probes["checkout"].interval)
    bureau.store.keep([run(NOON.replace(hour=0) + number * interval) for number in range(1440)])
    bureau.orders = (replace(EVERYBODY, only_if=True),)
    bureau.turn()

    assert [("daily-2026-03-09", MailingStatus.LEFT_OUT)] == bureau.fates()
    assert (["daily-2026-03-09.html"], []) == (bureau.files(), office.mails)


def test_who_is_added_is_sent_the_newest_and_the_others_not_again(bureau: Bureau, office: Office) -> None:
    bureau.turn()
    bureau.orders = (replace(EVERYBODY, to=(OWNERS, BOARD, "new@example.com")),)
    bureau.turn(timedelta(hours=1))

    assert [(OWNERS, BOARD), ("new@example.com",)] == [to for _, to, _ in office.envelopes]


def test_days_on_which_nobody_was_there_are_kept_and_only_the_newest_is_sent(bureau: Bureau, office: Office) -> None:
    bureau.turn()
    bureau.turn(timedelta(days=3, hours=2))

    assert [f"daily-2026-03-{number:02d}.html" for number in (9, 10, 11, 12)] == bureau.files()
    assert ["daily-2026-03-12", "daily-2026-03-09"] == [one.report for one in bureau.store.mailings()]
    assert 2 == len(office.mails)


def test_after_an_absence_it_waits_until_slots_without_a_run_are_noted_but_not_for_ever(
    bureau: Bureau, office: Office
) -> None:
    bureau.store.note(UNTIL, (SEVEN - timedelta(days=1)).isoformat())
    bureau.turn()
    assert ([], []) == (bureau.files(), office.mails)
    bureau.store.note(UNTIL, SEVEN.isoformat())
    bureau.turn(timedelta(minutes=1))
    assert (["daily-2026-03-09.html"], 1) == (bureau.files(), len(office.mails))

    bureau.store.note(UNTIL, SEVEN.isoformat())  # nobody gets on with looking
    bureau.turn(timedelta(days=1))
    assert ["daily-2026-03-09.html"] == bureau.files()
    bureau.turn(timedelta(minutes=10))
    assert ["daily-2026-03-09.html", "daily-2026-03-10.html"] == bureau.files()


# Sending


def test_a_server_that_is_away_is_tried_again_until_it_is_back(
    tmp_path: Path, offices: Callable[..., Office], logs: list[EventDict]
) -> None:
    port = offices().port
    bureau = Bureau(tmp_path / "reports", {"mail": channel(1)})
    for _ in range(3):
        bureau.turn(timedelta(minutes=1))
        bureau.restart()
    (owed,) = bureau.store.mailings()
    assert (3, "the mail server was not reached: connection refused") == (owed.attempts, owed.why)
    assert {} == bureau.troubles

    bureau.turn(timedelta(minutes=10))
    assert {"mail": f"the report daily-2026-03-09 has not been sent: {owed.why}"} == bureau.troubles
    bureau.channels = {"mail": channel(port)}
    bureau.turn(timedelta(minutes=10))
    assert [("daily-2026-03-09", MailingStatus.SENT)] == bureau.fates()
    assert {} == bureau.troubles
    assert {"report.not_sent", "report.sent"} <= {line["event"] for line in logs}


def test_after_a_day_it_is_given_up_and_said_until_another_arrives(tmp_path: Path, office: Office) -> None:
    bureau = Bureau(tmp_path / "reports", {"mail": channel(1)})
    for _ in range(7):
        bureau.turn(timedelta(hours=4))
    given_up = [one for one in bureau.store.mailings() if one.status is MailingStatus.GIVEN_UP]
    assert ["daily-2026-03-09"] == [one.report for one in given_up]
    assert bureau.troubles["mail"].startswith("the report daily-2026-03-1")

    bureau.channels = {"mail": channel(office.port)}
    bureau.turn(timedelta(hours=1))
    assert {} == bureau.troubles
    assert 1 == len(office.mails)


def test_a_recipient_who_is_refused_for_a_while_is_tried_again_alone(
    tmp_path: Path, offices: Callable[..., Office]
) -> None:
    office = offices({BOARD: ["451 busy"]})
    bureau = Bureau(tmp_path / "reports", {"mail": channel(office.port)})
    bureau.turn()
    assert (BOARD,) == bureau.store.mailings()[0].waiting
    bureau.turn(timedelta(minutes=5))

    assert [(OWNERS,), (BOARD,)] == [to for _, to, _ in office.envelopes]
    assert [("daily-2026-03-09", MailingStatus.SENT)] == bureau.fates()


def test_a_recipient_who_is_refused_for_good_is_named_and_the_others_have_it(
    tmp_path: Path, offices: Callable[..., Office]
) -> None:
    office = offices({BOARD: ["550 nobody here"]})
    bureau = Bureau(tmp_path / "reports", {"mail": channel(office.port)})
    bureau.turn()

    (sent,) = bureau.store.mailings()
    assert (MailingStatus.SENT, (BOARD,)) == (sent.status, sent.waiting)
    assert sent.why == f"refused for {BOARD}: 550 nobody here"


@pytest.mark.parametrize("lacking", ["the channel", "its kind"])
def test_a_channel_that_is_no_more_is_given_up_at_once(bureau: Bureau, lacking: str) -> None:
    bureau.channels = {} if lacking == "the channel" else {"mail": object()}
    bureau.turn()

    assert [("daily-2026-03-09", MailingStatus.GIVEN_UP)] == bureau.fates()
    assert "no e-mail channel 'mail' any more" in bureau.troubles["mail"]


def test_reports_go_out_in_tls_as_all_mail_does(tmp_path: Path, offices: Callable[..., Office]) -> None:
    authority = trustme.CA()
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(made)
    office = offices(tls_context=made, require_starttls=True)
    bundle = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(str(bundle))
    Bureau(tmp_path / "reports", {"mail": channel(office.port, ca_file=str(bundle))}).turn()
    untrusting = Bureau(tmp_path / "others", {"mail": channel(office.port)})
    untrusting.turn()

    assert [True] == [in_tls for _, _, in_tls in office.envelopes]
    assert "its certificate is not trusted" in untrusting.store.mailings()[0].why


def test_one_whose_term_is_over_sends_nothing(bureau: Bureau, office: Office) -> None:
    mine = bureau.store.elect("one", SEVEN)
    bureau.clerk.turn(mine.epoch)
    bureau.store.elect("other", SEVEN)
    with pytest.raises(StoreError):
        bureau.post.turn(mine.epoch)

    assert ([], [MailingStatus.OWED]) == (office.mails, [one.status for one in bureau.store.mailings()])


class Dies(MemoryStore):
    """A store whose process ends between the mail server's answer and the mark."""

    dies = False

    def mark_mail(self, mailing: Any, epoch: int | None = None) -> None:
        if self.dies and mailing.status is MailingStatus.SENT:
            raise StoreError("the process ends here")
        super().mark_mail(mailing, epoch)


def test_a_process_that_died_before_the_mark_sends_again_under_the_same_message_id(
    tmp_path: Path, office: Office
) -> None:
    store = Dies()
    bureau = Bureau(tmp_path / "reports", {"mail": channel(office.port)}, store)
    store.dies = True
    with pytest.raises(StoreError):
        bureau.turn()
    store.dies = False
    bureau.restart()
    bureau.turn(timedelta(minutes=1))
    assert 1 == len(office.mails)  # the claim holds
    bureau.turn(timedelta(minutes=5))

    first, second = office.mails
    assert first["message-id"] == second["message-id"]
    assert [("daily-2026-03-09", MailingStatus.SENT)] == bureau.fates()


def test_pauses_grow_to_an_hour() -> None:
    assert [30, 60, 120, 240, 3600] == [pause(attempts).total_seconds() for attempts in (1, 2, 3, 4, 20)]


# Archive


def test_what_is_kept_is_page_text_json_table_and_what_is_known_of_it(bureau: Bureau) -> None:
    bureau.store.keep([run(NOON)])
    bureau.turn()
    stem = bureau.folder / "daily-2026-03-09"

    assert sorted(f"{stem.name}.{ending}" for ending in (*FORMS, ABOUT)) == bureau.files("daily-*")
    said = json.loads(stem.with_suffix(".json").read_text())
    assert said["as_of"] == SEVEN.isoformat()
    rows = stem.with_suffix(".csv").read_text().splitlines()
    assert "period,probe,figure,value" == rows[0]
    assert {"checkout", "search"} <= {row.split(",")[1] for row in rows}
    assert not list(bureau.folder.glob(".*"))


def test_made_again_from_the_same_data_it_is_the_same_to_the_byte(bureau: Bureau, tmp_path: Path) -> None:
    bureau.store.keep([run(NOON + timedelta(minutes=one), Outcome.FAILED) for one in range(5)])
    bureau.turn()
    first = {path.name: path.read_bytes() for path in bureau.folder.iterdir()}
    elsewhere = Bureau(tmp_path / "elsewhere", {}, bureau.store)
    elsewhere.store.note("reports.written", "{}")
    elsewhere.turn()

    assert first == {path.name: path.read_bytes() for path in elsewhere.folder.iterdir()}


def test_results_that_come_later_make_another_edition_beside_the_first(
    bureau: Bureau, office: Office, logs: list[EventDict]
) -> None:
    bureau.store.keep([run(NOON)])
    bureau.turn()
    first = (bureau.folder / "daily-2026-03-09.html").read_bytes()
    bureau.store.keep([run(NOON + timedelta(minutes=1), Outcome.FAILED), run(SEVEN)])
    bureau.turn(timedelta(minutes=1))
    assert ["daily-2026-03-09.html"] == bureau.files()  # more may come
    bureau.restart()
    bureau.turn(timedelta(minutes=15))

    assert ["daily-2026-03-09.html", "daily-2026-03-09~02.html"] == bureau.files()
    assert first == (bureau.folder / "daily-2026-03-09.html").read_bytes()
    again = json.loads((bureau.folder / "daily-2026-03-09~02.json").read_text())
    assert bureau.now.isoformat() == again["as_of"]
    assert ["daily-2026-03-09~02"] == [line["report"] for line in logs if line["event"] == "report.written_again"]
    bureau.turn(timedelta(minutes=30))
    assert (2, 1) == (len(bureau.files()), len(office.mails))


def test_a_result_that_changes_nothing_makes_no_edition(bureau: Bureau) -> None:
    bureau.orders = (replace(EVERYBODY, covers=Selection(probe="search")),)
    bureau.turn()
    bureau.store.keep([run(NOON)])  # of checkout
    bureau.turn(timedelta(minutes=1))
    bureau.turn(timedelta(minutes=15))

    assert ["daily-2026-03-09+probe-search.html", "daily-2026-03-09.html", "daily-2026-03-09~02.html"] == bureau.files()


def test_a_leader_on_another_disk_makes_the_newest_report_again_as_of_when_it_was_sent(
    bureau: Bureau, office: Office, tmp_path: Path
) -> None:
    bureau.store.keep([run(NOON)])
    bureau.turn()
    other = Bureau(tmp_path / "other", bureau.channels, bureau.store, now=SEVEN + timedelta(hours=3))
    other.turn()
    other.turn(timedelta(minutes=1))

    assert (["daily-2026-03-09.html"], 1) == (other.files(), len(office.mails))
    (mine,), (theirs,) = ([path.read_bytes() for path in one.folder.glob("daily*.html")] for one in (bureau, other))
    assert mine == theirs


def test_one_report_that_cannot_be_written_keeps_no_other(bureau: Bureau) -> None:
    (bureau.folder / "weekly-2026-W10.html").mkdir(parents=True)
    with pytest.raises(SynthmonError, match="weekly, all probes"):
        bureau.clerk.turn()

    assert ["daily-2026-03-09.html", "monthly-2026-02.html"] == [
        name for name in bureau.files("*.html") if "weekly" not in name
    ]
    assert "2026-03-09" == json.loads(bureau.store.notes()["reports.written"])["daily"]


def test_different_scopes_never_share_a_name() -> None:
    tags = ["a", "a b", "a_b", "a+owner-b", "ä", "x" * 300, "x" * 299, "../../etc"]
    said = [Selection(), *(Selection(tag=tag) for tag in tags)]
    said += [Selection(owner="a"), Selection(tag="a", owner="b"), Selection("pay*"), Selection("pay?")]
    slugs = [Scope(one).slug for one in said]

    assert len(set(slugs)) == len(said)
    assert all(set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789_+-") and len(slug) < 80 for slug in slugs)


def test_each_week_and_month_is_kept_when_it_is_over(bureau: Bureau) -> None:
    bureau.orders = (ReportOrder(WEEK, time(9), 4), ReportOrder(MONTH, time(6)))
    bureau.turn()
    assert ["weekly-2026-W09.html"] == bureau.files("weekly*.html")  # that of Friday before
    bureau.turn(timedelta(days=3, hours=2))
    assert ["weekly-2026-W09.html", "weekly-2026-W10.html"] == bureau.files("weekly*.html")
    bureau.turn(timedelta(days=30))
    assert ["monthly-2026-02.html", "monthly-2026-03.html"] == bureau.files("monthly*.html")
    assert date(2026, 4, 12) == bureau.now.date()
