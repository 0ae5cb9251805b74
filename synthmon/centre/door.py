"""Who may come in: the tokens of agents, each of one region, kept as hashes and shown once.

A token is `synthmon_` and 43 random characters: scanners for leaked secrets can find it, and nobody can guess it.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from synthmon.errors import ConfigurationError, NotAdmitted
from synthmon.events import Events
from synthmon.language.suggest import did_you_mean
from synthmon.model.agent import AgentToken
from synthmon.store.interface import Store

_log = Events()

OVERLAP = timedelta(hours=24)
_SHAPE = re.compile(r"synthmon_[A-Za-z0-9_-]{43}\Z")
_REMEMBERED = timedelta(seconds=5)  # a revoked token may still open for so long
_RATE, _BURST = 100.0, 500.0  # requests a second of one token


class Tokens:
    """Makes and ends them. Every change is logged, without the token."""

    def __init__(self, store: Store, regions: Callable[[], Collection[str]], now: Callable[[], datetime]) -> None:
        self._store, self._regions, self._now = store, regions, now

    def add(self, region: str) -> tuple[AgentToken, str]:
        """A new one beside those that there are; raises `ConfigurationError` for a region that is not declared."""
        known = sorted(self._regions())
        if region not in known:
            better = did_you_mean(region, known)
            hint = f"did you mean `{better}`?" if better else f"it has {', '.join(known)}; declare it under `regions:`"
            raise ConfigurationError(f"the installation has no region {region!r}", hint=hint)
        text = f"synthmon_{secrets.token_urlsafe(32)}"
        token = AgentToken(secrets.token_hex(4), region, hashed(text), self._now())
        self._store.keep_token(token)
        _log.info("token.added", id=token.id, region=region)
        return token, text

    def rotate(self, region: str, overlap: timedelta = OVERLAP) -> tuple[AgentToken, str]:
        """A new one; those that the region has end when the overlap does."""
        token, text = self.add(region)
        until = self._now() + overlap
        for old in self._of(region):
            if old.id != token.id and (old.expires_at is None or old.expires_at > until):
                self._store.keep_token(replace(old, expires_at=until))
                _log.info("token.expires", id=old.id, region=region, at=until.isoformat())
        return token, text

    def revoke(self, region: str, token_id: str | None = None) -> list[AgentToken]:
        """End them now, all of a region or one; those that were ended."""
        ended = []
        for token in self._of(region):
            if token_id in {None, token.id}:
                ended.append(replace(token, revoked_at=self._now()))
                self._store.keep_token(ended[-1])
                _log.info("token.revoked", id=token.id, region=region)
        return ended

    def all(self) -> list[AgentToken]:
        return self._store.tokens()

    def _of(self, region: str) -> list[AgentToken]:
        now = self._now()
        return [token for token in self._store.tokens() if token.region == region and token.holds(now)]


def hashed(text: str) -> str:
    """It has 256 random bits, so a plain hash keeps it: there is nothing to try out."""
    return sha256(text.encode()).hexdigest()


class Door:
    """Lets agents in by their token. Thread-safe."""

    def __init__(
        self,
        store: Store,
        regions: Callable[[], Collection[str]],
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._store, self._regions, self._now, self._monotonic = store, regions, now, monotonic
        self._lock = threading.Lock()
        self._known: dict[str, tuple[datetime, AgentToken | None]] = {}
        self._buckets: dict[str, tuple[float, float]] = {}  # per token: requests it may still make, at that instant

    def admit(self, text: str) -> str:
        """The region of the token; raises `NotAdmitted`, or `StoreError` when nobody can know."""
        token = self._token(hashed(text)) if _SHAPE.match(text) else None
        if token is None:
            hint = "set SYNTHMON_AGENT_TOKEN to what `synthmon agents add REGION` printed at the centre"
            raise NotAdmitted("the centre does not know this token", hint=hint, status=401)
        again = f"run `synthmon agents add {token.region}` at the centre and give the agent the new token"
        if token.revoked_at is not None:
            raise NotAdmitted(f"the token {token.id} of region {token.region} was revoked", hint=again, status=403)
        if not token.holds(self._now()):
            raise NotAdmitted(f"the token {token.id} of region {token.region} has expired", hint=again, status=403)
        if token.region not in self._regions():
            hint = "declare it under `regions:` of the centre's synthmon.yaml, or end this agent"
            raise NotAdmitted(f"the installation has no region {token.region!r} any more", hint=hint, status=403)
        if not self._may_ask(token.id):
            raise NotAdmitted("this token asks too often", hint=f"at most {_RATE:g} requests a second", status=429)
        return token.region

    def _token(self, hash_: str) -> AgentToken | None:
        now = self._now()
        with self._lock:
            kept = self._known.get(hash_)
        if kept is not None and timedelta(0) <= now - kept[0] < _REMEMBERED:
            return kept[1]
        token = self._store.token(hash_)
        with self._lock:
            if len(self._known) > 10_000:
                self._known.clear()
            self._known[hash_] = (now, token)
        return token

    def _may_ask(self, token_id: str) -> bool:
        now = self._monotonic()
        with self._lock:
            left, at = self._buckets.get(token_id, (_BURST, now))
            left = min(_BURST, left + (now - at) * _RATE)
            self._buckets[token_id] = (left - 1 if left >= 1 else left, now)
            return left >= 1


def summary(token: AgentToken, now: datetime) -> Mapping[str, str | None]:
    """A token as it may be shown: never what it opens with."""
    state = "revoked" if token.revoked_at else "expired" if not token.holds(now) else "holds"
    return {
        "id": token.id,
        "region": token.region,
        "state": state,
        "created_at": token.created_at.isoformat(),
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
        "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
    }
