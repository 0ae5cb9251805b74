"""Proving a probe for somebody who waits for it: its run recorded now, then replayed with every fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from synthmon.app import clock
from synthmon.app.configuration import Origin
from synthmon.app.oneshot import OneShot, Wanted
from synthmon.app.surroundings import Walks
from synthmon.engine.ports import SecretSource
from synthmon.errors import SynthmonError
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import RunKey, RunResult
from synthmon.prove.proof import Proof
from synthmon.prove.proving import Choice, not_good, prove
from synthmon.prove.recording import Recording
from synthmon.prove.replay import Stage
from synthmon.prove.tape import Tape


class NoGoodRun(SynthmonError):
    """The target did not give a good run, so there is nothing to prove the probe by."""


class Proving:
    """Reads what is wanted when it is made (raising `ConfigurationError` with every problem)."""

    def __init__(self, origin: Origin, wanted: Wanted) -> None:
        self._shot = OneShot(origin, wanted)
        self.probe, self.warnings = self._shot.probe, self._shot.warnings

    def record(self, waiting: Callable[[float], None] | None = None) -> Recording:
        """Really run the probe once. Raises `NoGoodRun`."""
        walks = _Taped(self._shot.secrets)
        result = self._shot.run(waiting, walks)
        if (reason := not_good(result)) is not None:
            hint = f"`synthmon run {self.probe.name}` shows it; a probe is proven by what it finds when all is well"
            raise NoGoodRun(f"{self.probe.name} cannot be proven now: {reason}", hint=hint)
        return walks.tape.recording(result.key)

    def prove(self, recording: Recording, choice: Choice, progress: Callable[[int, int], None] | None = None) -> Proof:
        """Replay the recording with every fault; no socket is opened."""
        stage = Stage(self.probe, self._shot.region, recording, self._shot.secrets, clock.seeded)
        return prove(stage, choice, progress)


class _Taped(Walks):
    """Walks one run with a tape between the engine and what it is handed."""

    def __init__(self, secrets: SecretSource) -> None:
        super().__init__(secrets)
        self.tape = Tape(clock.seed())
        self._surroundings = replace(
            self._surroundings, clock=self.tape.clock(self._surroundings.clock), chance=clock.seeded(self.tape.seed)
        )

    def __call__(self, probe: Probe, key: RunKey, region: ProbeRegion) -> RunResult:
        return self.walked(probe, key, region, self.tape.transport(self.transport))
