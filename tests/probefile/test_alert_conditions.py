"""What a `when` means, and that what is advised about one that goes too far does help."""

from __future__ import annotations

import re
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.model.condition import Burn, BurnSpeed, Condition, FailureRate, Latency, NoData
from synthmon.model.probe import AlertRule, RegionQuorum, Severity, Track
from tests.depth import times
from tests.probefile.writing import parse, probe_of

PROBE = """
interval: {interval}
timeout: 1s
regions: {regions}
steps: [{{id: read, request: GET /x}}]
cleanup: [{{id: clean, request: DELETE /x}}]
slo: [{{name: availability, objective: {objective}, window: 30d}}]
alerts: [{{when: {when}}}]
"""


def written(when: str, interval: str = "20s", objective: str = "99%", regions: str = "[eu-west, us-east]") -> str:
    return PROBE.format(when=when, interval=interval, objective=objective, regions=regions)


def rule_of(when: str) -> AlertRule:
    (rule,) = probe_of(written(when)).alerts
    return rule


CONDITIONS: list[tuple[str, Track, Severity, Condition]] = [
    ("{failure_rate: {over: 5m, more_than: 25%}}", Track.DOWN, Severity.PAGE, FailureRate(300, 0.25, 5)),
    ("{failure_rate: {over: 10m, more_than: 10%}}", Track.DOWN, Severity.PAGE, FailureRate(600, 0.1, 10)),
    ("{failure_rate: {over: 10m, more_than: 10%, min_runs: 20}}", Track.DOWN, Severity.PAGE, FailureRate(600, 0.1, 20)),
    ("{latency: {percentile: 95, over: 15m, above: 800ms}}", Track.SLOW, Severity.TICKET, Latency(900, 0.8, 95.0, 20)),
    ("{latency: {over: 15m, above: 800ms}}", Track.SLOW, Severity.TICKET, Latency(900, 0.8, None, 5)),
    (
        "{latency: {percentile: 95, over: 15m, above_baseline: 50%}}",
        Track.SLOW,
        Severity.TICKET,
        Latency(900, inf, 95.0, 20, 0.5),
    ),
    ("{no_data: 45m}", Track.NO_DATA, Severity.TICKET, NoData(2700)),
    ("{slo: availability, burn_rate: fast}", Track.BUDGET, Severity.PAGE, Burn("availability", BurnSpeed.FAST)),
    ("{slo: availability, burn_rate: slow}", Track.BUDGET, Severity.TICKET, Burn("availability", BurnSpeed.SLOW)),
]


@pytest.mark.parametrize(("when", "track", "severity", "condition"), CONDITIONS, ids=lambda value: str(value)[:40])
def test_each_form_has_its_track_and_its_severity(
    when: str, track: Track, severity: Severity, condition: Condition
) -> None:
    rule = rule_of(when)

    assert (track, severity, condition) == (rule.track, rule.severity, rule.condition)
    assert RegionQuorum.MAJORITY is rule.regions


def test_cleanup_is_counted_in_any_region_unless_it_says_otherwise() -> None:
    rule, other = rule_of("{cleanup_failures: 3}"), rule_of("{cleanup_failures: 3, regions: 2}")

    assert (Track.CLEANUP, Severity.TICKET, 3, 3, None) == (
        rule.track,
        rule.severity,
        rule.at_least,
        rule.of,
        rule.condition,
    )
    assert (RegionQuorum.ANY, 2) == (rule.regions, other.regions)


def test_each_condition_is_said_in_words() -> None:
    forms = [when for when, *_ in CONDITIONS] + ["{failures: 2}", "{degraded: {at_least: 2, of: 4}}"]
    timed = written("{failures: 2}").replace("timeout: 1s", "timeout: 1s\nlatency_budget: 500ms")
    said = [probe_of(timed.replace("{failures: 2}", form)).alerts[0].waits_for for form in forms]

    assert said == [
        "more than 25 % failed over 5 min",
        "more than 10 % failed over 10 min",
        "more than 10 % failed over 10 min",
        "p95 above 800 ms over 15 min",
        "mean above 800 ms over 15 min",
        "p95 more than 50 % above the usual over 15 min",
        "no judged run for 45 min",
        "the error budget of availability burns fast",
        "the error budget of availability burns slow",
        "2 in a row failed",
        "2 of 4 degraded",
    ]


def warned(text: str) -> tuple[str, str]:
    """Code and advice of the one warning of a file, or two empty texts."""
    probe, problems = parse(text)
    assert probe is not None, problems
    found = [(problem.code, problem.help or "") for problem in problems if problem.code.startswith("alert-")]
    assert len(found) <= 1
    return found[0] if found else ("", "")


def helped(before: str, after: str) -> bool:
    """What one run could bring about is mended; what could never be for one reason may have a second one."""
    return after == "" or before == "alert-never"


INTERVALS = st.sampled_from(["10s", "20s", "30s", "1m", "2m", "5m", "10m", "30m", "1h", "3h", "12h"])
OBJECTIVES = st.sampled_from(["50%", "80%", "90%", "99%", "99.5%", "99.9%", "99.95%", "99.99%"])


@given(st.sampled_from(["fast", "slow"]), INTERVALS, OBJECTIVES)
@settings(deadline=None, max_examples=times(20))
def test_what_is_advised_about_a_burn_rate_helps(speed: str, interval: str, objective: str) -> None:
    when, one = f"{{slo: availability, burn_rate: {speed}}}", "[eu-west]"
    code, advice = warned(written(when, interval, objective, one))

    if found := re.search(r"an interval of (\w+)", advice):
        assert helped(code, warned(written(when, found[1], objective, one))[0])
    if found := re.search(r"an objective of ([\d.]+%)", advice):
        assert helped(code, warned(written(when, interval, found[1], one))[0])
    if re.search(r"\b2 regions", advice):
        assert helped(code, warned(written(when, interval, objective))[0])


RATE = "{{failure_rate: {{over: {over}, more_than: {share}%}}}}"
PERCENTILE = "{{latency: {{percentile: {share}, over: {over}, above: 500ms}}}}"


@given(
    st.sampled_from([RATE, PERCENTILE]),
    st.sampled_from(["1m", "3m", "5m", "20m", "1h", "3h"]),
    st.integers(1, 98),
    st.sampled_from(["30s", "1m", "2m", "7m"]),
)
@settings(deadline=None, max_examples=times(20))
def test_what_is_advised_about_a_window_helps(form: str, over: str, share: int, interval: str) -> None:
    code, advice = warned(written(form.format(over=over, share=share), interval))

    if found := re.search(r"`over: (\w+)`", advice):
        assert helped(code, warned(written(form.format(over=found[1], share=share), interval))[0])
    if found := re.search(r"an interval of (\w+)", advice):
        assert helped(code, warned(written(form.format(over=over, share=share), found[1]))[0])
    if found := re.search(r"`(?:more_than|percentile): ([\d.]+)", advice):
        assert helped(code, warned(written(form.format(over=over, share=found[1]), interval))[0])
