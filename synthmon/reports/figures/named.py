"""What is told of runs by name: cleanup steps that failed, targets that nobody verified, certificates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from synthmon.model.run import RunResult


def untidy(results: Iterable[RunResult]) -> Mapping[str, int]:
    """The cleanup steps that failed, by name, each with in how many runs."""
    counts: Counter[str] = Counter()
    for result in results:
        counts.update({step.name for step in result.cleanup if step.outcome.broken and not step.excused})
    return dict(counts)


def unverified(results: Iterable[RunResult]) -> Mapping[str, str]:
    """The steps whose target's certificate was not verified, by name, each with why, as the newest run says."""
    return {
        step.name: step.unverified for result in results for step in (*result.steps, *result.cleanup) if step.unverified
    }


def certificates(results: Iterable[RunResult]) -> Mapping[str, datetime]:
    """Until when the certificates are valid that were seen last, by host (and port, where an address names one)."""
    return {
        urlsplit(exchange.url).netloc: exchange.certificate_until
        for result in results
        for step in (*result.steps, *result.cleanup)
        for exchange in step.exchanges
        if exchange.certificate_until is not None
    }
