"""Proving a probe for somebody who waits for it: its run recorded now, then replayed with every fault."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from synthmon.app import clock
from synthmon.app.configuration import Origin
from synthmon.app.oneshot import OneShot, Wanted
from synthmon.app.surroundings import Walks
from synthmon.engine.ports import SecretSource
from synthmon.errors import ConfigurationError, MalformedDocument, SynthmonError
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import RunKey, RunResult
from synthmon.prove.keeping import StandIns, from_text, masked, to_text
from synthmon.prove.proof import Proof
from synthmon.prove.proving import Choice, not_good, prove
from synthmon.prove.recording import Recording
from synthmon.prove.replay import Stage
from synthmon.prove.tape import Tape


class NoGoodRun(SynthmonError):
    """The target did not give a good run, so there is nothing to prove the probe by."""


class Proving:
    """Reads what is wanted when it is made (raising `ConfigurationError` with every problem).

    `kept` is a recording in a file: the run is not made then, and its secrets are not needed.
    """

    def __init__(self, origin: Origin, wanted: Wanted, kept: Path | None = None) -> None:
        self._kept = None if kept is None else _read(kept)
        region = wanted.region or (self._kept[0].key.region if self._kept else None)
        self._shot = OneShot(origin, replace(wanted, region=region))
        self.probe, self.warnings = self._shot.probe, self._shot.warnings
        if self._kept is not None:
            _check(self._kept[0], self.probe, self._shot.region, str(kept))

    def record(self, waiting: Callable[[float], None] | None = None) -> Stage:
        """Really run the probe once, or take what was kept. Raises `NoGoodRun`."""
        if self._kept is not None:
            recording, secrets = self._kept
            return self._stage(recording, StandIns(secrets, self._shot.secrets))
        walks = _Taped(self._shot.secrets)
        result = self._shot.run(waiting, walks)
        if (reason := not_good(result)) is not None:
            hint = f"`synthmon run {self.probe.name}` shows it; a probe is proven by what it finds when all is well"
            raise NoGoodRun(f"{self.probe.name} cannot be proven now: {reason}", hint=hint)
        return self._stage(walks.tape.recording(result.key), self._shot.secrets)

    def _stage(self, recording: Recording, secrets: SecretSource) -> Stage:
        return Stage(self.probe, self._shot.region, recording, secrets, clock.seeded)

    def keep(self, stage: Stage, path: Path) -> None:
        """Write the recording without its secrets into a file of this user's own."""
        text = to_text(*masked(stage, clock.chance()))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, 0o600)  # where it was there already
            file.write(text)

    def prove(self, stage: Stage, choice: Choice, progress: Callable[[int, int], None] | None = None) -> Proof:
        """Replay the recording with every fault; no socket is opened."""
        return prove(stage, choice, progress)


def _read(path: Path) -> tuple[Recording, dict[str, str | None]]:
    try:
        return from_text(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: this is no recording: it is not UTF-8 text") from error
    except MalformedDocument as error:
        raise ConfigurationError(f"{path}: {error}", hint="`synthmon prove --record FILE` makes one") from error


def _check(recording: Recording, probe: Probe, region: ProbeRegion, path: str) -> None:
    if recording.key.probe != probe.name or recording.key.region != region.name:
        made = f"a run of {recording.key.probe} in {recording.key.region}"
        raise ConfigurationError(f"{path}: this is {made}, not of {probe.name} in {region.name}")


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
