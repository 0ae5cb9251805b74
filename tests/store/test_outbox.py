"""What every store promises about what is owed: claimed by one, in order, until accepted or given up."""

from __future__ import annotations

import threading

from synthmon.model.incident import Decision, Delivery, DeliveryStatus, Notification, Occasion
from synthmon.store.interface import Store
from tests.store.values import at, incident, owed

ABOUT = incident()


def owe(store: Store, *notifications: Notification) -> None:
    store.apply(Decision(0, incidents=(ABOUT,), notifications=notifications))


def claimed(store: Store, seconds: float, lease: float = 60) -> list[Notification]:
    return [delivery.notification for delivery in store.claim(at(seconds), lease)]


def test_what_is_owed_is_claimed_once_while_its_lease_runs(store: Store) -> None:
    owe(store, owed(ABOUT))
    assert [owed(ABOUT)] == claimed(store, 0)
    assert [] == claimed(store, 59.9)
    assert [owed(ABOUT)] == claimed(store, 60)


def test_what_is_owed_twice_is_owed_once(store: Store) -> None:
    owe(store, owed(ABOUT))
    store.delivered(owed(ABOUT).id, at(1))
    owe(store, owed(ABOUT))
    assert [] == claimed(store, 100)


def test_nothing_is_claimed_before_it_is_due(store: Store) -> None:
    owe(store, owed(ABOUT, created=10))
    assert [] == claimed(store, 9.999)
    assert at(10) == store.next_delivery_at()
    assert [owed(ABOUT, created=10)] == claimed(store, 10)


def test_what_was_accepted_is_never_claimed_again(store: Store) -> None:
    owe(store, owed(ABOUT))
    claimed(store, 0)
    store.delivered(owed(ABOUT).id, at(2))
    assert [] == claimed(store, 1000)
    assert [
        Delivery(owed(ABOUT), DeliveryStatus.SENT, attempts=1, next_at=None, last_error=None, sent_at=at(2))
    ] == store.deliveries()


def test_a_postponed_one_waits_for_its_instant_and_remembers_why(store: Store) -> None:
    owe(store, owed(ABOUT))
    claimed(store, 0)
    store.postpone(owed(ABOUT).id, at(30), "503 from the pager")
    assert [] == claimed(store, 29)
    assert [Delivery(owed(ABOUT), attempts=1, next_at=at(30), last_error="503 from the pager")] == store.claim(
        at(30), 60
    )


def test_one_that_only_waited_for_others_was_not_attempted(store: Store) -> None:
    owe(store, owed(ABOUT))
    claimed(store, 0)
    store.postpone(owed(ABOUT).id, at(10), "")
    claimed(store, 10)
    store.delivered(owed(ABOUT).id, at(11))
    assert [1] == [one.attempts for one in store.deliveries()]


def test_a_buried_one_is_dead_and_makes_way(store: Store) -> None:
    resolve = owed(ABOUT, Occasion.RESOLVE, created=5)
    owe(store, owed(ABOUT), resolve)
    claimed(store, 0)
    store.bury(owed(ABOUT).id, at(3), "401: wrong key")
    assert [resolve] == claimed(store, 5)
    dead = store.deliveries()[-1]
    assert (DeliveryStatus.DEAD, "401: wrong key", None, None) == (
        dead.status,
        dead.last_error,
        dead.next_at,
        dead.sent_at,
    )


def test_an_incidents_channel_hears_in_order_and_other_channels_do_not_wait(store: Store) -> None:
    trigger, resolve = owed(ABOUT), owed(ABOUT, Occasion.RESOLVE, created=5)
    mail = owed(ABOUT, channel="mail", created=5)
    owe(store, trigger, resolve, mail)
    assert [trigger, mail] == claimed(store, 10)
    store.delivered(mail.id, at(11))
    store.postpone(trigger.id, at(100), "timeout")
    assert [] == claimed(store, 50)  # the resolve may not overtake its trigger
    assert [trigger] == claimed(store, 100)
    store.delivered(trigger.id, at(101))
    assert [resolve] == claimed(store, 101)


def test_the_page_of_a_reopened_incident_waits_for_the_resolve_of_the_one_before(store: Store) -> None:
    ended, again, elsewhere = incident(0, resolved=50), incident(60, generation=2), incident(60, probe="login")
    resolve, page = owed(ended, Occasion.RESOLVE, created=50), owed(again, created=60)
    other, mail = owed(elsewhere, created=60), owed(again, channel="mail", created=60)
    store.apply(Decision(0, incidents=(ended, again, elsewhere), notifications=(resolve, page, other, mail)))
    assert [resolve, other, mail] == claimed(store, 70)
    store.postpone(resolve.id, at(100), "timeout")
    assert [] == claimed(store, 90)  # both have one key: sent after the page, the resolve would close it
    store.delivered(resolve.id, at(100))
    assert [page] == claimed(store, 100)


def test_no_more_are_claimed_than_asked_for_and_the_oldest_come_first(store: Store) -> None:
    notifications = [owed(ABOUT, channel=f"channel-{number}") for number in range(5)]
    owe(store, *notifications)
    assert notifications[:3] == [delivery.notification for delivery in store.claim(at(0), 60, limit=3)]
    assert notifications[3:] == claimed(store, 0)


def test_what_was_sent_stays_sent_whatever_a_slow_sender_says_later(store: Store) -> None:
    owe(store, owed(ABOUT))
    store.delivered(owed(ABOUT).id, at(2))
    store.postpone(owed(ABOUT).id, at(30), "timeout")
    store.bury(owed(ABOUT).id, at(30), "timeout")
    store.delivered(owed(ABOUT).id, at(40))
    (delivery,) = store.deliveries()
    assert (DeliveryStatus.SENT, at(2), 1, None) == (
        delivery.status,
        delivery.sent_at,
        delivery.attempts,
        delivery.last_error,
    )


def test_what_was_given_up_can_turn_out_to_have_been_accepted(store: Store) -> None:
    owe(store, owed(ABOUT))
    store.bury(owed(ABOUT).id, at(2), "timeout")
    store.delivered(owed(ABOUT).id, at(3))
    assert [DeliveryStatus.SENT] == [delivery.status for delivery in store.deliveries()]


def test_an_unknown_one_changes_nothing(store: Store) -> None:
    store.delivered("no such", at(0))
    store.postpone("no such", at(0), "")
    store.bury("no such", at(0), "")
    assert [] == store.deliveries()


def test_the_next_delivery_is_at_the_earliest_instant_at_which_a_claim_gets_something(store: Store) -> None:
    assert store.next_delivery_at() is None
    owe(store, owed(ABOUT), owed(ABOUT, Occasion.RESOLVE), owed(ABOUT, channel="mail", created=20))
    assert at(0) == store.next_delivery_at()
    store.claim(at(0), lease=15)
    assert at(15) == store.next_delivery_at()
    store.postpone(owed(ABOUT).id, at(300), "timeout")
    assert at(20) == store.next_delivery_at()
    store.delivered(owed(ABOUT, channel="mail").id, at(21))
    assert at(300) == store.next_delivery_at()


def test_deliveries_come_newest_first_and_of_one_incident_when_asked(store: Store) -> None:
    other = incident(probe="login")
    store.apply(Decision(0, incidents=(ABOUT, other), notifications=(owed(ABOUT), owed(other))))
    store.apply(Decision(0, notifications=(owed(ABOUT, Occasion.RESOLVE),)))
    assert [Occasion.RESOLVE, Occasion.TRIGGER] == [
        delivery.notification.occasion for delivery in store.deliveries(ABOUT.id)
    ]
    assert [owed(ABOUT, Occasion.RESOLVE), owed(other)] == [
        delivery.notification for delivery in store.deliveries(limit=2)
    ]


def test_senders_that_claim_at_once_never_get_the_same(store: Store) -> None:
    owe(store, *[owed(ABOUT, channel=f"channel-{number}") for number in range(40)])
    got: list[str] = []

    def claim() -> None:
        while deliveries := store.claim(at(0), 60, limit=3):
            got.extend(delivery.notification.channel for delivery in deliveries)

    threads = [threading.Thread(target=claim) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(f"channel-{number}" for number in range(40)) == sorted(got)


def test_the_oldest_debt_is_known_until_it_is_paid(store: Store) -> None:
    assert store.owed_since() is None
    first, second = owed(ABOUT, created=10), owed(ABOUT, created=20, channel="mail")
    owe(store, first, second)
    assert at(10) == store.owed_since()

    store.delivered(first.id, at(30))
    assert at(20) == store.owed_since()
    store.bury(second.id, at(40), "gone")
    assert store.owed_since() is None
