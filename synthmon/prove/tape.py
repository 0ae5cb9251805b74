"""Recording: what passes between the engine and its surroundings during one run, written down as it goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import httpx

from synthmon.engine.fault import TransportFault, Wire
from synthmon.engine.ports import Clock
from synthmon.model.run import Phases, RunKey
from synthmon.prove.recording import Answer, Recording, Taken


class Tape:
    """Belongs to one run. `seed` is where that run's chance comes from."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._instants: list[datetime] = []
        self._taken: list[Taken] = []

    def transport(self, beneath: httpx.BaseTransport) -> httpx.BaseTransport:
        return _Recorder(beneath, self._taken)

    def clock(self, clock: Clock) -> Clock:
        """The same clock; every look at the wall is noted, so that a replay sees the same times."""

        def now() -> datetime:
            self._instants.append(clock.now())
            return self._instants[-1]

        return replace(clock, now=now)

    def recording(self, key: RunKey) -> Recording:
        return Recording(key, self.seed, tuple(self._instants), tuple(self._taken))


class _Recorder(httpx.BaseTransport):
    def __init__(self, beneath: httpx.BaseTransport, taken: list[Taken]) -> None:
        self._beneath, self._taken = beneath, taken

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        step, purpose = request.extensions["synthmon.step"], request.extensions["synthmon.purpose"]
        try:
            response = self._beneath.handle_request(request)
        except TransportFault as fault:
            self._taken.append(Taken(step, purpose, fault.wire, failure=fault.failure, resendable=fault.resendable))
            raise
        wire = response.extensions.get("synthmon.wire") or Wire(Phases(total=0.0))
        answer = Answer(response.status_code, tuple(response.headers.raw), response.read())
        self._taken.append(Taken(step, purpose, wire, answer))
        return response
