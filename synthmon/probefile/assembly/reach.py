"""Alerts that could never be given, or that a single run would give: most are slips of the pen."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor, inf

from synthmon.judge import chance
from synthmon.model import words
from synthmon.model.condition import (
    FEWEST_A_DAY,
    FEWEST_BAD,
    MOST_RUNS,
    Burn,
    BurnWindows,
    FailureRate,
    Latency,
    NoData,
)
from synthmon.model.probe import AlertRule, Objective, Severity, Track
from synthmon.nouns import dataclass
from synthmon.probefile.assembly.work import Work, amount, mapping
from synthmon.probefile.node import Node

DAY = 86400
MOST_REGIONS = 20  # that are worth a thought
_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
_EXACT = 1e-9  # more than any error of rounding, less than any run


@dataclass(frozen=True, slots=True)
class Setting:
    """What else a probe says that alerts hang on. `interval` and `timeout` in seconds; `regions` how many.

    `timed`: whether anything in the probe can be degraded.
    """

    interval: float
    timeout: float
    regions: int
    objectives: tuple[Objective, ...] = ()
    timed: bool = False
    share: float = 1.0  # of the runs that there would be without the pauses of a cron expression

    def runs(self, over: float) -> int:
        """How many slots of one region a window holds."""
        return ceil(over / self.interval - _EXACT)


def check_reach(work: Work, when: Node, rule: AlertRule, setting: Setting) -> None:
    """Say what is wrong with an alert that is well written."""
    if isinstance(rule.regions, int) and rule.regions > setting.regions > 0:
        runs = "one region" if setting.regions == 1 else f"{setting.regions} regions"
        message = f"this waits for {rule.regions} regions, and the probe runs in {runs}, so it could never be true"
        work.error("quorum", message, mapping(when).get("regions", when), "lower it, or write `majority`")
    match rule.condition:
        case FailureRate() | Latency():
            _check_window(work, when, rule.condition, setting)
        case NoData():
            _check_silence(work, when, rule.condition, setting)
        case Burn():
            _check_burn(work, when, rule.condition, setting)
        case None:
            _check_count(work, when, rule, setting)
    _check_chance(work, when, rule, setting)


def _check_count(work: Work, when: Node, rule: AlertRule, setting: Setting) -> None:
    if rule.track is Track.SLOW and not setting.timed and not work.names.may_be("latency_budget"):
        message = "nothing here can be degraded, unless a certificate is about to end: there is no budget and no `warn`"
        work.warning("never-degraded", message, when, "give the probe or a step a `latency_budget`")
    if rule.track is Track.CLEANUP and work.node("cleanup") is None and not work.names.may_be("cleanup"):
        message = "the probe has no `cleanup`, so this can never be true"
        work.warning("alert-never", message, when, "add `cleanup` steps, or delete the alert")


def _check_chance(work: Work, when: Node, rule: AlertRule, setting: Setting) -> None:
    """Whoever is woken by chance alone more than once a month soon looks no more."""
    if rule.severity is not Severity.PAGE or setting.regions < 1 or rule.condition is not None:
        return  # of the other conditions, whether a single run is enough was asked above
    by_chance = chance.expected(rule, _as_chance_has_it(setting))
    if by_chance.a_month is None or by_chance.a_month <= chance.TOO_MANY:
        return
    pages, flakes = chance.figure(by_chance.a_month), 1 / chance.FLAKES
    message = f"if 1 run in {flakes:,.0f} fails by chance, this pages {pages} times a month for nothing"
    more = replace(rule, at_least=rule.at_least + 1, of=max(rule.of, rule.at_least + 1))
    calm = chance.expected(more, _as_chance_has_it(setting)).a_month
    help_ = f"with one bad run more it is {chance.figure(calm)} times" if calm is not None else None
    work.warning("alert-noisy", message, when, help_)


def _as_chance_has_it(setting: Setting) -> chance.Setting:
    return chance.Setting(setting.interval, setting.timeout, setting.regions, setting.objectives, setting.share)


def _check_window(work: Work, when: Node, condition: FailureRate | Latency, setting: Setting) -> None:
    runs = setting.runs(condition.over)
    if runs > MOST_RUNS:
        message = f"{_window(condition, runs)}, and {MOST_RUNS} are remembered"
        help_ = f"`over: {shorter(MOST_RUNS * setting.interval)}` would do"
        work.error("alert", message, when, help_)
    elif runs < condition.min_runs:
        message = f"{_window(condition, runs)}, and this waits for {condition.min_runs}, so it can never be true"
        over, interval = longer(condition.min_runs * setting.interval), shorter(condition.over / condition.min_runs)
        work.warning("alert-never", message, when, _would_do(f"`over: {over}`", _every(interval)))
    elif isinstance(condition, Latency) and condition.above_usual is not None and _slots_a_day(setting) < FEWEST_A_DAY:
        message = (
            f"a day holds {_slots_a_day(setting)} runs of a region, and what is usual is told from days with "
            f"{FEWEST_A_DAY} or more, so this can never be true"
        )
        work.warning("alert-never", message, when, _would_do(_every(shorter(DAY / FEWEST_A_DAY)), "`above`"))
    elif isinstance(condition, Latency) and setting.timeout <= condition.above < inf:
        message = f"a run fails after its timeout of {amount(setting.timeout)}, so this can never be true"
        work.warning("alert-never", message, when, "lower `above`, or raise the probe's `timeout`")
    else:
        _check_haste(work, when, condition, runs, setting)


def _slots_a_day(setting: Setting) -> int:
    return floor(DAY / setting.interval + _EXACT)


def _check_haste(work: Work, when: Node, condition: FailureRate | Latency, runs: int, setting: Setting) -> None:
    if isinstance(condition, FailureRate):
        needed, enough = floor(condition.more_than * runs + _EXACT) + 1, ceil(1 / condition.more_than - _EXACT)
        what, other = "failed", f"`more_than: {_percent_up(1 / runs)}`" if runs > 1 else None
    elif condition.percentile is not None:
        needed = runs - ceil(condition.percentile * runs / 100 - _EXACT) + 1
        enough = ceil(100 / (100 - condition.percentile) - _EXACT)
        what, other = "slow", f"`percentile: {floor(100 * (runs - 1) / runs + _EXACT)}`" if runs > 1 else None
    else:
        return
    if needed > 1:
        return
    over, interval = longer(enough * setting.interval), shorter(condition.over / enough)
    message = f"{_window(condition, runs)}, so one {what} run is enough"
    work.warning("alert-hasty", message, when, _would_do(f"`over: {over}`", _every(interval), other))


def _window(condition: FailureRate | Latency, runs: int) -> str:
    return f"{words.span(condition.over)} hold {runs} run{'s' if runs != 1 else ''} of a region"


def _check_silence(work: Work, when: Node, condition: NoData, setting: Setting) -> None:
    stale = 2 * setting.interval + setting.timeout + 5
    if condition.after < stale:
        message = f"a run is due every {amount(setting.interval)}, so a single one that is missed is enough"
        place = mapping(when).get("no_data", when)
        work.warning("alert-hasty", message, place, f"write {longer(stale)} or more")


def _check_burn(work: Work, when: Node, burn: Burn, setting: Setting) -> None:
    objective = next((one for one in setting.objectives if one.name == burn.objective), None)
    if objective is None or setting.regions < 1:
        return
    spare = 1 - objective.target
    possible = [pair for pair in burn.pairs if pair.factor * spare <= 1 + _EXACT]
    if not possible:
        factor = min(pair.factor for pair in burn.pairs)
        lowest = _percent_up(1 - 1 / factor)
        message = f"even if every run were bad, this budget would burn {1 / spare:.1f} times as fast, not {factor:g}"
        work.warning("alert-never", message, when, f"an objective of {lowest} or more would do")
        return
    if all(_slots(pair, setting) < FEWEST_BAD for pair in possible):
        longest = max(possible, key=lambda pair: pair.long)
        message = (
            f"{words.span(longest.long)} hold fewer than {FEWEST_BAD} runs, and this waits for as many bad ones, "
            "so it can never be true"
        )
        interval = shorter(longest.long * setting.regions / FEWEST_BAD)
        regions = ceil(FEWEST_BAD * setting.interval / longest.long - _EXACT)
        work.warning("alert-never", message, when, _would_do(_every(interval), _regions(regions)))
        return
    hasty = [pair for pair in possible if _needed(pair, spare, setting) < FEWEST_BAD]
    if hasty:
        _warn_of_haste(work, when, hasty, spare, setting)


def _warn_of_haste(work: Work, when: Node, hasty: list[BurnWindows], spare: float, setting: Setting) -> None:
    first = hasty[0]
    slots, needed = _slots(first, setting), _needed(first, spare, setting)
    bad = "one bad run" if needed == 1 else f"{needed} bad runs"
    message = (
        f"{words.span(first.long)} hold {slots:g} runs, and {bad} would burn this budget "
        f"{needed / slots / spare:.1f} times as fast; {FEWEST_BAD} are waited for"
    )
    # More than two runs' worth of budget, so that it takes a third to use it up.
    enough = [floor((FEWEST_BAD - 1) / (pair.factor * spare) + _EXACT) + 1 for pair in hasty]
    interval = min(pair.long * setting.regions / runs for pair, runs in zip(hasty, enough, strict=True))
    regions = max(ceil(runs * setting.interval / pair.long - _EXACT) for pair, runs in zip(hasty, enough, strict=True))
    target = min(1 - (FEWEST_BAD - 1) / (pair.factor * _slots(pair, setting)) for pair in hasty)
    would_do = _would_do(_every(shorter(interval)), _regions(regions), _objective(target))
    work.warning("alert-hasty", message, when, would_do)


def _slots(pair: BurnWindows, setting: Setting) -> float:
    return pair.long / setting.interval * setting.regions


def _needed(pair: BurnWindows, spare: float, setting: Setting) -> int:
    """Bad runs within the long window that burn the budget so fast."""
    return max(1, ceil(pair.factor * spare * _slots(pair, setting) - _EXACT))


def shorter(seconds: float) -> str | None:
    """The longest duration that one would write and that is not longer; None below a second."""
    unit, width = next(((unit, width) for unit, width in _UNITS if seconds >= 2 * width), _UNITS[-1])
    number = floor(seconds / width + _EXACT)
    return f"{number}{unit}" if number >= 1 else None


def longer(seconds: float) -> str:
    """The shortest duration that one would write and that is not shorter."""
    unit, width = next(((unit, width) for unit, width in _UNITS if seconds >= 2 * width), _UNITS[-1])
    return f"{ceil(seconds / width - _EXACT)}{unit}"


def _would_do(*options: str | None) -> str | None:
    """Each of them alone mends it."""
    real = [option for option in options if option]
    listed = " or ".join([", ".join(real[:-1]), real[-1]] if len(real) > 1 else real)
    return f"{listed} would do" if listed else None


def _every(interval: str | None) -> str | None:
    return f"an interval of {interval}" if interval else None


def _regions(count: int) -> str | None:
    return f"{count} regions" if count <= MOST_REGIONS else None


def _objective(below: float) -> str | None:
    """An objective a little lower than that, at most two digits behind the point."""
    hundredths = ceil(below * 10_000 - _EXACT) - 1
    return f"an objective of {hundredths / 100:g}%" if hundredths > 0 else None


def _percent_up(share: float) -> str:
    return f"{ceil(share * 10_000 - _EXACT) / 100:g}%"
