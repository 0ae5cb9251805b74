"""How much a channel hears in a minute: the first incidents one by one, what is beyond that in one message.

A pager that rings a thousand times tells less than one that rings three times. Nothing is dropped: what has no room
waits until there is some, and goes together with everything that came in the meantime.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from synthmon.model.incident import Delivery, Notification, Occasion
from synthmon.model.probe import Severity
from synthmon.nouns import dataclass

PAGES = 3  # that wake somebody, in a minute
OTHERS = 7  # messages in a minute besides, so that there are ten in all and none of these keeps a page waiting
MINUTE = timedelta(seconds=60)
_NEWS = frozenset({Occasion.RESOLVE, Occasion.ACKNOWLEDGE, Occasion.TEST, Occasion.LOOK})


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes out as one message. `at` is where it stands in the channel's minute; None where nothing is limited."""

    deliveries: tuple[Delivery, ...]
    at: datetime | None = None

    @property
    def channel(self) -> str:
        return self.deliveries[0].notification.channel


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes now, and what has to wait until when."""

    batches: tuple[Batch, ...] = ()
    later: tuple[Delivery, ...] = ()
    until: datetime | None = None


def begins(told: Notification) -> bool:
    """Whether it says that something is wrong; an occasion that is not known here counts as that."""
    return told.occasion not in _NEWS


def is_page(told: Notification) -> bool:
    return begins(told) and told.message.severity is Severity.PAGE


def _is_reminder(delivery: Delivery) -> bool:
    return delivery.notification.occasion is Occasion.REMIND


class Limits:
    """Of all channels, in memory; `recall` brings back what was sent before this process began."""

    def __init__(self) -> None:
        self._pages: dict[str, list[datetime]] = {}
        self._others: dict[str, list[datetime]] = {}
        self._lock = threading.Lock()

    def recall(self, known: Sequence[Delivery], now: datetime) -> None:
        """What was sent within the last minute takes room; what went together was marked at one instant."""
        for pages, of in ((True, self._pages), (False, self._others)):
            sent = {
                (one.notification.channel, one.sent_at)
                for one in known
                if one.sent_at and now - MINUTE < one.sent_at <= now and is_page(one.notification) is pages
            }
            with self._lock:
                for channel, at in sent:
                    of.setdefault(channel, []).append(at)

    def plan(self, channel: str, due: Sequence[Delivery], now: datetime) -> list[Plan]:
        """For what is due in one channel, oldest first: pages and everything else, each within its own room.

        What is new goes before reminders, and those leave the last room of a minute to what may come in it.
        """
        pages = sorted((delivery for delivery in due if is_page(delivery.notification)), key=_is_reminder)
        most = PAGES - 1 if all(_is_reminder(delivery) for delivery in pages) else PAGES
        others = [delivery for delivery in due if not is_page(delivery.notification)]
        with self._lock:
            return [
                self._fit(self._pages.setdefault(channel, []), pages, most, now),
                self._fit(self._others.setdefault(channel, []), others, OTHERS, now),
            ]

    def give_back(self, batch: Batch) -> None:
        """It was not taken, so it takes no room."""
        of = self._pages if is_page(batch.deliveries[0].notification) else self._others
        with self._lock:
            taken = of.get(batch.channel, [])
            if batch.at in taken:
                taken.remove(batch.at)

    def _fit(self, taken: list[datetime], due: Sequence[Delivery], most: int, now: datetime) -> Plan:
        taken[:] = [at for at in taken if now - MINUTE < at <= now]
        plan = fit(due, most - len(taken))
        taken.extend(now for _ in plan.batches)
        batches = tuple(Batch(batch.deliveries, now) for batch in plan.batches)
        return Plan(batches, plan.later, min(taken) + MINUTE if plan.later else None)


def fit(due: Sequence[Delivery], room: int) -> Plan:
    """As many as there is room for, one by one while that leaves room for the rest in groups of a kind."""
    if len(due) <= room:
        return Plan(tuple(Batch((delivery,)) for delivery in due))
    for alone in range(room - 1, -1, -1):
        groups, later = _kinds(due[alone:])
        if alone + len(groups) <= room or alone == 0:
            singles = [Batch((delivery,)) for delivery in due[:alone]]
            chosen = groups[: max(room - alone, 0)]
            unplaced = [delivery for group in groups[len(chosen) :] for delivery in group.deliveries]
            return Plan((*singles, *chosen), (*later, *unplaced))
    return Plan(later=tuple(due))


def _kinds(due: Sequence[Delivery]) -> tuple[list[Batch], tuple[Delivery, ...]]:
    """What began and what is over, each together; what is neither (who took what on) waits for room of its own."""
    begun = tuple(delivery for delivery in due if begins(delivery.notification))
    over = tuple(delivery for delivery in due if delivery.notification.occasion is Occasion.RESOLVE)
    known = {delivery.notification.id for delivery in (*begun, *over)}
    rest = tuple(delivery for delivery in due if delivery.notification.id not in known)
    return [Batch(group) for group in (begun, over) if group], rest
