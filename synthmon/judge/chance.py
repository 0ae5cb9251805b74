"""How often chance alone would trip an alert rule, and how long an outage goes untold: before anything has run.

The model is plain on purpose, so that it can be followed by hand: each run goes wrong by chance with the same small
probability, whatever the run before it did and whatever other regions do. A rule that counts k bad runs of the last n
trips when a bad run replaces a good one in a window that held k - 1 of them, the newest left out:

    per run  q * p * C(n - 1, k - 1) * p^(k - 1) * q^(n - k)        with q = 1 - p

(for k in a row that is q * p^k: the first of k bad runs after a good one). Of several regions, one trips while enough
of the others are down by chance as well. Trouble that regions or runs share makes false pages more frequent than this;
confirmations a few seconds after a first failure meet the same trouble more often, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, exp, floor, lgamma, log

from synthmon.model.condition import FEWEST_BAD, FEWEST_REGIONS, Burn, BurnWindows, FailureRate, Latency, NoData
from synthmon.model.probe import AlertRule, Objective, RegionQuorum, Track
from synthmon.nouns import dataclass

MONTH = 30 * 86400.0
"""Seconds for which false pages are told."""
FLAKES = 0.001
"""The share of runs that is assumed to go wrong by chance where nobody says another."""
TOO_MANY = 1.0
"""Pages by chance in a month, above which a rule that wakes somebody is warned of."""
GOOD_RUNS = 2
_EXACT = 1e-9


@dataclass(frozen=True, slots=True)
class Setting:
    """What a rule's frequency hangs on: seconds between runs, seconds a run may take, how many regions."""

    interval: float
    timeout: float
    regions: int
    objectives: Sequence[Objective] = ()
    share: float = 1.0  # of the runs that there would be if it never paused

    @property
    def monthly(self) -> float:
        """Runs of a region in a month."""
        return MONTH / self.interval * self.share


@dataclass(frozen=True, slots=True)
class Expected:
    """False alerts in a month (None: this cannot be told from a share of bad runs), and how that comes about.

    `at_most`: some of what the rule waits for was left out, so that the true figure is lower.
    """

    a_month: float | None
    because: str
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class _Count:
    """So many bad runs of so many, and in how many of the regions."""

    at_least: int
    of: int
    regions: int


def expected(rule: AlertRule, setting: Setting, flakes: float = FLAKES) -> Expected:
    """False alerts of a rule where a share `flakes` of all runs goes wrong by chance."""
    match rule.condition:
        case None:
            return _counted(_Count(rule.at_least, rule.of, _needed(rule, setting)), rule, setting, flakes)
        case FailureRate(more_than=share, over=over):
            runs = _runs(over, setting)
            return _counted(
                _Count(floor(share * runs + _EXACT) + 1, runs, _needed(rule, setting)), rule, setting, flakes
            )
        case Latency(percentile=percentile, over=over) as latency:
            if percentile is None or latency.above_usual is not None:
                return Expected(None, "a latency is no share of bad runs; `synthmon backtest` tells from kept runs")
            runs = _runs(over, setting)
            slow = runs - ceil(percentile * runs / 100 - _EXACT) + 1
            return _counted(_Count(slow, runs, _needed(rule, setting)), rule, setting, flakes)
        case NoData(after=after):
            return _silent(_runs(after, setting), setting, flakes)
    assert isinstance(rule.condition, Burn), "a condition is one of those above, or a burn rate"
    return _burning(rule.condition, setting, flakes)


def _needed(rule: AlertRule, setting: Setting) -> int:
    """In how many regions a rule has to hold."""
    if rule.regions is RegionQuorum.ANY:
        return 1
    return setting.regions // 2 + 1 if rule.regions is RegionQuorum.MAJORITY else int(rule.regions)


def _runs(over: float, setting: Setting) -> int:
    return max(1, ceil(over / setting.interval - _EXACT))


_WRONG = {Track.DOWN: "fails", Track.SLOW: "is degraded", Track.CLEANUP: "leaves something behind"}


def _counted(count: _Count, rule: AlertRule, setting: Setting, flakes: float) -> Expected:
    runs = setting.monthly
    trips = trip(count.at_least, count.of, flakes)
    at_once = _at_once(count, trips, setting.regions, flakes)
    total = runs * trips * setting.regions * at_once
    wanted = f"{count.at_least} in a row" if count.at_least == count.of else f"{count.at_least} of {count.of}"
    steps = [
        f"{runs:,.0f} runs a month in a region, of which 1 in {1 / flakes:,.0f} {_WRONG[rule.track]} by chance",
        f"{wanted}: {figure(trips)} a run, so {figure(runs * trips)} a month in a region",
    ]
    if setting.regions > 1:
        also = f", times {figure(at_once)} that {count.regions} are down at once" if count.regions > 1 else ""
        steps.append(f"times {setting.regions} regions{also}: {figure(total)}")
    return Expected(total, "; ".join(steps))


def trip(at_least: int, of: int, flakes: float) -> float:
    """How often per run a window of `of` runs comes to hold `at_least` bad ones."""
    if not 1 <= at_least <= of:
        return 0.0
    good = 1 - flakes
    return good * flakes * _binomial(of - 1, at_least - 1, flakes)


def _at_once(count: _Count, trips: float, regions: int, flakes: float) -> float:
    """The probability that enough other regions are down by chance when one trips."""
    good = 1 - flakes
    lasts = (1 - good**GOOD_RUNS) / (flakes * good**GOOD_RUNS)  # runs until so many good ones in a row
    down = min(1.0, trips * (lasts + count.of - count.at_least))
    others = regions - 1
    return sum(_binomial(others, also, down) for also in range(count.regions - 1, others + 1))


def _silent(runs: int, setting: Setting, flakes: float) -> Expected:
    every = runs * setting.regions
    total = setting.monthly * (1 - flakes) * flakes**every
    because = f"{every} runs in all would have to be missed one after the other: {figure(total)}"
    return Expected(total, because)


def _burning(burn: Burn, setting: Setting, flakes: float) -> Expected:
    objective = next((one for one in setting.objectives if one.name == burn.objective), None)
    if objective is None or setting.regions < 1:
        return Expected(None, f"there is no objective {burn.objective}")
    spare = 1 - objective.target
    pairs = [_pair(pair, spare, setting, flakes) for pair in burn.pairs]
    total = sum(rate for rate, _ in pairs)
    regions = f", from {FEWEST_REGIONS} regions" if setting.regions >= FEWEST_REGIONS else ""
    said = "; ".join(words for _, words in pairs)
    return Expected(total, f"{said}; {FEWEST_BAD} bad runs at least{regions}", at_most=True)


def _pair(pair: BurnWindows, spare: float, setting: Setting, flakes: float) -> tuple[float, str]:
    slots = floor(pair.long / setting.interval * setting.regions + _EXACT)
    bad = max(FEWEST_BAD, ceil(pair.factor * spare * slots - _EXACT))
    rate = setting.monthly * setting.regions * trip(bad, slots, flakes)
    hours = f"{pair.long / 3600:g} h"
    return rate, f"{bad} bad of {slots} runs in {hours}: {figure(rate)} a month"


def _binomial(trials: int, hits: int, chance: float) -> float:
    """The probability of exactly so many hits; by logarithms, as there may be thousands of trials."""
    if not 0 <= hits <= trials:
        return 0.0
    if chance <= 0 or chance >= 1:
        return float(hits == (trials if chance >= 1 else 0))
    ways = lgamma(trials + 1) - lgamma(hits + 1) - lgamma(trials - hits + 1)
    return exp(ways + hits * log(chance) + (trials - hits) * log(1 - chance))


def figure(value: float) -> str:
    """A figure of which only the size matters: `43`, `0.04`, `less than 0.001`."""
    if value <= 0:
        return "0"
    if value < 1e-9:
        return "less than one in a billion"
    if value < 0.001:
        return f"{value:.1g}"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def told_within(rule: AlertRule, setting: Setting) -> float | None:
    """Seconds from the start of an outage that every run meets to the decision to tell; None where none is promised.

    Two seconds of it are for keeping the result and judging it. `docs/alerts.md` has the same as a table.
    """
    if rule.condition is not None or not rule.consecutive:
        return None
    interval, timeout, runs = setting.interval, setting.timeout, rule.at_least
    if rule.track is Track.SLOW:
        return runs * interval + timeout + 2
    if rule.track is not Track.DOWN:
        return None
    if runs == 1:
        return interval + timeout + 2
    confirmed = interval + 2 * timeout + 7  # the second failure is that of the confirmation
    return confirmed if runs == 2 else max(confirmed, (runs - 1) * interval + timeout + 2)
