"""docs/channels.md: every kind and key is in it, and what it shows is what happens."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from synthmon.alerting import alertmanager, jsm, pagerduty, slackblocks, teams, webhook, wording
from synthmon.alerting.registry import CHANNEL_OPTIONS
from synthmon.model.incident import Occasion
from synthmon.model.probe import Severity
from synthmon.probefile.problem import render
from synthmon.settings import load_settings
from synthmon.settings.schema import config_schema
from tests.alerting.receivers import message, notification
from tests.making import at

PAGE = (Path(__file__).parents[2] / "docs" / "channels.md").read_text(encoding="utf-8")
KINDS = sorted(CHANNEL_OPTIONS)


def section(name: str) -> str:
    """What stands under the heading, up to the next one of its rank."""
    found = re.search(rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {name!r}"
    return found[1]


def block(text: str, language: str) -> str:
    found = blocks(text, language)
    assert found, f"there is no block of {language}"
    return found[0]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def keys(kind: str) -> set[str]:
    return {field.alias or name for name, field in CHANNEL_OPTIONS[kind].model_fields.items()}


def without_cuts(shown: Any, real: Any) -> Any:
    """The real value, as far as the page shows it: a text is cut at `…`, of an object some keys are left out."""
    if isinstance(shown, dict) and isinstance(real, dict):
        return {name: without_cuts(shown[name], real[name]) for name in shown}
    if isinstance(shown, list) and isinstance(real, list) and len(shown) == len(real):
        return [without_cuts(*pair) for pair in zip(shown, real, strict=True)]
    if isinstance(shown, str) and "…" in shown and isinstance(real, str):
        return shown if real.startswith(shown.split("…")[0]) else real
    return real


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_row_an_example_and_a_section_with_each_of_its_keys(kind: str) -> None:
    assert f"| [`{kind}`](#{kind}) |" in PAGE
    rows = set(re.findall(r"^\| `(\w+)` \|", section(kind), re.MULTILINE))
    assert keys(kind) == rows
    pages = [yaml.safe_load(shown)["channels"].values() for shown in blocks(section(kind), "yaml")]
    assert keys(kind) == {key for examples in pages for example in examples for key in example[kind]}


def test_what_stands_beside_the_kind_is_described_too() -> None:
    channels = config_schema()["properties"]["channels"]["patternProperties"]
    (pattern,) = channels.values()
    beside = {key for one in pattern["oneOf"] for key in one["properties"]} - set(CHANNEL_OPTIONS)
    assert all(f"| `{key}` |" in PAGE for key in beside)


@pytest.mark.parametrize("example", re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
def test_every_example_is_accepted(example: str, tmp_path: Path) -> None:
    backup = "" if "operations-mail:" in example else "  operations-mail: {console: {}}\n"
    (tmp_path / "synthmon.yaml").write_text(f"synthmon_config: 1\n{example}{backup}", encoding="utf-8")
    _, problems = load_settings({}, None, tmp_path)
    assert "" == render(problems)


def test_every_occasion_that_is_told_is_named() -> None:
    [said] = re.findall(r"There are five occasions: .*?\. ", PAGE, re.DOTALL)
    assert set(re.findall(r"`(\w+)`", said)) == {one.value for one in Occasion if one is not Occasion.LOOK}


def test_the_message_that_is_shown_is_the_one_that_is_sent() -> None:
    assert wording.plain(message()) + "\n" == block(section("What is sent"), "")


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("webhook", lambda: webhook.document(notification())),
        ("slack", lambda: slackblocks.document(notification())),
        ("alertmanager", lambda: alertmanager.documents(notification(), at(70), {"team": "payments"})[0]),
        (
            "jira_service_management",
            lambda: jsm.document(notification(), {Severity.PAGE: "P1", Severity.TICKET: "P3"}),
        ),
        ("teams", lambda: teams.document(message())),
        ("pagerduty", lambda: pagerduty.document(notification(), "a key")),
    ],
)
def test_the_bodies_that_are_shown_are_those_that_are_sent(kind: str, make: Callable[[], Any]) -> None:
    shown, real = json.loads(block(section(kind), "json")), make()
    assert shown == {**without_cuts(shown, real), **({"routing_key": "…"} if kind == "pagerduty" else {})}
    assert set(shown) == set(real)


def test_the_code_that_is_shown_knows_a_genuine_message_from_a_forged_altered_or_old_one() -> None:
    names: dict[str, Any] = {}
    exec(block(section("webhook"), "python"), names)  # the page's own code is what is on trial
    is_genuine = names["is_genuine"]
    body = json.dumps(webhook.document(notification(Occasion.RESOLVE))).encode()
    sent = int(at(70).timestamp())
    header = webhook.sign(body, b"key", sent)

    assert is_genuine(body, header, "key", sent + 10)
    assert not is_genuine(body, header, "another", sent + 10)
    assert not is_genuine(body + b" ", header, "key", sent + 10)
    assert not is_genuine(body, header, "key", sent + 301)
    assert not is_genuine(body, header.replace(str(sent), str(sent + 290)), "key", sent + 301)
    assert not any(is_genuine(body, forged, "key", sent) for forged in ("", "t=", "t=1,v1=é", f"t={sent}", "v1=00"))
