"""docs/configuration.md tells of every key, every kind of channel and every variable; its examples are right."""

from __future__ import annotations

from pathlib import Path

import jsonschema_rs
import pytest

from synthmon.alerting.registry import CHANNEL_OPTIONS
from synthmon.probefile.format.base import Part
from synthmon.probefile.format.network import NetworkPart, ProxyPart
from synthmon.probefile.problem import render
from synthmon.probefile.reader import read
from synthmon.settings import load_settings
from synthmon.settings.channels import BACKUP, CANARY
from synthmon.settings.environment import VARIABLES
from synthmon.settings.format import (
    AllowancePart,
    ConfigPart,
    DailyPart,
    DeadManPart,
    LevelPart,
    MaintenancePart,
    MatchPart,
    ReachPart,
    RegionPart,
    ReportMatchPart,
    ReportsPart,
    RetentionPart,
    RoutePart,
    SelectionPart,
    WebPart,
    WeeklyPart,
)
from synthmon.settings.publicformat import PublicComponentPart, PublicGroupPart, PublicPart
from synthmon.settings.schema import config_schema
from synthmon.settings.tracesformat import OtlpPart, TracesPart
from synthmon.settings.vaultformat import AppRolePart, KubernetesPart, VaultLoginPart, VaultPart
from synthmon.settings.webformat import OidcPart, RolesPart, SessionsPart
from tests.docs.models import keys_of, models_of
from tests.docs.pages import Block, page

PAGE = page("configuration.md")
HEADINGS: dict[type[Part], str] = {
    ConfigPart: "The file",
    RegionPart: "regions",
    RoutePart: "routes",
    MatchPart: "match",
    LevelPart: "escalations",
    MaintenancePart: "maintenance",
    SelectionPart: "match of a maintenance",
    ReportsPart: "reports",
    RetentionPart: "retention",
    DailyPart: "daily and monthly",
    WeeklyPart: "weekly",
    ReportMatchPart: "match of a report",
    DeadManPart: "dead_man",
    WebPart: "web",
    PublicPart: "public",
    PublicGroupPart: "groups",
    PublicComponentPart: "components",
    NetworkPart: "network",
    ProxyPart: "proxy",
    ReachPart: "reach",
    AllowancePart: "allow",
    TracesPart: "traces",
    OtlpPart: "otlp",
    VaultPart: "vault",
    VaultLoginPart: "login",
    AppRolePart: "approle",
    KubernetesPart: "kubernetes",
    SessionsPart: "sessions",
    OidcPart: "oidc",
    RolesPart: "roles",
}
EXAMPLES = [block for block in PAGE.blocks if block.language == "yaml"]


def test_every_model_of_the_format_has_its_place_in_the_page() -> None:
    assert models_of(ConfigPart) == set(HEADINGS)


@pytest.mark.parametrize("model", HEADINGS, ids=lambda model: model.__name__)
def test_the_page_tells_of_exactly_the_keys_that_there_are(model: type[Part]) -> None:
    assert sorted(PAGE.keys(HEADINGS[model])) == sorted(keys_of(model))


def test_the_page_tells_of_exactly_the_kinds_of_channel_that_there_are() -> None:
    assert sorted(PAGE.keys("channels")) == sorted([*CHANNEL_OPTIONS, BACKUP, CANARY])


@pytest.mark.parametrize("kind", CHANNEL_OPTIONS)
def test_the_page_tells_of_exactly_the_options_of_a_channel(kind: str) -> None:
    assert kind in PAGE.headings
    assert sorted(PAGE.keys(kind)) == sorted(
        field.alias or name for name, field in CHANNEL_OPTIONS[kind].model_fields.items()
    )


def test_the_page_tells_of_exactly_the_variables_that_there_are() -> None:
    assert sorted(PAGE.keys("Environment")) == sorted(VARIABLES)


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: f"line {block.line}")
def test_an_example_is_right_for_the_loader_and_for_the_schema(block: Block, tmp_path: Path) -> None:
    (tmp_path / "synthmon.yaml").write_text(block.text, encoding="utf-8")

    settings, problems = load_settings({}, None, tmp_path)
    document = read(block.text.encode(), "synthmon.yaml", "configuration").document

    assert render(problems) == ""
    assert settings.channels.keys() == settings.installation.channels
    assert document is not None
    validator = jsonschema_rs.validator_for(config_schema(), offline=True)
    assert [error.message for error in validator.iter_errors(document.data)] == []


def test_the_first_example_shows_every_key_and_every_kind_of_channel() -> None:
    document = read(EXAMPLES[0].text.encode(), "synthmon.yaml", "configuration").document

    assert document is not None
    assert set(document.data) == set(keys_of(ConfigPart))
    kinds = {kind for channel in document.data["channels"].values() for kind in channel}
    assert kinds == {*CHANNEL_OPTIONS, BACKUP, CANARY}


def test_the_problems_in_the_page_are_told_in_these_words(tmp_path: Path) -> None:
    (tmp_path / "synthmon.yaml").write_text(
        "synthmon_config: 1\nchannels:\n  ops-mail: {console: {}}\n\n\n\n\nfallback: ops_mail\n", encoding="utf-8"
    )
    shown = next(block.text for block in PAGE.blocks if block.language == "text").split("\n\n")

    _, problems = load_settings({"SYNTHMON_DATABASE_URL_FILE": "/nowhere/url"}, None, tmp_path)

    assert sorted(text.rstrip() for text in shown) == sorted(render(problems).split("\n\n"))
