"""Results on their way to the centre: out of the spool, in order, in batches, until each is durable there or refused.

Results that come one after the other go together, a batch a second (see `pace`). While the centre is away, the spool
fills and is delivered afterwards, one batch right after the other. While the spool takes nothing, results go straight
to the centre; if both are away, they wait in the keeper's memory.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from random import Random  # noqa: TID251 - the type; what it draws from is handed in
from time import monotonic

from synthmon import wire
from synthmon.agent.line import Line
from synthmon.agent.pace import Pace
from synthmon.agent.patience import Patience
from synthmon.agent.reach import RESULTS, Reach
from synthmon.errors import CentreError, StoreError
from synthmon.events import Events
from synthmon.model.run import RunResult
from synthmon.nouns import dataclass
from synthmon.spool import Record, Spool

_log = Events()

LARGEST_BATCH = 200
LARGEST_BYTES = 2 << 20  # of documents in one request
IDLE = 1.0  # seconds until the spool is looked at again without being told
_REFUSED_AS_A_WHOLE = frozenset({400, 413, 422})


@dataclass(frozen=True, slots=True)
class DeliveryPorts:
    """`aside` is a second line, and `aside_id` the name of a spool that is none, for what the spool does not take."""

    spool: Spool
    line: Line
    aside: Line
    aside_id: str
    reach: Reach
    chance: Random
    taken: Callable[[Sequence[RunResult]], None] = lambda _results: None


class Delivery:
    """`put` takes results for good; a thread of its own delivers them. `start` once, `close` once."""

    def __init__(self, ports: DeliveryPorts) -> None:
        self._ports = ports
        self._patience = Patience(ports.chance)
        self._pace = Pace()
        self._wake, self._hurry, self._ending = threading.Event(), threading.Event(), threading.Event()
        self._batch = LARGEST_BATCH
        self._aside_seq = 0
        self._thread = threading.Thread(target=self._loop, name="delivery", daemon=True)
        self.trouble: str | None = None

    def start(self) -> None:
        self._thread.start()

    @property
    def lives(self) -> bool:
        return self._thread.is_alive()

    # Taking

    def put(self, results: Sequence[RunResult]) -> int:
        """Make them durable: in the spool, or else at the centre. Raises `StoreError` when neither takes them."""
        try:
            new = self._ports.spool.put(results)
            if self._pace.came(results):
                self._hurry.set()
            self._wake.set()
        except StoreError as error:
            new = self._straight(results, error)
        self._ports.taken(results)
        return new

    def _straight(self, results: Sequence[RunResult], away: StoreError) -> int:
        """Past a spool that takes nothing. The mark of this name means nothing: each is sent until it is answered."""
        records = []
        for result in results:
            self._aside_seq += 1
            records.append(Record(self._aside_seq, wire.dumps(wire.to_kept_json(result))))
        try:
            answer = self._ports.aside.deliver(self._ports.aside_id, 0, records)
        except CentreError as error:
            self._ports.reach.failed(RESULTS, error)
            raise StoreError(f"{away}; {error}", hint=away.hint) from error
        for refusal in answer.refused:
            _log.error("run.refused", seq=refusal.seq, why=refusal.reason)
        return len(results) - len(answer.refused)

    # Delivering

    def nudge(self) -> None:
        """The centre was heard of, or there is more to send: do not wait any longer."""
        self._wake.set()

    def close(self, timeout: float) -> int:
        """Deliver what is there, if the centre takes it at once; how many results stay in the spool."""
        self._ending.set()
        self._hurry.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return self._ports.spool.state().depth

    def _loop(self) -> None:
        while True:
            self._keep_pace()
            pause = self._attempt()
            if self._ending.is_set() and pause > 0:
                return
            if pause > 0:
                self._wake.wait(pause)
                self._wake.clear()

    def _keep_pace(self) -> None:
        while True:
            self._hurry.clear()
            left = self._pace.wait(monotonic())
            if not left or self._ending.is_set():
                return
            self._hurry.wait(left)

    def _attempt(self) -> float:
        """One batch; seconds until the next one. An isolation boundary: this thread has to be there for the next."""
        try:
            more = self._deliver()
        except CentreError as error:
            self._ports.reach.failed(RESULTS, error)
            return max(0.01, self._patience.next(error.retry_after))
        except StoreError as error:  # the spool says it as its own trouble
            self.trouble = str(error)
            return max(0.01, self._patience.next())
        except Exception as error:  # noqa: BLE001
            _log.exception("delivery.failed")
            self.trouble = f"an internal error: {type(error).__name__}; the log has it"
            return max(0.01, self._patience.next())
        self.trouble = None
        self._patience.worked()
        return 0.0 if more else IDLE

    def _deliver(self) -> bool:
        """Send the first records after the mark; whether there were any."""
        spool = self._ports.spool
        after = spool.mark
        self._pace.begins(monotonic())
        records = spool.pending(self._batch, LARGEST_BYTES)
        if len(records) in {0, self._batch} or _size(records) > LARGEST_BYTES // 2:  # the next one may not fit in
            self._pace.goes_on()
        if after != spool.mark:  # a heartbeat put it back: with that mark these records would leave out what is between
            return True
        if not records or spool.id is None:
            return False
        try:
            answer = self._ports.line.deliver(spool.id, after, records)
        except CentreError as error:
            if error.status not in _REFUSED_AS_A_WHOLE:
                raise
            self._suspect(records, error)
            return True
        self._ports.reach.worked(RESULTS)
        self._batch = min(LARGEST_BATCH, self._batch * 2)
        if answer.durable < spool.mark:
            spool.rewind(answer.durable)
        else:
            spool.delivered(answer, records[-1].seq)
        return True

    def _suspect(self, records: Sequence[Record], error: CentreError) -> None:
        """The centre takes the batch not at all: find the record that is to blame, and keep it aside."""
        if len(records) > 1:
            self._batch = max(1, len(records) // 2)
        elif records[0].document is not None:
            self._ports.spool.set_aside(records[0].seq, str(error))
        else:
            raise error


def _size(records: Sequence[Record]) -> int:
    return sum(len(record.document or b"") for record in records)
