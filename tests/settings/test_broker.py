"""SYNTHMON_BROKER_URL: taken as a secret, and never shown, least of all where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthmon.probefile.problem import render
from synthmon.settings import Settings, load_settings

HELP = (
    "   = help: write it like rediss://:password@redis.example.com:6379/0 "
    "or amqps://user:password@rabbit.example.com/synthmon"
)


def load(url: str) -> tuple[Settings, str]:
    settings, problems = load_settings({"SYNTHMON_BROKER_URL": url}, None, Path("/nowhere"))
    return settings, render(problems)


def test_without_a_broker_the_agent_makes_its_runs_itself() -> None:
    assert load("")[0].broker_url is None


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:6379/0",
        "rediss://:hunter2@redis.example.com:6380/1?ssl_cert_reqs=required",
        "amqp://guest:hunter2@rabbit/synthmon",
        "amqps://rabbit.example.com",
    ],
)
def test_an_address_is_a_secret(url: str) -> None:
    settings, problems = load(url)
    assert settings.broker_url is not None
    assert (url, "") == (settings.broker_url.reveal(), problems)
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("hunter2", "does not begin with one of redis://, rediss://, amqp://, amqps://"),
        ("http://hunter2@redis", "does not begin with one of redis://, rediss://, amqp://, amqps://"),
        ("redis://", "names no host"),
        ("redis://:hunter2@redis:port/0", "is not an address"),
        (
            "rediss://:hunter2@redis?ssl_cert_reqs=none",
            "asks for a connection whose certificate nobody checks (ssl_cert_reqs)",
        ),
        (
            "rediss://:hunter2@redis?ssl_check_hostname=False",
            "asks for a connection whose certificate may be another host's (ssl_check_hostname)",
        ),
    ],
)
def test_what_is_wrong_with_an_address_is_told_without_showing_it(url: str, why: str) -> None:
    settings, problems = load(url)
    assert f"error[broker]: SYNTHMON_BROKER_URL {why}\n  --> the environment\n{HELP}" == problems
    assert settings.broker_url is None
