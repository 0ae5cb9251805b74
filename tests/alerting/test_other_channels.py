"""Console and apprise; the words that every channel shows."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from typing import Any

import pytest

from synthmon.alerting import wording
from synthmon.alerting.registry import CHANNEL_OPTIONS, build_channel
from synthmon.errors import DeliveryError, SecretUnavailable
from synthmon.model.incident import Occasion
from synthmon.model.probe import Track
from tests.alerting.receivers import HOSTILE, Receiver, Reply, Terminal, context, message, notification

# apprise looks for every module that one of its plug-ins may want, old ones of Python's library among them.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

Open = Callable[..., Receiver]


def console(stream: Any) -> Any:
    return build_channel("console", "console", CHANNEL_OPTIONS["console"](), context(stream))


def apprise(url: str) -> Any:
    options = CHANNEL_OPTIONS["apprise"](url="${{ secrets.hook }}")
    return build_channel("apprise", "chat", options, context(hook=url))


def test_the_first_words_say_what_is_down_at_which_step_why_and_where() -> None:
    lines = wording.plain(message()).splitlines()
    assert 'checkout is down: step "Pay" answered 500, expected 201 [eu-west]' == lines[0]
    assert [
        "",
        "probe:       Customer can buy something (checkout)",
        "step:        Pay (pay)",
        "cause:       status: answered 500, expected 201",
        "expected:    201",
        "came:        500",
        "regions:     eu-west (judged on 1 of 3 regions)",
        "since:       2026-03-02 12:00:00 UTC",
        "last good:   2026-03-02 11:59:00 UTC",
        "time:        dns 1 ms, first byte 180 ms",
        "severity:    page",
        "environment: production",
        "owner:       team-payments",
        "runbook:     https://wiki.example.com/runbooks/checkout",
        "more:        https://synthmon.example.com/incidents/5f1c7c1e-0000-5000-8000-000000000001",
    ] == lines[1:]


def test_what_is_about_synthmon_itself_is_no_probe_and_has_no_name_for_programs() -> None:
    blind = message(probe="*", probe_title="monitoring", track=Track.REGION)
    assert wording.facts(blind)[0] == ("about", "monitoring")


@pytest.mark.parametrize(
    ("regions", "title", "shown"),
    [
        (("a", "b"), "x is down: y", "x is down: y [a, b]"),
        (("a", "b", "c", "d"), "x is down: y", "x is down: y [4 regions]"),
        (("a",), "x is down in a only: y", "x is down in a only: y"),
        ((), "x is down: y", "x is down: y"),
    ],
)
def test_the_title_names_few_regions_counts_many_and_says_none_twice(
    regions: tuple[str, ...], title: str, shown: str
) -> None:
    assert shown == wording.title(message(title=title, regions=regions))


@pytest.mark.parametrize(
    ("occasion", "shown"),
    [
        (Occasion.RESOLVE, "RESOLVED checkout is up again after 12 min"),
        (Occasion.ACKNOWLEDGE, "checkout: acknowledged by maria"),
        (Occasion.TEST, "TEST checkout: acknowledged by maria [eu-west]"),
    ],
)
def test_what_is_no_outage_says_so(occasion: Occasion, shown: str) -> None:
    titles = {} if occasion is Occasion.RESOLVE else {"title": "checkout: acknowledged by maria"}
    assert shown == wording.title(message(occasion, **titles))


def test_what_a_target_sent_is_printable_in_every_fact() -> None:
    told = message(title=HOSTILE, cause=HOSTILE, actual=HOSTILE, probe_title=HOSTILE, owner=HOSTILE)
    assert all(line.isprintable() for line in wording.plain(told).splitlines())


def test_the_console_writes_a_notification_whole_and_coloured_only_for_a_terminal() -> None:
    plain, terminal = Terminal(), Terminal(tty=True)
    assert "written" == console(plain).send(notification())
    assert plain.getvalue().startswith("\n■ checkout is down")
    assert "\n  step:        Pay (pay)\n" in plain.getvalue()
    assert "\x1b" not in plain.getvalue()
    console(terminal).send(notification(actual=HOSTILE))
    assert terminal.getvalue().startswith("\n\x1b[1;31m■ checkout is down")
    assert 2 == terminal.getvalue().count("\x1b")


def test_a_terminal_without_unicode_gets_the_message_all_the_same() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    console(stream).send(notification(owner="Ärzte"))
    assert b"? checkout is down" in raw.getvalue()


def test_a_closed_console_is_tried_again() -> None:
    stream = Terminal()
    stream.close()
    with pytest.raises(DeliveryError) as caught:
        console(stream).send(notification())
    assert not caught.value.permanent


def test_apprise_carries_title_facts_and_kind_to_its_address(receiver: Open) -> None:
    there = receiver()
    channel = apprise(f"json://127.0.0.1:{there.port}/T0KENT0KEN")
    assert "accepted" == channel.send(notification())
    body = there.asked[0].json
    assert ('checkout is down: step "Pay" answered 500, expected 201 [eu-west]', "failure") == (
        body["title"],
        body["type"],
    )
    assert body["message"].startswith("probe:       Customer can buy something (checkout)")
    assert 0 == body["message"].count("checkout is down")


def test_apprise_calls_a_resolve_a_success(receiver: Open) -> None:
    there = receiver()
    apprise(f"json://127.0.0.1:{there.port}/").send(notification(Occasion.RESOLVE))
    assert "success" == there.asked[0].json["type"]


def test_what_apprise_could_not_deliver_is_tried_again_and_no_token_is_logged(
    receiver: Open, caplog: pytest.LogCaptureFixture
) -> None:
    there = receiver(Reply(500, "no"))
    with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError, match="apprise could not deliver it") as caught:
        apprise(f"json://127.0.0.1:{there.port}/T0KENT0KEN").send(notification())
    assert not caught.value.permanent
    assert "T0KENT0KEN" not in caplog.text + str(caught.value)


def test_an_address_that_apprise_does_not_know_is_refused_for_good_and_logged_nowhere(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for address in ("nosuch://T0KENT0KEN", "slack://T0KENT0KEN"):
        with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError, match="apprise does not know") as caught:
            apprise(address).send(notification())
        assert caught.value.permanent
        assert "T0KENT0KEN" not in caplog.text + str(caught.value)


@pytest.mark.usefixtures("impatient")
def test_apprise_waiting_for_a_receiver_that_hangs_is_given_up_in_time(receiver: Open) -> None:
    there = receiver(Reply(hang=True))
    with pytest.raises(DeliveryError, match="did not answer within"):
        apprise(f"json://127.0.0.1:{there.port}/").send(notification())


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("webhook", {"url": "${{ secrets.nobody_has_it }}"}),
        ("slack", {"webhook_url": "${{ secrets.nobody_has_it }}"}),
        ("pagerduty", {"routing_key": "${{ secrets.nobody_has_it }}"}),
        ("apprise", {"url": "${{ secrets.nobody_has_it }}"}),
    ],
)
def test_a_secret_that_is_missing_is_named_when_the_channel_is_built(kind: str, options: dict[str, str]) -> None:
    with pytest.raises(SecretUnavailable, match="nobody_has_it"):
        build_channel(kind, "pager", CHANNEL_OPTIONS[kind].model_validate(options), context())
