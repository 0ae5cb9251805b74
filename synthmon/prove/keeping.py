"""A recording as a file, without secrets: written as JSON, and read again with the place of whatever is wrong in it."""

from __future__ import annotations

import base64
import json
from binascii import Error as Base64Error
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields as fields_of
from dataclasses import replace

from synthmon.engine.fault import Wire
from synthmon.engine.ports import Chance, SecretSource
from synthmon.errors import ConfigurationError, MalformedDocument, SecretUnavailable
from synthmon.model.run import ExchangePurpose, Failure, FailureKind, Json, Phases
from synthmon.model.secret import Secret
from synthmon.prove.masking import Mask, Redacted
from synthmon.prove.proving import good_replay, not_good
from synthmon.prove.recording import Answer, Recording, Taken
from synthmon.prove.replay import Stage, replay
from synthmon.wire.fields import Fields
from synthmon.wire.key import key_of, key_to_json

FORMAT = 1
_PHASES = tuple(one.name for one in fields_of(Phases))


class StandIns:
    """The stand-ins of a kept recording in place of the probe's secrets; those that have none are the real ones."""

    def __init__(self, kept: Mapping[str, str | None], real: SecretSource) -> None:
        self._kept, self._real = kept, real

    def get(self, name: str, region: str) -> Secret:
        kept = self._kept.get(name)
        return self._real.get(name, region) if kept is None else Secret(f"secrets.{name}", kept)


def masked(stage: Stage, chance: Chance) -> tuple[Recording, dict[str, str | None]]:
    """The stage's recording without secrets, and stand-ins for those of the probe.

    Raises `ConfigurationError` if what is left is no good run.
    """
    own = {}
    for name in stage.probe.secrets:
        with suppress(SecretUnavailable):
            own[name] = stage.secrets.get(name, stage.region.name).reveal()
    declared = "\n".join([stage.probe.yaml, *map(str, stage.region.variables.values())])
    mask = Mask(good_replay(stage).secrets, own, Redacted(stage.probe.journey.redact_json, declared), chance)
    recording = mask.recording(stage.recording)
    left = replay(replace(stage, recording=recording, secrets=StandIns(mask.secrets, stage.secrets)))
    if (reason := not_good(left.result)) is not None:
        hint = "prove it without --record: nothing is written then"
        raise ConfigurationError(f"the recording cannot be kept, as without its secrets {reason}", hint=hint)
    return recording, mask.secrets


def to_text(recording: Recording, secrets: Mapping[str, str | None]) -> str:
    """A masked recording; refuses one that is not."""
    if not recording.masked:
        raise ValueError("a recording is masked before it is written")
    document = {
        "synthmon_recording": FORMAT,
        "key": key_to_json(recording.key),
        "seed": str(recording.seed),
        "instants": [one.isoformat() for one in recording.instants],
        "secrets": dict(secrets),
        "exchanges": [_exchange(one) for one in recording.taken],
    }
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def _exchange(taken: Taken) -> Json:
    phases = {name: value for name in _PHASES if (value := getattr(taken.wire.phases, name)) is not None}
    told: dict[str, Json] = {"step": taken.step, "purpose": taken.purpose.value, "phases": phases}
    told |= {"reused": taken.wire.reused, "phase": taken.wire.phase}
    if taken.failure is not None:
        failure = {"kind": taken.failure.kind.value, "message": taken.failure.message, "detail": taken.failure.detail}
        return told | {"failure": failure, "resendable": taken.resendable}
    assert taken.answer is not None, "what was taken is an answer or a failure"
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in taken.answer.headers]
    return told | {"status": taken.answer.status, "headers": headers, **_body(taken.answer.body)}


def _body(body: bytes) -> dict[str, Json]:
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode("ascii")}


def from_text(text: str) -> tuple[Recording, dict[str, str | None]]:
    """A recording and the stand-ins of the probe's secrets. Raises `MalformedDocument` with the place."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedDocument(f"this is no recording of `synthmon prove --record`: {error}") from error
    document = Fields(data)
    if document.whole("synthmon_recording") != FORMAT:
        raise MalformedDocument(f"synthmon_recording: this version reads format {FORMAT}")
    instants = document.instants("instants")
    seed = document.text("seed")
    if not instants or not seed.isdecimal():
        document.refuse("seed" if instants else "instants", "what a run drew of time and chance")
    recording = Recording(
        key_of(document.part("key")), int(seed), instants, document.objects("exchanges", _read_exchange), masked=True
    )
    kept = document.part("secrets")
    return recording, {name: kept.maybe_text(name) for name in kept.names()}


def _read_exchange(fields: Fields) -> Taken:
    phases = fields.part("phases")
    wire = Wire(
        Phases(**{name: phases.maybe_number(name) for name in _PHASES}),
        reused=fields.flag("reused"),
        phase=fields.text("phase"),
    )
    taken = Taken(fields.text("step"), fields.word("purpose", ExchangePurpose), wire)
    if (failure := fields.maybe_part("failure")) is not None:
        found = Failure(failure.word("kind", FailureKind), failure.text("message"), detail=failure.maybe_text("detail"))
        return replace(taken, failure=found, resendable=fields.flag("resendable"))
    headers = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in fields.pairs("headers"))
    return replace(taken, answer=Answer(fields.whole("status"), headers, _read_body(fields)))


def _read_body(fields: Fields) -> bytes:
    text = fields.maybe_text("text")
    if text is not None:
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(fields.text("base64"), validate=True)
    except (Base64Error, ValueError):
        fields.refuse("base64", "a body in base64")
