"""What the engine is handed from outside: secrets, tokens, time and chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from synthmon.model.owed import Owed
from synthmon.model.run import RunKey, RunResult
from synthmon.model.secret import Secret
from synthmon.nouns import dataclass

if TYPE_CHECKING:
    from synthmon.engine.command import Command


class SecretSource(Protocol):
    def get(self, name: str, region: str) -> Secret:
        """The secret, as the region sees it; raises `SecretUnavailable` with how to provide it."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and when it expires, on the clock of `Clock.monotonic` (None: it did not say).

    `renew_at`: the instant from which it is renewed rather than used, on the same clock (None: never by itself).
    """

    access_token: Secret
    expires_at: float | None
    renew_at: float | None = None


class TokenCache(Protocol):
    """Tokens by (probe, region, profile), in memory. `lock` is held during a renewal: one request however many wait.

    `lock` waits for at most so many seconds and yields whether it is held. `successor` is the newest of a chain of
    refresh tokens that replace each other, named by its lineage; None as long as the first is good.
    """

    def get(self, key: tuple[str, str, str]) -> Token | None: ...

    def put(self, key: tuple[str, str, str], token: Token) -> None: ...

    def drop(self, key: tuple[str, str, str]) -> None: ...

    def lock(self, key: tuple[str, str, str], patience: float) -> AbstractContextManager[bool]: ...

    def successor(self, lineage: str) -> Secret | None: ...

    def succeed(self, lineage: str, token: Secret) -> None: ...

    def told(self, probe: str, region: str) -> tuple[Secret, ...]:
        """What was last told the target of that probe there, which it may show in an answer to another run."""
        ...

    def tell(self, probe: str, region: str, secrets: tuple[Secret, ...]) -> None: ...


class UsedCodes(Protocol):
    def claim(self, seed: str, counter: int) -> bool:
        """Whether the code of that time window was not used before; from now on it is. `seed` is a digest."""
        ...


@dataclass(frozen=True, slots=True)
class Clock:
    """`now` is wall time in UTC, `monotonic` seconds for durations, `sleep` waits and returns early when stopping."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


class Chance(Protocol):
    """Where randomness comes from; `random.Random` has this shape."""

    def random(self) -> float: ...

    def randrange(self, start: int, stop: int) -> int: ...

    def randbytes(self, n: int) -> bytes: ...


class Stop(Protocol):
    """Asked between and during steps: has the daemon run out of patience with running journeys?"""

    def is_set(self) -> bool: ...

    def wait(self, timeout: float | None = None) -> bool: ...


class StallGuard(Protocol):
    """Samples the interpreter's lag."""

    def worst_since(self, start: float) -> float:
        """The worst lag in seconds seen since that instant of the monotonic clock."""
        ...


class CleanupLedger(Protocol):
    """What runs owe their targets, by run id; it outlives the process. Everything may raise `StoreError`."""

    def owed(self, probe: str, region: str) -> Sequence[Owed]:
        """The oldest first."""
        ...

    def put(self, owed: Owed) -> None:
        """Durable when this returns; in place of what was noted for that run."""
        ...

    def drop(self, run_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything a run needs that is not in its probe; tokens and codes are shared by all runs of a process."""

    clock: Clock
    chance: Chance
    secrets: SecretSource
    tokens: TokenCache
    codes: UsedCodes
    stop: Stop
    stall: StallGuard
    user_agent: str  # such as "synthmon/0.1.0"
    ledger: CleanupLedger | None = None  # None: what a run leaves behind is nobody's to clean up
    commands: Callable[[tuple[Command, ...]], None] | None = None  # is told of what a run sent, without secrets
    met: Callable[[tuple[Secret, ...]], None] | None = None  # is told of every secret that a run met, as it ends


class Walker(Protocol):
    """What an agent calls to execute one run; it never raises: what goes wrong is in the result."""

    def __call__(self, key: RunKey) -> RunResult: ...
