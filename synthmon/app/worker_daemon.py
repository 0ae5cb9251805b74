"""`synthmon worker`: makes runs that agents of its region hand out through a broker, and delivers them."""

from __future__ import annotations

from dataclasses import replace

from synthmon.app.agent_daemon import AgentDaemon
from synthmon.app.configuration import Origin
from synthmon.app.work_side import WorkSide, WorkSidePorts
from synthmon.model.agent import Heartbeat


class WorkerDaemon(AgentDaemon):
    """One worker in one process, with a spool of its own: what it has made needs neither the broker nor an agent."""

    name = "worker"
    asks = False  # confirmations are asked of agents

    def __init__(self, origin: Origin, *, concurrency: int, recover: bool = False) -> None:
        self._concurrency = concurrency
        super().__init__(origin, recover=recover)

    def _side(self) -> WorkSide:
        ports = WorkSidePorts(self._delivery.put, self._delivery.nudge, self._concurrency)
        return WorkSide(self.settings, self._secrets, ports, self._configuration.declared.probes)

    def _vital(self) -> Heartbeat:
        return replace(super()._vital(), worker=True, shard="1/1")
