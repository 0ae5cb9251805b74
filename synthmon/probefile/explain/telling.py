"""Who is told when, in words: alert rules, how soon at the latest, and how often by chance alone."""

from __future__ import annotations

from synthmon.judge.chance import Setting, expected, figure, told_within
from synthmon.model import words
from synthmon.model.condition import Burn, BurnSpeed, FailureRate, Latency, NoData
from synthmon.model.probe import AlertRule, Objective, Probe, RegionQuorum, Severity, Track
from synthmon.probefile.explain import phrases
from synthmon.probefile.explain.phrases import listed, span
from synthmon.probefile.explain.steps import Item

_BAD = {Track.DOWN: "failed", Track.SLOW: "were degraded", Track.CLEANUP: "left something behind"}


def objective(one: Objective) -> str:
    """`availability: 99.5 % of the time within 30 d must be good.`"""
    good = f" and take no longer than {span(one.within)}" if one.within is not None else ""
    return f"{one.name}: {one.target * 100:g} % over {words.span(one.window)} must be good{good}."


def alert(rule: AlertRule, probe: Probe, flakes: float) -> Item:
    """`Checkout is down: oncall is paged when 2 runs in a row failed in more than half of the regions.`"""
    share = probe.cron.share if probe.cron is not None else 1.0
    setting = Setting(probe.interval, probe.journey.timeout, len(probe.regions), probe.objectives, share)
    who = listed(rule.notify) or "whoever the routes of synthmon.yaml name"
    many = len(rule.notify) > 1
    how = (
        ("are paged" if many else "is paged")
        if rule.severity is Severity.PAGE
        else f"get{'' if many else 's'} a ticket"
    )
    details = [f"What to do: {rule.runbook}"] if rule.runbook else []
    if (bound := told_within(rule, setting)) is not None:
        what = "Slowness" if rule.track is Track.SLOW else "An outage"
        details.append(f"{what} that every run meets is told after {span(bound)} at the latest.")
    details.append(_by_chance(rule, setting, flakes))
    return Item(f"{rule.name}: {who} {how} when {_waits_for(rule, len(probe.regions))}.", tuple(details))


def _by_chance(rule: AlertRule, setting: Setting, flakes: float) -> str:
    found = expected(rule, setting, flakes)
    noun = "pages" if rule.severity is Severity.PAGE else "tickets"
    if found.a_month is None:
        return f"False {noun}: not known; {found.because}."
    bound = "at most " if found.at_most and found.a_month > 0 else ""
    return f"False {noun} in a month, by chance alone: {bound}{figure(found.a_month)} ({found.because})."


def _waits_for(rule: AlertRule, regions: int) -> str:
    match rule.condition:
        case None:
            return f"{_count(rule)}{_where(rule, regions)}"
        case FailureRate() as rate:
            share = f"more than {rate.more_than * 100:g} % of the runs of the last {words.span(rate.over)} failed"
            return f"{share}, of {phrases.count(rate.min_runs, 'run')} at least{_where(rule, regions)}"
        case Latency() as latency:
            what = (
                "the mean latency"
                if latency.percentile is None
                else f"the latency's {latency.percentile:g}th percentile"
            )
            ran = phrases.count(latency.min_runs, "run")
            return f"{what} over {words.span(latency.over)} is {latency.bar}, of {ran} at least{_where(rule, regions)}"
        case NoData(after=after):
            return f"no run in any region has judged the target for {words.span(after)}"
        case Burn() as burn:
            soon = "within hours or days" if burn.speed is BurnSpeed.FAST else "before its window ends"
            return f"the error budget of {burn.objective} burns so {burn.speed} that it is used up {soon}"


def _count(rule: AlertRule) -> str:
    bad = _BAD[rule.track]
    if rule.at_least == rule.of == 1:
        return f"a run {bad.replace('were', 'was')}"
    row = f"{rule.at_least} runs in a row" if rule.consecutive else f"{rule.at_least} of the last {rule.of} runs"
    return f"{row} {bad}"


def _where(rule: AlertRule, regions: int) -> str:
    if regions == 1:
        return ""
    if rule.regions is RegionQuorum.ANY:
        return " in any region"
    if rule.regions is RegionQuorum.MAJORITY:
        return " in more than half of the regions that are known"
    return f" in {phrases.count(int(rule.regions), 'region')} at least"
