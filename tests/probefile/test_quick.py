"""What is read without pydantic is what pydantic reads, for every file and every change of one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from synthmon.probefile.format import careful, quick
from synthmon.probefile.format.base import Part
from synthmon.probefile.format.block import BlockPart
from synthmon.probefile.format.probe import ProbePart
from synthmon.probefile.reader import read
from synthmon.settings.format import ConfigPart
from tests.depth import times
from tests.docs.models import models_of

ROOT = Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("probes/**/*.yaml"), *ROOT.glob("tests/data/*/**/*.yaml")])
RIGHT = sorted([*ROOT.glob("probes/*.yaml"), *ROOT.glob("tests/data/good/*.yaml")])

EVERYTHING: dict[str, Any] = {
    "synthmon_config": 1,
    "probes": "p",
    "regions": {"eu": {"title": "E", "vars": {"a": [1]}, "secrets": {"a": "b"}, "network": {"ip_version": "6"}}},
    "channels": {"ops": {"console": {}}},
    "routes": [{"match": {"hours": "08:00-18:00", "days": ["mon-fri"], "severity": "page"}, "notify": ["ops"]}],
    "escalations": {"ops": [{"after": "15m", "notify": ["ops"]}]},
    "maintenance": [{"name": "n", "rrule": "FREQ=WEEKLY;BYDAY=SU;BYHOUR=2", "duration": "1h", "timezone": "UTC"}],
    "dead_man": {"url": "${{ secrets.x }}", "every": "1m"},
    "reports": {"daily": {"at": "07:30", "to": ["a@b"]}, "weekly": [{"at": "08:00", "weekday": "mon"}]},
    "retention": {"runs": "90d"},
    "web": {
        "bind": "127.0.0.1:1",
        "open": ["healthz"],
        "proxies": ["10.0.0.0/8"],
        "public": {"groups": [{"components": [{"title": "C", "probes": ["a"]}]}]},
        "oidc": {"issuer": "https://x", "client_id": "c", "roles": {"viewer": ["a"]}},
    },
    "reach": {"allow": [{"to": "[::1]:80", "reason": "r"}], "imported": ["*.example.com"]},
    "vault": {"address": "https://v", "login": {"token": "${{ secrets.t }}"}, "secrets": {"a": "b#c"}},
    "traces": {"header": True, "otlp": {"endpoint": "https://o", "headers": {"a": "${{ secrets.b }}"}}},
}
JOURNEY: dict[str, Any] = {
    "synthmon": 1,
    "name": "a",
    "cron": "*/5 8-18 * * 1-5",
    "timezone": "UTC",
    "latency_budget": {"degraded": "1s"},
    "regions": {"eu": {"vars": {"a": 1}}},
    "network": {"hosts": {"Shop.example.com": ["10.0.0.7"]}, "proxy": {"url": "http://p"}, "resolver": "10.0.0.53"},
    "auth": {"p": {"oauth2": {"token_url": "/t", "client_id": "c", "scopes": ["s"], "grant": "password"}}},
    "defaults": {"tls": {"min_version": 1.3, "verify": False, "reason": "r"}, "redirects": 3},
    "steps": [
        {
            "id": "one",
            "if": True,
            "request": {
                "url": "/x",
                "method": "POST",
                "headers": {"X-A": "b"},
                "multipart": {"f": [{"text": "t"}, 1]},
                "idempotency_key": {"header": "X-Id"},
            },
            "auth": {"hmac": {"key": "k", "string_to_sign": "s", "algorithm": "sha1"}},
            "retry": {"attempts": 2, "on": ["timeout", "502-504", 503]},
            "expect": {
                "status": [200, "2xx"],
                "json": {"$.a": {"each": {"any": {"length": {"at_least": 1}}}}, "$.b": None},
                "text": [{"contains": "x"}, "y"],
                "schema": {"type": "object"},
                "openapi": {"file": "f", "operation": "o"},
                "assert": ["${{ 1 == 1 }}", {"that": "${{ true }}", "message": "m"}],
            },
            "poll": {"every": "1s", "until": {"status": "2xx"}},
            "capture": {"t": "$.t", "u": {"header": "X", "default": None, "secret": True}, "s": {"status": True}},
        },
        {"id": "two", "uses": "blocks/b.yaml", "with": {"a": {"b": [1.5, None]}}},
    ],
    "redact": {"json": ["$.a"]},
    "slo": [{"name": "s", "objective": "99.9%", "window": "30d"}],
    "alerts": [
        {"when": {"failures": {"at_least": 3, "of": 5}, "regions": "any"}, "severity": "page"},
        {"when": {"failure_rate": {"over": "5m", "more_than": "10%"}}, "notify": ["ops"]},
        {"when": {"latency": {"over": "15m", "above": "1s", "percentile": 95}, "regions": 2}},
    ],
}


def kind_of(data: object) -> type[Part]:
    if isinstance(data, dict) and "synthmon_config" in data:
        return ConfigPart
    return BlockPart if isinstance(data, dict) and "synthmon_block" in data else ProbePart


def written() -> Iterator[Any]:
    for path in FILES:
        document = read(path.read_bytes(), path.name).document
        if document is not None:
            yield document.data


DATA = [JOURNEY, EVERYTHING, *written()]
WORDS = sorted({word for part in (ProbePart, ConfigPart) for model in models_of(part) for word in model.keys_by_word})
VALUES = st.sampled_from(
    [
        *(None, True, False, 0, 1, -1, 3, 4, 200, 1e3, 1.2, time(7), "", " ", "x", "none", "\ud800", "é"),
        *("1s", "2xx", "$.a", "10.0.0.1", "${{ vars.a }}", "a@b", "GET /", "99%", [], {}, [1], ["x"], [["x"]], [None]),
        *({"x": 1}, {"": ""}, {"id": "a"}, {"equals": 1}, {"degraded": "1s"}, [{"id": "b", "request": "GET /"}]),
    ]
)


def hold(data: Any) -> Part | None:
    """What the one reads, the other reads alike. Some of what is right may be left to pydantic: `synthmon: true`."""
    kind = kind_of(data)
    try:
        expected: Part | None = careful.read(kind, copy.deepcopy(data))
    except ValidationError:
        expected = None
    found = quick.read(kind, data)
    assert found in (None, expected)
    return found


@pytest.mark.parametrize("number", range(len(DATA)))
def test_every_file_is_read_alike(number: int) -> None:
    hold(DATA[number])


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_what_is_right_is_read_without_pydantic(path: Path) -> None:
    document = read(path.read_bytes(), path.name).document
    assert document is not None
    assert quick.read(kind_of(document.data), document.data) is not None


@pytest.mark.parametrize("data", [JOURNEY, EVERYTHING], ids=["journey", "configuration"])
def test_whatever_a_file_can_say_is_read_without_pydantic(data: Any) -> None:
    assert quick.read(kind_of(data), data) is not None


@st.composite
def changed(draw: st.DrawFn) -> Any:
    """A document with a value, a word or an entry of it changed somewhere."""
    data = copy.deepcopy(draw(st.sampled_from(DATA[:2]) | st.sampled_from(DATA)))
    here: Any = data
    while isinstance(here, dict | list) and here:
        place = draw(st.sampled_from(list(here) if isinstance(here, dict) else range(len(here))))
        if not isinstance(here[place], dict | list) or not here[place] or draw(st.integers(0, 4)) == 0:
            break
        here = here[place]
    else:
        return data
    way = draw(st.integers(0, 3))
    if way == 0:
        del here[place]
    elif way == 1 and isinstance(here, dict):
        here[draw(st.sampled_from(WORDS) | st.sampled_from(["x", "json_", ""]))] = draw(VALUES)
    else:
        here[place] = draw(VALUES)
    return data


@settings(max_examples=times(100))
@given(changed())
@example({"synthmon": True, "name": "a", "interval": "1m", "steps": []})
@example({"synthmon": 1.0, "name": "a", "interval": "1m", "steps": []})
@example([])
@example(None)
def test_every_change_is_read_alike(data: Any) -> None:
    hold(data)


def test_a_part_holds_what_was_said_and_never_changes() -> None:
    part = quick.read(ProbePart, {"synthmon": 1, "name": "a", "interval": "1m", "steps": []})
    assert part is not None
    assert (part.name, part.interval, part.cron) == ("a", 60.0, None)
    assert vars(part).keys() == {"synthmon", "name", "interval", "steps"}
    with pytest.raises(AttributeError):
        part.name = "b"
