"""The recipes for ticket systems as the page shows them, through the sender: opened, commented on, closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import yaml

from synthmon.alerting.registry import CHANNEL_OPTIONS, build_channel
from synthmon.model.incident import Occasion
from tests.alerting.receivers import SECRETS, context, notification
from tests.alerting.test_documented import block, section
from tests.alerting.test_faults import Desk
from tests.alerting.ticket_systems import IMITATIONS, Imitation

RECIPES: dict[str, dict[str, Any]] = {
    channel["ticket"]["system"]: channel["ticket"]
    for channel in yaml.safe_load(block(section("ticket"), "yaml"))["channels"].values()
}
STANDINS = {"azure_devops": "azure-devops"}
NAMES = ("user", "project", "type")  # those of the stand-in differ from those on the page


@pytest.fixture(params=sorted(RECIPES))
def system(request: pytest.FixtureRequest) -> Iterator[tuple[str, Imitation]]:
    made = IMITATIONS[STANDINS.get(request.param, request.param)][0]()
    yield request.param, made
    made.close()


def desk_with(name: str, system: Imitation) -> Desk:
    """The channel of the page's recipe, at the stand-in's address and with its names and token."""
    known = IMITATIONS[STANDINS.get(name, name)][1]
    written = {key: value for key, value in RECIPES[name].items() if key != "ca_file"}
    written |= {key: known[key] for key in NAMES if key in written and key in known}
    written |= {"url": system.url, "token": "${{ secrets.token }}"}
    options = CHANNEL_OPTIONS["ticket"].model_validate(written)
    return Desk(build_channel("ticket", "pager", options, context(token=SECRETS["token"])))


def test_there_is_a_recipe_for_each_system() -> None:
    assert {"jira", "servicenow", "zendesk", "trello", "azure_devops"} == set(RECIPES)


def test_the_recipe_opens_comments_and_closes_one_ticket(system: tuple[str, Imitation]) -> None:
    name, there = system
    desk = desk_with(name, there)
    trigger = notification()
    taken = notification(Occasion.ACKNOWLEDGE, title="checkout: acknowledged by maria", decided_at=at_(desk, 60))
    raised = notification(sequence=1, title="checkout is down: now in two regions", decided_at=at_(desk, 90))
    over = notification(Occasion.RESOLVE, decided_at=at_(desk, 120))
    for told in (trigger, taken, raised, over):
        desk.store.owe([told])
        desk.pass_time(60)
    (ticket,) = there.tickets
    assert ticket.title.startswith("checkout is down")
    said = "\n".join(ticket.comments)
    assert [True] * 3 == [text in said for text in ("by maria", "in two regions", "is up again after 12 min")]
    assert (True, 0, []) == (ticket.done, desk.store.owed(), [one.error for one in desk.said if one.error])


def test_a_reopened_incident_gets_a_ticket_of_its_own_after_the_first_was_closed(system: tuple[str, Imitation]) -> None:
    name, there = system
    desk = desk_with(name, there)
    for generation in (1, 2):
        for occasion in (Occasion.TRIGGER, Occasion.RESOLVE):
            told = replace(notification(occasion), generation=generation, incident_id=f"incident-{generation}")
            desk.store.owe([replace(told, created_at=desk.now)])
            desk.pass_time(60)
    assert [True, True] == [ticket.done for ticket in there.tickets]


def test_a_system_that_is_away_for_a_while_gets_one_ticket_all_the_same(system: tuple[str, Imitation]) -> None:
    name, there = system
    desk = desk_with(name, there)
    there.broken = [("POST", 503)] * 3
    desk.store.owe([notification(), notification(Occasion.RESOLVE)])
    desk.pass_time(600)
    assert (1, True, 0) == (len(there.tickets), there.tickets[0].done, desk.store.owed())


def at_(desk: Desk, seconds: float) -> Any:
    return desk.now + timedelta(seconds=seconds)
