"""What the agents of other regions are answered by, joined: door, intake, roll call, questions, declaration."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from synthmon.app import clock
from synthmon.app.configuration import Declared
from synthmon.app.declaration import Declarations
from synthmon.centre.door import Door, Tokens, summary
from synthmon.centre.intake import Intake, IntakePorts
from synthmon.centre.keeping_up import KeepingUp
from synthmon.centre.questions import Questions
from synthmon.centre.rollcall import Presence, RollCall
from synthmon.model.agent import Asked, Delivered, Heartbeat
from synthmon.model.run import Json, RunResult
from synthmon.store.interface import Store
from synthmon.web.ports import Declaration


class AgentsDesk:
    """Implements `web.ports.Agents`. `arrived` hears of results that agents delivered, once they are kept."""

    def __init__(
        self,
        store: Store,
        environment: str,
        declared: Callable[[], Declared],
        arrived: Callable[[Sequence[RunResult]], None],
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._store, self._now = store, now
        self._questions = Questions(lambda region, after: store.asked(region, after, now()))

        def regions() -> Mapping[str, object]:
            return declared().settings.installation.regions

        self._declarations = Declarations(declared, environment)
        self._door = Door(store, regions, now, time.monotonic)
        self._tokens = Tokens(store, regions, now)
        self._roll = RollCall(
            store,
            lambda: declared().probes,
            lambda: self._declarations().config_hash,
            now,
            lambda: dict.fromkeys(declared().settings.regions_run_here, declared().settings.shard),
        )
        self._keeping_up = KeepingUp(store.unjudged)
        self._intake = Intake(IntakePorts(store, environment, lambda: declared().probes, now, arrived))

    def admit(self, token: str) -> str:
        return self._door.admit(token)

    def take(self, region: str, body: Json) -> Delivered:
        self._keeping_up.wait()
        return self._intake.take(region, body)

    def leave(self) -> None:
        """What is being delivered need not wait any more."""
        self._keeping_up.leave()

    def hear(self, region: str, body: Json) -> Heartbeat:
        return self._roll.hear(region, body)

    def asked(self, region: str, after: int) -> Asked:
        return self._questions.asked(region, after)

    def nothing_asked(self, region: str, after: int) -> bool:
        return self._questions.nothing(region, after)

    def durable(self, region: str, spool: str) -> int:
        return self._store.durable(spool, region)

    def declaration(self) -> Declaration:
        return self._declarations()

    def present(self) -> Sequence[Presence]:
        return self._roll.present()

    def troubles(self) -> Mapping[str, str]:
        """Per region what somebody has to mend."""
        return self._roll.troubles()

    def add_token(self, region: str) -> Mapping[str, str | None]:
        token, text = self._tokens.add(region)
        return {**summary(token, self._now()), "token": text}

    def rotate_token(self, region: str, overlap: float) -> Mapping[str, str | None]:
        token, text = self._tokens.rotate(region, timedelta(seconds=max(0.0, overlap)))
        return {**summary(token, self._now()), "token": text}

    def revoke_tokens(self, region: str, token_id: str | None) -> Sequence[Mapping[str, str | None]]:
        return [summary(token, self._now()) for token in self._tokens.revoke(region, token_id)]

    def tokens(self) -> Sequence[Mapping[str, str | None]]:
        return [summary(token, self._now()) for token in self._tokens.all()]
