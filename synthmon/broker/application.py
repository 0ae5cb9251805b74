"""How Celery and kombu are set up: JSON only, late acknowledgement, patience with a broker that is away."""

from __future__ import annotations

import re
import ssl
from typing import Any
from urllib.parse import unquote, urlsplit

from celery import Celery
from kombu import Connection

from synthmon.model.secret import Scrubber, Secret
from synthmon.nouns import dataclass

TASK = "synthmon.run"
REPLIES = "synthmon.replies"
SOCKET_PATIENCE = 3.0  # seconds that a broker may take to answer a command
MOST_SAID = 200  # characters of an error
BEATS = 10  # seconds between two heartbeats of a connection to RabbitMQ
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker and whose runs go through it. `visible` is for how many seconds an order is one worker's alone."""

    url: Secret
    environment: str
    region: str
    visible: float = 3600.0
    connections: int = 10

    @property
    def queue(self) -> str:
        """Where orders of this region lie."""
        return f"synthmon.orders.{_safe(self.environment)}.{_safe(self.region)}"

    def replies(self, instance: str) -> str:
        """Where notices for one agent lie."""
        return f"{REPLIES}.{_safe(self.environment)}.{_safe(self.region)}.{_safe(instance)[:80]}"

    def told(self, error: Exception) -> str:
        """What an error of a broker's library says, without the secret part of the address."""
        password = urlsplit(self.url.reveal()).password
        hidden = [self.url, *([Secret(self.url.name, unquote(password))] if password else [])]
        said = Scrubber(hidden).text(str(error)).strip()
        return f"{type(error).__name__}: {said}"[:MOST_SAID] if said else type(error).__name__

    def connect(self) -> Connection:
        """A connection of one's own; it is made when it is first used."""
        return Connection(
            self.url.reveal(),
            ssl=_tls(self.url.reveal()),
            transport_options=_transport(self),
            connect_timeout=SOCKET_PATIENCE,
            heartbeat=BEATS if _is_amqp(self.url.reveal()) else 0,
        )


class Application(Celery):  # type: ignore[misc]  # Celery has no types
    """Celery with the one broker it was given: CELERY_BROKER_URL in the environment would go before its settings."""

    def __init__(self, broker: Broker) -> None:
        super().__init__("synthmon", set_as_current=False, autofinalize=True)
        self.broker = broker
        self.conf.update(settings_for(broker))

    def connection_for_read(self, url: str | None = None, **options: Any) -> Connection:
        return super().connection_for_read(url or self.broker.url.reveal(), **options)

    def connection_for_write(self, url: str | None = None, **options: Any) -> Connection:
        return super().connection_for_write(url or self.broker.url.reveal(), **options)


def settings_for(broker: Broker) -> dict[str, Any]:
    """Celery's settings, each with the reason why it is not the default."""
    url = broker.url.reveal()
    return {
        "broker_url": url,
        "broker_use_ssl": _tls(url),
        "broker_transport_options": _transport(broker),
        "broker_heartbeat": BEATS if _is_amqp(url) else 0,
        "broker_connection_timeout": SOCKET_PATIENCE,
        # However long the broker is away, a worker is there when it comes back.
        "broker_connection_retry": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,
        "broker_pool_limit": broker.connections,
        # Nothing but JSON is ever read, and nobody can steer a worker through the broker.
        "task_serializer": "json",
        "accept_content": ["json"],
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        # An order is acknowledged after its result is durable, and goes back if its worker dies.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_acks_on_failure_or_timeout": True,
        # A run goes on while the broker is away: its result does not need it.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        # No order waits in a worker that is busy while another one is idle.
        "worker_prefetch_multiplier": 1,
        "worker_enable_prefetch_count_reduction": False,
        "task_ignore_result": True,
        "task_default_queue": broker.queue,
        "task_default_queue_type": "classic",
        "task_create_missing_queues": True,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "enable_utc": True,
        "timezone": "UTC",
    }


def _transport(broker: Broker) -> dict[str, Any]:
    """Options of kombu's Redis transport; that of RabbitMQ is told of its time limits elsewhere."""
    if _is_amqp(broker.url.reveal()):
        return {"confirm_publish": True, "read_timeout": SOCKET_PATIENCE * 2, "write_timeout": SOCKET_PATIENCE}
    return {
        "visibility_timeout": broker.visible,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": SOCKET_PATIENCE,
        "socket_connect_timeout": SOCKET_PATIENCE,
        "socket_keepalive": True,
        "health_check_interval": 5,
        "retry_on_timeout": False,
        "max_connections": broker.connections + 10,
    }


def _tls(url: str) -> dict[str, Any] | None:
    """kombu verifies nothing behind `rediss://` unless it is told to."""
    if url.startswith("rediss://"):
        return {"ssl_cert_reqs": ssl.CERT_REQUIRED}
    return {"cert_reqs": ssl.CERT_REQUIRED} if url.startswith("amqps://") else None


def _is_amqp(url: str) -> bool:
    return url.startswith("amqp")


def _safe(name: str) -> str:
    return _UNSAFE.sub("_", name)
