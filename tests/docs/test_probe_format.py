"""docs/probe-format.md tells of every key that there is, and of none that there is not; its examples fit the format."""

from __future__ import annotations

from textwrap import indent

import jsonschema_rs
import pytest

from synthmon.probefile.check import check
from synthmon.probefile.format.auth import (
    ApiKeyPart,
    AuthPart,
    AwsPart,
    BasicPart,
    HmacPart,
    OAuth2Part,
    PrivateKeyJwtPart,
    ProfilePart,
)
from synthmon.probefile.format.base import Part
from synthmon.probefile.format.block import BlockPart, InputPart
from synthmon.probefile.format.budget import JourneyBudgetPart, StepBudgetPart
from synthmon.probefile.format.expect import (
    AssertionPart,
    CapturePart,
    ConditionsPart,
    OperationPart,
    OperatorsPart,
    PollPart,
)
from synthmon.probefile.format.network import NetworkPart, ProxyPart, TlsPart
from synthmon.probefile.format.probe import (
    AlertPart,
    AskPart,
    DefaultsPart,
    FailureRatePart,
    LatencyPart,
    ObjectivePart,
    ProbePart,
    RedactPart,
    RegionPart,
    StepPart,
    WhenPart,
    WindowPart,
)
from synthmon.probefile.format.request import (
    FieldPart,
    GraphQLPart,
    IdempotencyPart,
    RawPart,
    RequestPart,
    RetryPart,
)
from synthmon.probefile.problem import render
from synthmon.probefile.reader import read
from synthmon.probefile.schema import block_schema, probe_schema
from tests.docs.models import keys_of, models_of
from tests.docs.pages import Block, page

PAGE = page("probe-format.md")
HEADINGS: dict[type[Part], str] = {
    ProbePart: "The probe",
    StepPart: "Steps",
    JourneyBudgetPart: "latency_budget of a run",
    StepBudgetPart: "latency_budget",
    RequestPart: "request",
    RawPart: "raw",
    FieldPart: "multipart",
    GraphQLPart: "graphql",
    IdempotencyPart: "idempotency_key",
    RetryPart: "retry",
    AuthPart: "auth",
    BasicPart: "basic",
    ApiKeyPart: "api_key",
    HmacPart: "hmac",
    AwsPart: "aws",
    ProfilePart: "Profiles",
    OAuth2Part: "oauth2",
    NetworkPart: "network",
    ProxyPart: "proxy",
    TlsPart: "tls",
    PrivateKeyJwtPart: "private_key_jwt",
    ConditionsPart: "expect",
    OperatorsPart: "Matchers",
    AssertionPart: "assert",
    OperationPart: "openapi",
    CapturePart: "capture",
    PollPart: "poll",
    DefaultsPart: "defaults",
    RegionPart: "Regions and variables",
    RedactPart: "redact",
    ObjectivePart: "slo",
    AlertPart: "alerts",
    WhenPart: "when",
    WindowPart: "Windows",
    FailureRatePart: "failure_rate",
    LatencyPart: "latency",
}
_YAML = [block for block in PAGE.blocks if block.language == "yaml"]
OF_BLOCKS = [block for block in _YAML if "synthmon_block:" in block.text]
EXAMPLES = [block for block in _YAML if block not in OF_BLOCKS]
_VALIDATOR = jsonschema_rs.validator_for(probe_schema(), offline=True)


def completed(text: str) -> str:
    """A part of a probe as a whole one: steps get a probe around them, keys of a probe get what they lack."""
    if text.startswith("synthmon: 1"):
        return text
    body = f"steps:\n{indent(text, '  ')}" if text.startswith("- ") else text
    head = {"synthmon": "1", "name": "example", "interval": "1m", "base_url": "https://shop.example.com"}
    present = {line.partition(":")[0] for line in body.splitlines()}
    present |= {"interval"} if "cron" in present else set()
    return "".join(f"{key}: {value}\n" for key, value in head.items() if key not in present) + body


def test_every_model_of_the_format_has_its_place_in_the_page() -> None:
    assert models_of(ProbePart) == set(HEADINGS)


@pytest.mark.parametrize("model", HEADINGS, ids=lambda model: model.__name__)
def test_the_page_tells_of_exactly_the_keys_that_there_are(model: type[Part]) -> None:
    assert sorted(PAGE.keys(HEADINGS[model])) == sorted(keys_of(model))


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: f"line {block.line}")
def test_every_example_has_the_right_shape(block: Block) -> None:
    reading = read(completed(block.text).encode(), f"{PAGE.path.name}, line {block.line}")
    assert reading.document is not None, render(reading.problems)

    check(reading.document, ProbePart, reading.findings, {})

    assert render(reading.problems) == ""
    assert [error.message for error in _VALIDATOR.iter_errors(reading.document.data)] == []


def test_the_page_tells_of_exactly_the_keys_of_blocks() -> None:
    assert sorted(PAGE.keys("Blocks")) == sorted(set(keys_of(BlockPart)) - set(keys_of(AskPart)))
    assert sorted(PAGE.keys("inputs")) == sorted(keys_of(InputPart))


def test_the_example_of_a_block_has_the_right_shape() -> None:
    (block,) = OF_BLOCKS
    reading = read(block.text.encode(), f"{PAGE.path.name}, line {block.line}")
    assert reading.document is not None, render(reading.problems)

    check(reading.document, BlockPart, reading.findings, {})

    assert render(reading.problems) == ""
    assert jsonschema_rs.validator_for(block_schema(), offline=True).is_valid(reading.document.data)


def test_the_first_example_shows_nearly_every_key_of_a_probe() -> None:
    document = read(EXAMPLES[0].text.encode(), "example").document

    assert document is not None
    assert set(keys_of(ProbePart)) - set(document.data) == {"auth", "cron", "network", "timezone", "trust"}


def test_the_problem_in_the_page_is_told_in_these_words() -> None:
    text = next(block.text for block in PAGE.blocks if block.language == "text")
    lines = "\n" * 83 + "finally:\n"

    reading = read(lines.encode(), "probes/checkout.yaml")
    assert reading.document is not None
    check(reading.document, ProbePart, reading.findings, {})

    unknown = [problem for problem in reading.findings.problems() if problem.code == "unknown-key"]
    assert text == render(unknown) + "\n"
