"""Sends the reports that are owed by e-mail: claimed, sent, marked; tried again with growing pauses for a day.

A claim is a write of the leader's, so that two never send the same mail at once. A process that dies between the mail
server's answer and the mark sends again, under the same Message-ID: that is as often as mail can be promised.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage

from synthmon.alerting.channel import Channel
from synthmon.alerting.mail import Email, PartlyDelivered
from synthmon.errors import DeliveryError, StoreError
from synthmon.events import Events
from synthmon.model.mailing import Mailing, MailingStatus
from synthmon.nouns import dataclass
from synthmon.store.interface import Store

_log = Events()

SENDING_MAY_TAKE = 60.0  # seconds: a report with its drawings is large, and nothing else waits for it
LEASE = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(days=1)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
TOLD_AFTER = timedelta(minutes=10)  # what passes sooner is in the log and on the page only
LOOKED_BACK = 200  # mailings that are looked at for a channel's last word

Compose = Callable[[Mailing, str], EmailMessage]
"""The mail for a mailing, from a sender; its recipients are those that wait."""


@dataclass(frozen=True, slots=True)
class PostPorts:
    """`says` hears by channel what keeps its reports from arriving, and of which channels it is known."""

    store: Store
    channels: Callable[[], Mapping[str, Channel]]
    compose: Compose
    now: Callable[[], datetime]
    says: Callable[[Mapping[str, str], Sequence[str]], None]


class ReportPost:
    """`turn` sends what is due, as the leader of a term."""

    def __init__(self, ports: PostPorts) -> None:
        self._ports = ports

    def turn(self, epoch: int | None = None) -> None:
        store, now = self._ports.store, self._ports.now()
        self._say()  # first: a server that hangs must not make a trouble that is known look over
        for mailing in reversed(store.mailings(owed=True)):  # the oldest first
            if mailing.next_at <= now:
                self._try(mailing, epoch)
        self._say()

    def _say(self) -> None:
        known = self._ports.store.mailings(limit=LOOKED_BACK)
        self._ports.says(troubles(known, self._ports.now()), sorted({one.channel for one in known}))

    def _try(self, owed: Mailing, epoch: int | None) -> None:
        claimed = replace(owed, attempts=owed.attempts + 1, next_at=self._ports.now() + LEASE)
        self._ports.store.mark_mail(claimed, epoch)
        try:
            refused = self._send(claimed)
        except DeliveryError as error:
            self._failed(claimed, error)
        else:
            self._sent(claimed, refused)

    def _send(self, mailing: Mailing) -> Mapping[str, str]:
        channel = self._ports.channels().get(mailing.channel)
        if not isinstance(channel, Email):
            raise DeliveryError(f"there is no e-mail channel {mailing.channel!r} any more", permanent=True)
        try:
            mail = self._ports.compose(mailing, channel.sender)
        except (StoreError, DeliveryError):
            raise
        except Exception as error:  # one report that cannot be put into a mail must not keep the others
            _log.exception("report.not_composed", report=mailing.report)
            raise DeliveryError(f"the mail could not be made: {type(error).__name__}") from error
        return channel.post(mail, mailing.waiting, SENDING_MAY_TAKE)

    def _sent(self, mailing: Mailing, refused: Mapping[str, str]) -> None:
        """A fact, whoever leads meanwhile: it is marked without a term."""
        why = "; ".join([*filter(None, [mailing.why if refused else ""]), *map(_refusal, refused.items())])
        done = replace(mailing, status=MailingStatus.SENT, ended_at=self._ports.now(), why=why, waiting=tuple(refused))
        self._ports.store.mark_mail(done)
        _log.info("report.sent", report=mailing.report, channel=mailing.channel, to=len(mailing.to) - len(refused))

    def _failed(self, mailing: Mailing, error: DeliveryError) -> None:
        now, why = self._ports.now(), str(error)
        waiting = error.waiting if isinstance(error, PartlyDelivered) else mailing.waiting
        given_up = error.permanent or now - mailing.created_at >= GIVE_UP_AFTER
        failed = replace(mailing, why=why, waiting=waiting, next_at=now + pause(mailing.attempts))
        if given_up:
            failed = replace(failed, status=MailingStatus.GIVEN_UP, ended_at=now)
        self._ports.store.mark_mail(failed)
        _log.error(
            "report.not_sent",
            report=mailing.report,
            channel=mailing.channel,
            attempts=mailing.attempts,
            given_up=given_up,
            error=why,
        )


def pause(attempts: int) -> timedelta:
    """Until the next attempt: half a minute, then twice as long each time, an hour at most."""
    doubled: int = 2 ** min(attempts - 1, 10)
    return min(LONGEST_PAUSE, FIRST_PAUSE * doubled)


def troubles(known: Sequence[Mailing], now: datetime) -> Mapping[str, str]:
    """By channel what keeps reports from arriving: the last that ended was given up, or one has waited for a while.

    `known` are the newest first.
    """
    found: dict[str, str] = {}
    ended: set[str] = set()
    for one in known:
        late = one.owed and one.attempts > 0 and one.why and now - one.created_at >= TOLD_AFTER
        lost = one.status is MailingStatus.GIVEN_UP and one.channel not in ended
        if (late or lost) and one.channel not in found:
            what = "was given up" if lost else "has not been sent"
            found[one.channel] = f"the report {one.report} {what}: {one.why}"
        if one.status in {MailingStatus.SENT, MailingStatus.GIVEN_UP}:
            ended.add(one.channel)
    return found


def _refusal(said: tuple[str, str]) -> str:
    return f"refused for {said[0]}: {said[1]}"
