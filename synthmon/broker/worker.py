"""A Celery worker inside a process of synthmon's: threads that work off the orders of one region."""

from __future__ import annotations

import logging
import threading
from typing import Any

from celery.exceptions import Reject
from celery.worker import WorkController, state
from kombu import Producer
from kombu.pools import producers

from synthmon.broker.application import TASK, Application, Broker
from synthmon.broker.work import Unsaid, Work
from synthmon.events import Events
from synthmon.model.order import Notice
from synthmon.model.run import Json
from synthmon.wire import notice_to_json

_log = Events()


class Teller:
    """Sends notices to agents, over connections that its threads share."""

    def __init__(self, broker: Broker) -> None:
        self._connection = broker.connect()
        self._pool = producers[self._connection]

    def __call__(self, queue: str, notice: Notice) -> None:
        with self._pool.acquire(block=True, timeout=5.0) as producer:
            _publish(producer, queue, notice)


def _publish(producer: Producer, queue: str, notice: Notice) -> None:
    producer.publish(notice_to_json(notice), serializer="json", exchange="", routing_key=queue, retry=False)


class CeleryWorker:
    """Takes orders once started, until stopped: then it takes no more, and waits for those that it has begun."""

    def __init__(self, broker: Broker, work: Work, name: str, concurrency: int) -> None:
        _listen_to_celery()
        self._app = Application(broker)
        self._work = work

        # Celery looks at a task's source: it takes neither a lambda nor a method.
        def take(document: Json) -> None:
            self._take(document)

        self._app.task(take, name=TASK, ignore_result=True)
        self._controller = _Controller(
            app=self._app,
            hostname=name,
            pool="threads",
            concurrency=concurrency,
            queues=[broker.queue],
            loglevel="WARNING",
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        self._thread = threading.Thread(target=self._controller.start, name="celery", daemon=True)

    def start(self) -> None:
        state.should_stop = None
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether it has a line to the broker over which orders come."""
        consumer = self._controller.consumer
        return self._controller.ready.is_set() and consumer is not None and consumer.connection is not None

    @property
    def lives(self) -> bool:
        return self._thread.is_alive()

    def stop(self, timeout: float) -> bool:
        """Whether it has ended within so many seconds."""
        state.should_stop = 0
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _take(self, document: Json) -> None:
        try:
            self._work(document)
        except Unsaid as error:
            _log.warning("order.returned", why=str(error))
            raise Reject(str(error), requeue=True) from error
        except Exception:  # noqa: BLE001 - an isolation boundary: the next order must find this worker there
            _log.exception("order.failed")


class _Controller(WorkController):  # type: ignore[misc]  # Celery has no types
    """One that says when it is ready; it installs no signal handlers, as those are its process's."""

    def __init__(self, **options: Any) -> None:
        self.ready = threading.Event()
        super().__init__(**options)

    def on_consumer_ready(self, consumer: Any) -> None:
        super().on_consumer_ready(consumer)
        self.ready.set()
        _log.info("worker.ready", queue=next(iter(self.app.amqp.queues.consume_from), None))


class _Events(logging.Handler):
    """What Celery has to say becomes an event like any other: its first line, without traces of lost connections."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = next(iter(record.getMessage().strip().splitlines()), "")
        except Exception:  # noqa: BLE001 - as every handler does: a message that cannot be made ends nothing
            self.handleError(record)
        else:
            _log.error("celery.said", by=record.name, text=text[:500])


def _listen_to_celery() -> None:
    for name in ("celery", "kombu", "amqp"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.ERROR)
        logger.handlers = [_Events()]
        logger.propagate = False
