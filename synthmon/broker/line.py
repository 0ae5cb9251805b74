"""An agent's line to its broker: orders go out, notices come in, and an echo each second shows that both ways are open.

A broker that refuses, hangs or has stopped looks the same from here: the echo does not come back. None of it ever holds
up a run: whoever gives an order waits for its ticket, never for the broker.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any

from celery import Celery
from kombu import Connection, Consumer, Producer, Queue

from synthmon.broker.application import TASK, Application, Broker
from synthmon.broker.ledger import Ledger, Ticket
from synthmon.errors import MalformedDocument
from synthmon.events import Events
from synthmon.model.order import Notice, What
from synthmon.wire import loads, notice_from_json, notice_to_json, order_to_json

_log = Events()

ECHO_EVERY = 1.0  # seconds
AWAY_AFTER = 4.0  # seconds without an echo
TICK = 0.2
TRY_AGAIN_AFTER = 1.0
REPLIES_LIVE = 3600.0  # seconds that RabbitMQ keeps the queue of an agent that is gone


class Line:
    """Threads of its own; `start` once, `stop` once. `there` says whether the broker is; `trouble` why it is not."""

    def __init__(self, broker: Broker, ledger: Ledger, instance: str, now: Callable[[], datetime]) -> None:
        self._broker, self._ledger, self._now = broker, ledger, now
        self.reply_to = broker.replies(instance)
        self._app: Celery = Application(broker)
        self._outgoing: SimpleQueue[Ticket] = SimpleQueue()
        self._stop = threading.Event()
        self._echoes: dict[str, datetime] = {}
        self._echo = 0
        self._mine = f"{now().isoformat()} {id(self)}"  # tells our echoes from those of an agent before us
        self._came_back: float | None = None  # on the monotonic clock
        self._heard_until: datetime | None = None
        self._why = "it was not asked yet"
        self.there = False
        self._threads = [
            threading.Thread(target=loop, name=f"broker-{name}", daemon=True)
            for name, loop in (("out", self._send), ("in", self._receive), ("watch", self._watch))
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout)

    @property
    def trouble(self) -> str | None:
        return None if self.there else f"the broker is away: {self._why}"

    @property
    def lives(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    def send(self, ticket: Ticket) -> None:
        self._outgoing.put(ticket)

    # Out

    def _send(self) -> None:
        while not self._stop.is_set():
            try:
                with self._broker.connect() as connection:
                    self._send_on(connection)
            except Exception as error:  # noqa: BLE001 - whatever a broker's library raises, the line tries again
                self._broke(error)
            self._stop.wait(TRY_AGAIN_AFTER)

    def _send_on(self, connection: Connection) -> None:
        producer = Producer(connection, serializer="json")
        echo_at = 0.0
        while not self._stop.is_set():
            if time.monotonic() >= echo_at:
                self._send_echo(producer)
                echo_at = time.monotonic() + ECHO_EVERY
            with suppress(Empty):
                ticket = self._outgoing.get(timeout=max(0.01, echo_at - time.monotonic()))
                if self._ledger.to_send(ticket):
                    self._send_order(producer, ticket)

    def _send_order(self, producer: Producer, ticket: Ticket) -> None:
        order = ticket.order
        self._app.send_task(
            TASK,
            args=(order_to_json(order),),
            task_id=order.key.id,
            queue=self._broker.queue,
            expires=order.until,
            producer=producer,
            retry=False,
        )

    def _send_echo(self, producer: Producer) -> None:
        self._echo += 1
        number, sent_at = str(self._echo), self._now()
        self._echoes = {**dict(list(self._echoes.items())[-10:]), number: sent_at}
        notice = notice_to_json(Notice(What.ECHO, number, worker=self._mine))
        producer.publish(notice, exchange="", routing_key=self.reply_to, retry=False)

    # In

    def _receive(self) -> None:
        while not self._stop.is_set():
            try:
                with self._broker.connect() as connection:
                    self._receive_on(connection)
            except Exception as error:  # noqa: BLE001 - whatever a broker's library raises, the line tries again
                self._broke(error)
            self._stop.wait(TRY_AGAIN_AFTER)

    def _receive_on(self, connection: Connection) -> None:
        queue = Queue(self.reply_to, routing_key=self.reply_to, durable=False, expires=REPLIES_LIVE)
        with Consumer(
            connection, queues=[queue], callbacks=[self._hear], accept=["json"], no_ack=True, auto_declare=True
        ):
            while not self._stop.is_set():
                with suppress(TimeoutError):
                    connection.drain_events(timeout=1.0)
                connection.heartbeat_check()

    def _hear(self, body: Any, _message: object) -> None:
        try:
            notice = notice_from_json(loads(body) if isinstance(body, bytes) else body)
        except MalformedDocument as error:
            _log.error("broker.malformed", error=str(error))
            return
        if notice.what is not What.ECHO:
            self._ledger.hear(notice)
        elif notice.worker == self._mine and (sent_at := self._echoes.get(notice.run_id)) is not None:
            self._came_back, self._heard_until = time.monotonic(), sent_at

    # Watch

    def _watch(self) -> None:
        while not self._stop.wait(TICK):
            if self._came_back is not None and time.monotonic() - self._came_back > AWAY_AFTER:
                self._broke(TimeoutError("it does not answer"))
            self._note()
            self._ledger.tick(self._heard_until)

    def _note(self) -> None:
        there = self._came_back is not None
        if there and not self.there:
            _log.info("broker.there", queue=self._broker.queue)
        self.there = there

    def _broke(self, error: Exception) -> None:
        """Whatever was under way may be lost, until an echo shows that the line is whole again."""
        if self._stop.is_set():
            return
        self._came_back, self._echoes = None, {}
        self._why = self._broker.told(error)
        if self.there:
            _log.error("broker.away", queue=self._broker.queue, why=self._why)
        self.there = False
        self._ledger.broke()
