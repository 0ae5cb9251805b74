"""All metrics together, each part on its own: what cannot be read is absent, and the rest is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from synthmon.errors import StoreError
from synthmon.model.run import RunResult
from synthmon.web.metrics.agents import agents
from synthmon.web.metrics.beliefs import beliefs, budgets
from synthmon.web.metrics.counters import Counters
from synthmon.web.metrics.itself import daemon, outbox
from synthmon.web.ports import WebPorts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PARTS: Sequence[Callable[[WebPorts, datetime], Iterator[Metric]]] = (beliefs, outbox, agents)


class Metrics:
    """Counters that grow as runs are kept, and gauges read when somebody scrapes."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self._counters = Counters()
        self.registry.register(self._counters)

    def count(self, result: RunResult) -> None:
        """Count one run that was kept."""
        self._counters.count(result)

    def attach(self, ports: WebPorts) -> None:
        """Read the gauges from these ports from now on."""
        self._counters.probes = ports.probes
        self.registry.register(_Gauges(ports))

    def render(self) -> bytes:
        return generate_latest(self.registry)


class _Gauges(Collector):
    def __init__(self, ports: WebPorts) -> None:
        self._ports = ports

    def collect(self) -> Iterator[Metric]:
        ports, now = self._ports, self._ports.now()
        yield from daemon(ports.pulse(), ports)
        yield from budgets(ports)
        reachable = 1.0
        for part in _PARTS:
            try:
                yield from list(part(ports, now))  # all of a part or nothing of it
            except StoreError:
                reachable = 0.0
        yield GaugeMetricFamily("synthmon_database_up", "1 while the database can be read.", reachable)

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked for until somebody scrapes."""
        return ()
