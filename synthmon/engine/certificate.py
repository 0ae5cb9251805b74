"""What is known of a target's certificate: until when it holds, and whether that is soon."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from importlib import import_module

from synthmon.model.run import Failure, FailureKind


@lru_cache(maxsize=1024)  # the same in every run until the certificate is renewed
def end_of(written: str | None) -> datetime | None:
    """The instant that a certificate's date stands for."""
    if written is None:
        return None
    try:
        return datetime.fromtimestamp(import_module("ssl").cert_time_to_seconds(written), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def expiring(until: datetime | None, now: datetime, before: float) -> Failure | None:
    """A remark on a certificate that ends in less than `before` seconds."""
    if until is None or (left := (until - now).total_seconds()) >= before:
        return None
    days = int(left // 86_400)
    when = f"in {days} days" if days > 1 else "tomorrow" if days == 1 else "within a day"
    return Failure(
        FailureKind.TLS,
        f"the certificate ends {when}, on {until:%Y-%m-%d %H:%M} UTC",
        expected=f"valid for {_days(before)} or longer",
        actual=f"until {until:%Y-%m-%dT%H:%M:%SZ}",
        detail="cert_expiring",
    )


def _days(seconds: float) -> str:
    return f"{seconds / 86_400:g} days" if seconds >= 86_400 else f"{seconds / 3600:g} h"
