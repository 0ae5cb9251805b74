"""What agents send, looked at record by record: a result that can be kept, or the reason why it cannot.

The region is that of the token, whatever the body claims. One record that is wrong is refused alone; its number counts
as done, so that it holds up no other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from synthmon import wire
from synthmon.errors import MalformedDocument, RefusedByStore
from synthmon.events import Events
from synthmon.model import words
from synthmon.model.agent import Consigned, Consignment, Delivered, Refusal
from synthmon.model.history import ProbeVersion
from synthmon.model.probe import Probe
from synthmon.model.run import Json, Outcome, RunResult
from synthmon.nouns import dataclass
from synthmon.store.interface import Store
from synthmon.wire.fields import Fields

_log = Events()

MOST_RECORDS = 1000
LONGEST_SPOOL = 64
AHEAD = timedelta(minutes=5)  # a clock may be wrong by so much
BEHIND = timedelta(days=30)
LONGEST_RUN = 3600.0 * 24
_MOST = 2**31
_NO_NUMBERS = (b"NaN", b"Infinity")  # as encoders write them, though they are no JSON


@dataclass(frozen=True, slots=True)
class IntakePorts:
    """`probes` gives those declared now; `kept` hears of the results that were taken."""

    store: Store
    environment: str
    probes: Callable[[], Mapping[str, Probe]]
    now: Callable[[], datetime]
    kept: Callable[[Sequence[RunResult]], None]


class _Past:
    """What was declared in the days of which results are taken: read once for a delivery, when it is asked for."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._store, self._now = store, now
        self._versions: Sequence[ProbeVersion] | None = None

    def ran(self, name: str, region: str, slot: datetime) -> bool:
        """Whether the probe was declared there at the time."""
        if self._versions is None:
            self._versions = self._store.versions(self._now - BEHIND - AHEAD, self._now + 2 * AHEAD)
        return any(
            version.probe == name
            and region in version.regions
            and version.since < slot + AHEAD
            and (version.until is None or version.until > slot - AHEAD)
            for version in self._versions
        )


class Intake:
    """Takes what agents deliver. Thread-safe."""

    def __init__(self, ports: IntakePorts) -> None:
        self._ports = ports

    def take(self, region: str, body: Json) -> Delivered:
        """Keep what can be kept; raises `MalformedDocument` for a body of no use, `StoreError` if nothing is taken."""
        fields = Fields(body)
        spool, after, items = fields.text("spool"), fields.whole("after", default=0), fields.items("records")
        if not 0 < len(spool) <= LONGEST_SPOOL:
            raise MalformedDocument(f"spool: expected a name of at most {LONGEST_SPOOL} characters")
        if len(items) > MOST_RECORDS:
            raise MalformedDocument(f"records: at most {MOST_RECORDS} at once, got {len(items)}")
        if not 0 <= after < 2**62:
            raise MalformedDocument("after: expected a number that was given")
        consignment = Consignment(spool, region, after, self._records(region, items, after))
        answer = self._take(consignment)
        if answer.durable >= after:
            self._tell(consignment, answer)
        return answer

    def _records(self, region: str, items: Sequence[Json], after: int) -> tuple[Consigned, ...]:
        records = []
        last = 0
        past = _Past(self._ports.store, self._ports.now())
        for index, item in enumerate(items):
            fields = Fields(item, f"records[{index}]")
            seq = fields.whole("seq")
            if not last < seq < 2**62 or (after and seq <= after):
                raise MalformedDocument(f"records[{index}].seq: expected a number above the one before, got {seq}")
            last = seq
            records.append(self._record(region, seq, item.get("run"), past))
        return tuple(records)

    def _record(self, region: str, seq: int, document: Json, past: _Past) -> Consigned:
        if document is None:
            return Consigned(seq, refused="there is no result in it: the agent has set it aside")
        try:
            run, text = _as_kept(document)
        except MalformedDocument as error:
            return Consigned(seq, refused=words.printable(str(error), 300))
        except (ValueError, OverflowError, RecursionError) as error:
            return Consigned(seq, refused=f"a value that cannot be kept: {words.printable(str(error), 200)}")
        why = self._why_not(region, run, past)
        return Consigned(seq, refused=why) if why else Consigned(seq, run, text=text, exact=True)

    def _why_not(self, region: str, run: RunResult, past: _Past) -> str | None:
        """Why a well-formed result is not taken; None when it is."""
        key, now = run.key, self._ports.now()
        if key.environment != self._ports.environment:
            return f"it is of the environment {_said(key.environment)}, this is {self._ports.environment}"
        if key.region != region:
            return f"it is of the region {_said(key.region)}, the token is of {region}"
        if key.slot > now + AHEAD:
            return f"its slot {_at(key.slot)} lies in the future: is the agent's clock right?"
        if key.slot < now - BEHIND:
            return f"its slot {_at(key.slot)} is more than {BEHIND.days} days old"
        if not key.slot - AHEAD <= run.started_at <= now + AHEAD:
            return f"it cannot have started at {_at(run.started_at)}"
        if not 0 <= run.duration <= LONGEST_RUN or not 0 <= key.n < _MOST:
            return "it has a duration or a number that cannot be"
        if run.outcome is Outcome.MISSED:
            return "a run that took place was not missed"
        if not self._runs_there(key.probe, region) and not past.ran(key.probe, region, key.slot):
            return f"there is no probe {_said(key.probe)} in region {region}"
        return None

    def _runs_there(self, name: str, region: str) -> bool:
        """Whether the probe is declared there now."""
        probe = self._ports.probes().get(name)
        return probe is not None and probe.region(region) is not None

    def _take(self, consignment: Consignment) -> Delivered:
        """All at once; where the store works and refuses, one by one, so that it is known which it refuses."""
        try:
            return self._ports.store.take(consignment)
        except RefusedByStore:
            if not any(record.run for record in consignment.records):
                raise
        answer = Delivered(self._ports.store.durable(consignment.spool, consignment.region))
        refused: list[Refusal] = []
        for record in consignment.records:
            one = replace(consignment, records=(record,))
            try:
                answer = self._ports.store.take(one)
            except RefusedByStore as error:
                _log.error("run.refused", run=record.run and record.run.id, why=str(error))
                poisoned = Consigned(record.seq, refused="the database refuses it; the centre's log has more")
                answer = self._ports.store.take(replace(one, records=(poisoned,)))
            if answer.durable < consignment.after:
                return answer
            refused += answer.refused
        return replace(answer, refused=tuple(refused))

    def _tell(self, consignment: Consignment, answer: Delivered) -> None:
        reasons = {refusal.seq: refusal.reason for refusal in answer.refused}
        for seq, why in reasons.items():
            _log.warning("run.refused", region=consignment.region, spool=consignment.spool, seq=seq, why=why)
        self._ports.kept([one.run for one in consignment.records if one.run and one.seq not in reasons])


def _as_kept(document: Json) -> tuple[RunResult, bytes | None]:
    """The run as everybody will read it, and its document as it is kept, where that may be needed. It is hardly ever of
    a run that passed, which is kept as its figures.

    What an agent wrote is that document already, and is kept as it came. What somebody else wrote may be finer than
    what is kept: it is read again, so that the judge, who gets this very run, goes by nothing that is not in the row.
    """
    if isinstance(document, RunResult):  # read by `wire.delivery_from_text`
        return document, None if document.outcome is Outcome.PASSED else wire.dumps(wire.to_kept_json(document))
    plain = wire.plain_from_json(document)
    if plain is not None:
        return plain, wire.dumps(document)
    text = _kept_as(wire.from_json(document))
    return wire.from_json(wire.loads(text)), text


def _kept_as(run: RunResult) -> bytes:
    """The document of a run; raises `ValueError` for NaN and 1e999, which no JSON has and no page can show.

    The words are looked for in the whole text, which costs next to nothing; a text of the run may have them as well.
    """
    document = wire.to_kept_json(run)
    text = wire.dumps(document)
    if any(word in text for word in _NO_NUMBERS):
        json.dumps(document, allow_nan=False)
    return text


def _said(text: str) -> str:
    return repr(words.printable(text, 80))


def _at(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")
