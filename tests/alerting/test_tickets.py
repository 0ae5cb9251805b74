"""Tickets: opened once, commented on, closed; the same story in every system."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pydantic import ValidationError

from synthmon.alerting.ticket import TicketChannel, TicketOptions, mark_of
from synthmon.errors import DeliveryError
from synthmon.model.incident import Occasion
from synthmon.model.probe import Severity
from tests.alerting.receivers import HOSTILE, SECRETS, Asked, Reply, context, notification
from tests.alerting.ticket_systems import IMITATIONS, Imitation, JiraCloud, ServiceNow


@dataclass
class Desk:
    """A system and the channel to it."""

    system: Imitation
    channel: TicketChannel


def channel_to(system: Imitation, options: dict[str, str], token: str = "token") -> TicketChannel:
    given = {**options, "url": f"{system.url}/", "token": "${{ secrets." + token + " }}"}
    return TicketChannel("tickets", TicketOptions.model_validate(given), context())


@pytest.fixture(params=IMITATIONS)
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    kind, options = IMITATIONS[request.param]
    system = kind()
    yield Desk(system, channel_to(system, options))
    system.close()


def jira() -> Desk:
    kind, options = IMITATIONS["jira"]
    system = kind()
    return Desk(system, channel_to(system, options))


TRIGGER, RESOLVE = notification(), notification(Occasion.RESOLVE)


def test_a_ticket_is_opened_commented_on_and_closed(desk: Desk) -> None:
    assert desk.channel.send(TRIGGER).startswith("opened ")
    (ticket,) = desk.system.tickets
    assert 'checkout is down: step "Pay" answered 500, expected 201 [eu-west]' == ticket.title
    assert "https://wiki.example.com/runbooks/checkout" in ticket.text
    assert (mark_of(TRIGGER), False) == (ticket.mark, ticket.done)

    taken = notification(Occasion.ACKNOWLEDGE, title="checkout: acknowledged by maria")
    assert "commented" == desk.channel.send(taken)
    assert ("acknowledged by maria" in ticket.comments[0], ticket.done) == (True, False)

    assert "closed" == desk.channel.send(RESOLVE)
    assert ("is up again after 12 min" in ticket.comments[1], ticket.done) == (True, True)
    assert 1 == len(desk.system.tickets)


def test_what_is_sent_twice_opens_one_ticket_and_is_said_once(desk: Desk) -> None:
    desk.channel.send(TRIGGER)
    assert "opened before" == desk.channel.send(TRIGGER)
    (ticket,) = desk.system.tickets
    assert [] == ticket.comments


def test_more_news_of_the_same_incident_is_a_comment(desk: Desk) -> None:
    desk.channel.send(TRIGGER)
    assert "commented" == desk.channel.send(notification(sequence=1))
    assert 1 == len(desk.system.tickets)


def test_an_end_without_an_open_ticket_is_well(desk: Desk) -> None:
    assert "there is no open ticket" == desk.channel.send(RESOLVE)
    desk.channel.send(TRIGGER)
    desk.channel.send(RESOLVE)
    assert "there is no open ticket" == desk.channel.send(RESOLVE)


def test_what_is_down_again_after_its_ticket_was_closed_opens_another(desk: Desk) -> None:
    desk.channel.send(TRIGGER)
    desk.channel.send(RESOLVE)
    desk.channel.send(notification(incident_id="the next one"))
    assert [True, False] == [ticket.done for ticket in desk.system.tickets]


def test_another_probe_has_another_ticket(desk: Desk) -> None:
    desk.channel.send(TRIGGER)
    desk.channel.send(notification(probe="search"))
    assert 2 == len({ticket.mark for ticket in desk.system.tickets})


def test_an_opening_that_broke_off_is_tried_again(desk: Desk) -> None:
    desk.system.broken = [("POST", 503)]
    with pytest.raises(DeliveryError, match="503") as caught:
        desk.channel.send(TRIGGER)
    assert not caught.value.permanent
    desk.channel.send(TRIGGER)
    assert 1 == len(desk.system.tickets)


def test_what_a_target_sent_is_no_markup_in_a_ticket(desk: Desk) -> None:
    told = notification(cause=f"{HOSTILE} {{noformat}} ``` [code]<b>[/code] [~maria]")
    desk.channel.send(told)
    text = desk.system.tickets[0].text
    system = type(desk.system).__name__
    if system.startswith("Jira"):
        assert (2, True) == (text.count("{noformat}"), text.endswith("{noformat}"))
    if system == "Trello":
        assert 2 == text.count("```")
    if system == "ServiceNow":
        assert "[code]" not in text
    if system == "AzureDevOps":
        assert "<script" not in text


@pytest.mark.parametrize("name", IMITATIONS)
def test_a_wrong_token_is_refused_for_good_and_not_shown(name: str) -> None:
    kind, options = IMITATIONS[name]
    system = kind()
    try:
        with pytest.raises(DeliveryError, match="401") as caught:
            channel_to(system, options, "api_key").send(TRIGGER)
    finally:
        system.close()
    assert caught.value.permanent
    assert SECRETS["api_key"] not in str(caught.value)


def test_a_page_is_urgent_and_a_ticket_is_not_where_that_can_be_said() -> None:
    kind, options = IMITATIONS["servicenow"]
    system = kind()
    channel = channel_to(system, options)
    channel.send(TRIGGER)
    channel.send(notification(probe="search", severity=Severity.TICKET))
    system.close()
    assert [True, False] == [ticket.urgent for ticket in system.tickets]


def test_an_issue_that_no_transition_brings_to_its_end_is_given_up_and_says_so() -> None:
    there = jira()
    channel = channel_to(there.system, {**IMITATIONS["jira"][1], "done": "Shipped"})
    channel.send(TRIGGER)
    with pytest.raises(DeliveryError, match="no transition leads OPS-1 to Shipped") as caught:
        channel.send(RESOLVE)
    there.system.close()
    assert caught.value.permanent


def test_a_status_can_be_named_by_the_transition_or_by_where_it_leads() -> None:
    for done in ("Finish", "Done"):
        there = jira()
        channel = channel_to(there.system, {**IMITATIONS["jira"][1], "done": done})
        channel.send(TRIGGER)
        assert "closed" == channel.send(RESOLVE)
        there.system.close()


class Portal(JiraCloud):
    def answer(self, asked: Asked) -> Reply:
        return Reply(200, "<html>Please log in</html>")


class Strange(ServiceNow):
    def answer(self, asked: Asked) -> Reply:
        return Reply(200, '{"result": [17]}')


@pytest.mark.parametrize(("kind", "name"), [(Portal, "jira"), (Strange, "servicenow")])
def test_an_answer_that_makes_no_sense_is_tried_again(kind: type[Imitation], name: str) -> None:
    system = kind()
    with pytest.raises(DeliveryError) as caught:
        channel_to(system, IMITATIONS[name][1]).send(TRIGGER)
    system.close()
    assert not caught.value.permanent


class Slow(JiraCloud):
    def answer(self, asked: Asked) -> Reply:
        if "search" in asked.path:
            self.ending.wait(0.8)
        return super().answer(asked)


@pytest.mark.usefixtures("impatient")
def test_an_attempt_that_took_too_long_opens_nothing_afterwards() -> None:
    system = Slow()
    with pytest.raises(DeliveryError):
        channel_to(system, IMITATIONS["jira"][1]).send(TRIGGER)
    system.wait_for(1)
    system.close()
    assert [] == system.tickets


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        ({"system": "jira"}, "`project`"),
        ({"system": "trello", "project": "x"}, "`user`"),
        ({"system": "zendesk"}, "`user`"),
    ],
)
def test_what_a_system_needs_is_asked_for(options: dict[str, str], missing: str) -> None:
    with pytest.raises(ValidationError, match=missing):
        TicketOptions.model_validate({**options, "url": "https://example.com", "token": "x"})
