"""Where the time went: latencies of several hops, and the sentence about a slow one."""

from __future__ import annotations

import pytest

from synthmon.engine.timing import budget_failure, spent, summed
from synthmon.model.run import Exchange, ExchangePurpose, Phases


def exchange(purpose: ExchangePurpose, **phases: float) -> Exchange:
    return Exchange(purpose, "GET", "http://shop.test/", 0.0, Phases(**phases))


HOPS = (
    exchange(ExchangePurpose.TOKEN, total=3.0),
    exchange(ExchangePurpose.REQUEST, dns=0.1, first_byte=0.2, total=0.4),
    exchange(ExchangePurpose.REDIRECT, first_byte=0.5, total=0.6),
)


def test_redirects_count_and_tokens_do_not() -> None:
    assert spent(HOPS) == pytest.approx(1.0)
    assert spent(HOPS, tokens=True) == pytest.approx(3.0)


def test_phases_are_summed_over_hops_and_one_that_never_happened_stays_none() -> None:
    sums = summed(HOPS)
    assert [sums.dns, sums.first_byte, sums.total] == pytest.approx([0.1, 0.7, 1.0])
    assert sums.tls is None


@pytest.mark.parametrize(
    ("phases", "words"),
    [
        (Phases(dns=0.01, first_byte=5.8, transfer=0.01), "waiting for the first byte took 5.80 s"),
        (Phases(dns=2.0, first_byte=0.1), "looking up the name took 2.00 s"),
        (Phases(connect=0.5, tls=3.0), "the TLS handshake took 3.00 s"),
        (Phases(connect=3.5, tls=3.0), "connecting took 3.50 s"),
        (Phases(send=4.0), "sending the request took 4.00 s"),
        (Phases(transfer=4.0), "reading the answer took 4.00 s"),
    ],
)
def test_a_slow_step_names_the_phase_that_took_longest(phases: Phases, words: str) -> None:
    failure = budget_failure("", 5.82, 1.0, phases)
    assert failure is not None
    assert failure.message == f"took 5.82 s, budget 1.00 s, {words}"


def test_at_the_budget_nothing_is_too_slow() -> None:
    assert budget_failure("", 1.0, 1.0) is None
