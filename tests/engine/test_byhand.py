"""The request of a broken step as a command that may be kept: it can be pasted, and holds nothing secret."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from synthmon.engine.evidence import KEPT
from synthmon.model.run import Outcome
from tests.engine.world import World, expect, probe, request, step

PASSWORD = "correct-horse-battery"


def command(status: int = 500, redact: tuple[str, ...] = (), **more: Any) -> str | None:
    world = World(lambda _request: httpx.Response(status), {"key": PASSWORD})
    made = probe(step("a", request=request(**more), expect=expect(200)), redact_json=redact)
    tested = replace(made, secrets=("key",))
    found = world.run(tested).steps[0]
    assert (found.evidence is None) == (found.outcome is Outcome.PASSED)
    return found.evidence.command if found.evidence else None


def test_it_is_the_request_with_a_variable_for_each_secret() -> None:
    text = command(method="POST", url="/pay", json={"sum": 5}, headers={"Authorization": "Bearer ${{ secrets.key }}"})
    assert text is not None
    first, *lines = text.splitlines()
    assert "# set SYNTHMON_SECRET_KEY first: the secret key" == first
    assert "curl \\" == lines[0]
    assert """--header 'Authorization: Bearer '"$SYNTHMON_SECRET_KEY" """.strip() in text
    assert "http://shop.test/pay" in text
    assert """--data-raw '{"sum":5}'""" in text
    assert PASSWORD not in text


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer written-into-the-probe"},
        {"Authorization": "Basic YWRhOndyaXR0ZW4="},
        {"X-Api-Key": "written-into-the-probe"},
        {"Cookie": "session=written-into-the-probe"},
    ],
    ids=lambda headers: "-".join(headers) + str(len(str(headers))),
)
def test_credentials_that_are_written_into_the_probe_are_hidden_as_in_evidence(headers: dict[str, str]) -> None:
    text = command(headers=headers)
    assert text is not None
    assert "‹hidden›" in text
    assert "written" not in text
    assert "YWRhOndyaXR0ZW4=" not in text


def test_what_is_redacted_is_not_in_it() -> None:
    text = command(method="POST", json={"name": "Ada", "sum": 5}, redact=("$.name",))
    assert text is not None
    assert "Ada" not in text
    assert "the body is without what `redact` names" in text
    text = command(method="POST", raw="Ada owes 5", redact=("$.name",))
    assert text is not None
    assert "Ada" not in text


def test_a_body_that_evidence_would_cut_is_left_out() -> None:
    text = command(method="POST", raw="x" * (KEPT + 1))
    assert text is not None
    assert "xxx" not in text
    assert f"# the body of {KEPT + 1} bytes is left out" in text


def test_a_command_that_would_be_too_long_is_none() -> None:
    assert command(headers={"X-Long": "x" * 8000}) is None


def test_of_a_step_that_passed_nothing_is_kept() -> None:
    assert command(status=200) is None
