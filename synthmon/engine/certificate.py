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
    return Failure(
        FailureKind.TLS,
        f"the certificate {_when(left)}, on {until:%Y-%m-%d %H:%M} UTC",
        expected=f"valid for {_days(before)} or longer",
        actual=f"until {until:%Y-%m-%dT%H:%M:%SZ}",
        detail="cert_expiring",
    )


def _when(left: float) -> str:
    """`left` seconds are left; of one that has ended, which a failed handshake may have shown, nothing is."""
    if left < 0:
        return "has ended"
    days = int(left // 86_400)
    return f"ends in {days} days" if days > 1 else "ends tomorrow" if days == 1 else "ends within a day"


def _days(seconds: float) -> str:
    return f"{seconds / 86_400:g} days" if seconds >= 86_400 else f"{seconds / 3600:g} h"
