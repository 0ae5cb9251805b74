"""What several processes of one centre say of the same things, put together, for whichever of them leads to tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from synthmon.judge.own import Healed, Subject, Trouble
from synthmon.model.replica import Replica, Word

GONE_AFTER = timedelta(seconds=30)  # without a word: it has ended, or cannot reach the database


def living(replicas: Iterable[Replica], now: datetime) -> list[Replica]:
    """Those that were heard lately. The troubles of a process that is gone are gone with it."""
    return [replica for replica in replicas if now - replica.at <= GONE_AFTER]


def together(replicas: Sequence[Replica]) -> tuple[list[Trouble], list[Healed]]:
    """A subject is in trouble while any process says so, and well when none does and one knows that it is.

    With several processes each trouble names whose it is.
    """
    said: dict[Subject, list[tuple[str, Word]]] = {}
    for replica in replicas:
        for word in replica.words:
            said.setdefault((word.track, word.subject), []).append((replica.instance, word))
    troubles, healed = [], []
    for key, words in said.items():
        bad = [(instance, word) for instance, word in words if word.trouble is not None]
        if bad:
            told = [f"{instance}: {word.trouble}" if len(replicas) > 1 else str(word.trouble) for instance, word in bad]
            troubles.append(Trouble(*key, bad[0][1].title, "; ".join(told), min(word.since for _, word in bad)))
        else:
            healed.append(Healed(key, max(word.since for _, word in words)))
    return troubles, healed
