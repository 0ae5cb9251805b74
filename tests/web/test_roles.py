"""Every route, asked by everybody: what is declared beside it is what holds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from synthmon.model.person import NOBODY, Caller, Role, Way
from synthmon.web.access import Need
from tests.web.conftest import Site

OPEN = Caller(Way.LOOPBACK, Role.OPERATOR)


@pytest.mark.parametrize(
    ("caller", "may"),
    [
        (NOBODY, {Need.PUBLIC}),
        (Caller(Way.USER, Role.VIEWER, "ada"), {Need.PUBLIC, Need.VIEWER}),
        (OPEN, {Need.PUBLIC, Need.VIEWER, Need.OPERATOR}),
        (Caller(Way.COMMAND_LINE, Role.ADMIN), set(Need)),
    ],
)
def test_a_role_includes_those_below_it(caller: Caller, may: set[Need]) -> None:
    assert may == {need for need in Need if need.is_met_by(caller)}


def test_whoever_is_known_names_nobody_else() -> None:
    assert "ada" == Caller(Way.USER, Role.OPERATOR, "ada").named(" Mallory ", "somebody")
    assert "Mallory" == OPEN.named(" Mallory ", "somebody")
    assert "somebody" == OPEN.named("  ", "somebody")
    assert "x" * 80 == OPEN.named("x" * 81, "somebody")


def test_on_loopback_nobody_is_an_admin(make_site: Callable[..., Site]) -> None:
    answer = make_site().client.get("/api/v1/agents/tokens")
    assert (403, {"error": "This is for the role admin; yours is operator."}) == (answer.status_code, answer.json())
