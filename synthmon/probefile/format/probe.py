"""The model of a whole probe file."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from synthmon.model.condition import MOST_RUNS
from synthmon.probefile.format.auth import Auth, ProfilePart
from synthmon.probefile.format.base import (
    BY_SHAPE,
    LIST,
    MAPPING,
    NUMBER,
    TEXT,
    TRUTH,
    Maybe,
    Part,
    Tree,
    key,
    required,
)
from synthmon.probefile.format.budget import JourneyBudget, StepBudget
from synthmon.probefile.format.expect import Capture, ConditionsPart, PollPart
from synthmon.probefile.format.marks import Limits, Tag
from synthmon.probefile.format.network import NetworkPart, Tls
from synthmon.probefile.format.request import MAX_REDIRECTS, RequestPart, RetryPart
from synthmon.probefile.format.scalars import (
    Duration,
    Excess,
    HeaderName,
    Identifier,
    JsonPath,
    Label,
    Name,
    Percent,
    SecretName,
    Share,
    Text,
    Verbatim,
    WebAddress,
)
from synthmon.probefile.format.times import CronExpression, TimeZone

MAX_RUNS = 100


class AskPart(Part):
    """What a step and a block have in common: one request and what must be true of its answer."""

    name: Maybe[Label] = key("What the step does, in words; made from the id when left out.")
    if_: Maybe[Annotated[Annotated[Text, Tag(TEXT)] | Annotated[bool, Tag(TRUTH)], BY_SHAPE]] = key(
        "The step is skipped unless this is true.", alias="if", example="${{ captures.next_page != null }}"
    )
    allow_failure: Maybe[bool] = key("Whether the step may fail, or be slow, without that counting for the run.")
    request: Maybe[Annotated[Annotated[Text, Tag(TEXT)] | Annotated[RequestPart, Tag(MAPPING)], BY_SHAPE]] = key(
        "What is asked: `GET /me`, or a mapping.", example="GET /me"
    )
    auth: Maybe[Auth] = key("As whom: `none`, a profile's name, or a mapping such as `{bearer: …}`.")
    timeout: Maybe[Duration] = key("Hard limit for one exchange; past it the step has failed. 15s when left out.")
    latency_budget: Maybe[StepBudget] = key(
        "Slower than this is degraded; or a mapping, such as `{degraded: 800ms, failed: 3s}`.", example="800ms"
    )
    expect: Maybe[ConditionsPart] = key("What must be true of the answer; `status: 2xx` is assumed.")
    warn: Maybe[ConditionsPart] = key("What only makes the step degraded where it is not true of the answer.")
    namespaces: Maybe[dict[Identifier, Verbatim]] = key(
        "What the prefixes of XPaths stand for, beside those of `defaults`.", example="{o: urn:example:orders}"
    )
    poll: Maybe[PollPart] = key("Repeat the request until something is true.")
    retry: Maybe[RetryPart] = key(
        "Send the request again when no answer came, or one that says that the server is in trouble.",
        example="{attempts: 2}",
    )
    tls: Maybe[Tls] = key(
        "How TLS is spoken: our certificate, whose certificates are trusted; or `none`, for what `defaults` says.",
        example='{client_certificate: "${{ secrets.certificate }}", client_key: "${{ secrets.key }}"}',
    )


class StepPart(AskPart):
    """One step of a journey: a request of its own, or that of a block."""

    schema_extra: ClassVar[dict[str, Any]] = {"oneOf": [{"required": ["request"]}, {"required": ["uses"]}]}

    id: Name = required("Names the step: unique in steps and cleanup.", example="log_in")
    uses: Maybe[Text] = key("The block whose request this step makes.", example="blocks/log_in.yaml")
    with_: Maybe[dict[Identifier, Tree]] = key(
        "What the block gets for its inputs.", alias="with", example='{user: "${{ vars.user }}"}'
    )
    capture: Maybe[dict[Identifier, Capture]] = key("Values taken from the answer for later steps.")


class DefaultsPart(Part):
    """What steps share."""

    timeout: Maybe[Duration] = key("Hard limit for one exchange.")
    headers: Maybe[dict[HeaderName, Text]] = key("Headers sent with every request.")
    auth: Maybe[Auth] = key("As whom every step asks; `auth: none` switches it off for a step.")
    namespaces: Maybe[dict[Identifier, Verbatim]] = key(
        "What the prefixes of XPaths stand for.", example="{o: urn:example:orders}"
    )
    redirects: Maybe[int] = key("How many redirects every step follows.", ge=0, le=MAX_REDIRECTS)
    retry: Maybe[RetryPart] = key("For every step that may be sent again.", example="{attempts: 2}")
    tls: Maybe[Tls] = key("How TLS is spoken by every step, and with token endpoints.")


class RegionPart(Part):
    """What is different in one region."""

    vars: Maybe[dict[Identifier, Tree]] = key("Values that win over the probe's own `vars` there.")
    network: Maybe[NetworkPart] = key("How targets are reached from there; wins over the probe's own `network`.")


class RedactPart(Part):
    """What never leaves the engine."""

    json_: Maybe[list[JsonPath]] = key("Paths into JSON bodies whose values are blanked out.", alias="json")


class ObjectivePart(Part):
    """A service level objective."""

    name: Name = required("Names the objective.", example="availability")
    objective: Percent = required("The share of time that must be good.", example="99.9%")
    window: Duration = required("Over how long.", example="30d")
    within: Maybe[Label] = key("Count slower runs as bad: `latency_budget`, or a duration.", example="latency_budget")


class WindowPart(Part):
    """So many bad runs of the last so many."""

    at_least: int = required("How many bad runs.", ge=1, le=MAX_RUNS)
    of: int = required("Of how many judged runs.", ge=1, le=MAX_RUNS)


Count = Annotated[
    Annotated[int, Limits(ge=1, le=MAX_RUNS), Tag(NUMBER)] | Annotated[WindowPart, Tag(MAPPING)], BY_SHAPE
]
"""A number means so many in a row."""


class FailureRatePart(Part):
    """A share of the runs of a sliding window failed."""

    over: Duration = required("How long the window is.", example="5m")
    more_than: Share = required("The share of runs that may fail.", example="10%")
    min_runs: Maybe[int] = key(
        "With fewer runs nothing is said; 5 when left out, or more, so that one failed run decides nothing.",
        ge=1,
        le=MOST_RUNS,
    )


class LatencyPart(Part):
    """A figure of the latencies of a sliding window."""

    over: Duration = required("How long the window is.", example="15m")
    above: Maybe[Duration] = key("How slow is too slow.", example="1s")
    above_baseline: Maybe[Excess] = key(
        "Instead of `above`: so much slower than on the seven days before is too slow.", example="50%"
    )
    percentile: Maybe[int] = key("Which percentile; the mean when left out.", example="95", ge=1, le=99)
    min_runs: Maybe[int] = key(
        "With fewer runs nothing is said; 5 when left out, or more, so that one slow run decides nothing.",
        ge=1,
        le=MOST_RUNS,
    )


class WhenPart(Part):
    """When somebody is told: one condition."""

    failures: Maybe[Count] = key("Failed runs in a row in a region, or `{at_least: 3, of: 5}`.", example="2")
    failure_rate: Maybe[FailureRatePart] = key(
        "The share of failed runs in a region.", example="{over: 30m, more_than: 10%}"
    )
    degraded: Maybe[Count] = key("Degraded runs in a row in a region, or `{at_least: 3, of: 5}`.", example="3")
    latency: Maybe[LatencyPart] = key("Latencies in a region.", example="{percentile: 95, over: 30m, above: 1s}")
    cleanup_failures: Maybe[int] = key(
        "Runs in a row in a region whose cleanup failed.", example="3", ge=1, le=MAX_RUNS
    )
    no_data: Maybe[Duration] = key("No run has judged the target in any region for so long.", example="45m")
    slo: Maybe[Name] = key("With `burn_rate`: which objective of `slo`.", example="availability")
    burn_rate: Maybe[Literal["fast", "slow"]] = key(
        "With `slo`: its error budget is used up `fast` (in hours or days) or `slow` (before its window ends).",
        example="fast",
    )
    regions: Maybe[
        Annotated[
            Annotated[int, Limits(ge=1), Tag(NUMBER)] | Annotated[Literal["majority", "any"], Tag(TEXT)], BY_SHAPE
        ]
    ] = key(
        "In how many regions: a number, `majority` (of those that are known; the default), or `any` "
        "(the default of `cleanup_failures`)."
    )


class AlertPart(Part):
    """Who is told, and when."""

    name: Maybe[Label] = key("What the alert says is wrong.", example="Login is down")
    when: WhenPart = required("When somebody is told.", example="{failures: 2}")
    severity: Maybe[Literal["page", "ticket"]] = key(
        "`page` wakes somebody, `ticket` waits for the morning; failures and fast burns page when left out, the rest "
        "makes a ticket."
    )
    notify: Maybe[list[Name]] = key("Channels of synthmon.yaml; its `routes` decide when left out.")
    runbook: Maybe[WebAddress] = key("What to do; the probe's `runbook` when left out.")


class ProbePart(Part):
    """A probe: one transaction that a customer makes, when and where it runs, what is good, who is told."""

    schema_extra: ClassVar[dict[str, Any]] = {"oneOf": [{"required": ["interval"]}, {"required": ["cron"]}]}

    synthmon: Literal[1] = required("The version of this format.", example="1")
    name: Name = required("The probe's identity: its history hangs on it.", example="login")
    title: Maybe[Label] = key("What people call it; the name when left out.")
    description: Maybe[Label] = key("What it does, for people.")
    owner: Maybe[Label] = key("Whose it is.", example="team-identity")
    runbook: Maybe[WebAddress] = key("What to do when it is down.")
    depends_on: Maybe[list[Name]] = key(
        "Probes whose outage explains one of this: while one of them is down, nobody is told of this one.",
        example="[login]",
    )
    tags: Maybe[list[Label]] = key("Words to select it by.")
    interval: Maybe[Duration] = key("How often it runs.", example="1m")
    cron: Maybe[CronExpression] = key("When it runs, in place of `interval`.", example='"*/5 8-18 * * 1-5"')
    timezone: Maybe[TimeZone] = key("By whose clocks `cron` is meant; UTC when left out.", example="Europe/Berlin")
    timeout: Maybe[Duration] = key("Hard limit for the steps of a run; 60s, or the interval if that is shorter.")
    latency_budget: Maybe[JourneyBudget] = key(
        "A run that takes longer is degraded; or a mapping, such as `{degraded: 8s, failed: 30s}`.", example="1500ms"
    )
    regions: Maybe[
        Annotated[
            Annotated[list[Name], Tag(LIST)] | Annotated[dict[Name, RegionPart], Tag(MAPPING)],
            BY_SHAPE,
        ]
    ] = key("Where it runs; everywhere when left out.", example="[eu-west, us-east]")
    network: Maybe[NetworkPart] = key("How targets are reached; wins over what synthmon.yaml says of regions.")
    trust: Maybe[Literal["imported"]] = key(
        "`imported`: the file comes from elsewhere, and reaches only public hosts that synthmon.yaml names for such."
    )
    base_url: Maybe[Text] = key("Put in front of every url that begins with `/`.", example="https://shop.example.com")
    vars: Maybe[dict[Identifier, Tree]] = key("Values for `${{ vars.… }}`.")
    secrets: Maybe[list[SecretName]] = key("The secrets that `${{ secrets.… }}` may use.")
    auth: Maybe[dict[Name, ProfilePart]] = key("Ways to authenticate that steps can share.")
    defaults: Maybe[DefaultsPart] = key("What every step has unless it says otherwise.")
    steps: list[StepPart] = required("The journey, in order.", json_schema_extra={"minItems": 1})
    cleanup: Maybe[list[StepPart]] = key("Steps that always run afterwards and never change the outcome.")
    redact: Maybe[RedactPart] = key("Personal data that must not be kept.")
    slo: Maybe[list[ObjectivePart]] = key("Service level objectives.")
    alerts: Maybe[list[AlertPart]] = key("Who is told, and when; two failures in a row page when left out.")
