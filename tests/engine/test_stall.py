"""The stall guard tells how long the interpreter stood still since an instant."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from synthmon.engine.stall import PERIOD, StallSampler


class Rhythm:
    """A clock whose waits take as long as a script says; after the script the sampler is told to end."""

    def __init__(self, *waits: float) -> None:
        self.now = 100.0
        self._waits: Iterator[float] = iter(waits)
        self.done = threading.Event()

    def monotonic(self) -> float:
        return self.now

    def wait(self, ended: threading.Event, _period: float) -> bool:
        took = next(self._waits, None)
        if took is None:
            ended.set()
            self.done.set()
            self.now += PERIOD
            return True
        self.now += took
        return False


def sampled(*waits: float) -> tuple[StallSampler, Rhythm]:
    rhythm = Rhythm(*waits)
    sampler = StallSampler(rhythm.monotonic, rhythm.wait)
    sampler.start()
    assert rhythm.done.wait(5)
    sampler.stop()
    return sampler, rhythm


def test_a_punctual_interpreter_has_no_lag() -> None:
    sampler, _ = sampled(PERIOD, PERIOD, PERIOD)
    assert sampler.worst_since(100.0) == pytest.approx(0)


def test_the_worst_lag_since_an_instant_is_told() -> None:
    sampler, rhythm = sampled(PERIOD + 0.4, PERIOD, PERIOD + 0.1, PERIOD)
    assert sampler.worst_since(100.0) == pytest.approx(0.4)
    assert sampler.worst_since(100.5) == pytest.approx(0.1)
    assert sampler.worst_since(rhythm.now) == 0


def test_of_a_lag_that_began_before_the_instant_only_the_rest_counts() -> None:
    sampler, _ = sampled(PERIOD + 2.0)
    assert sampler.worst_since(101.55) == pytest.approx(0.5)


def test_a_lag_that_still_lasts_is_seen_by_the_run_that_wakes_first() -> None:
    rhythm = Rhythm()
    held = threading.Event()
    asleep = threading.Event()

    def wait(ended: threading.Event, _period: float) -> bool:
        asleep.set()
        held.wait(5)
        return ended.wait(0)

    sampler = StallSampler(rhythm.monotonic, wait)
    sampler.start()
    assert asleep.wait(5)
    rhythm.now += 1.5
    assert sampler.worst_since(100.0) == pytest.approx(1.5 - PERIOD)
    assert sampler.worst_since(101.4) == pytest.approx(0.1)
    held.set()
    sampler.stop()


def test_a_sampler_that_does_not_run_tells_of_no_lag() -> None:
    assert StallSampler().worst_since(0.0) == 0


def test_with_a_real_clock_it_starts_and_stops() -> None:
    before = samplers()
    with StallSampler() as sampler:
        assert sampler.worst_since(0.0) < 60
    assert samplers() <= before


def samplers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "synthmon-stall"}
