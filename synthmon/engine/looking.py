"""Addresses that are looked up here, not by the system: once a run, as connections are made once a run."""

from __future__ import annotations

import time

from synthmon.engine.fault import TransportFault, Wire
from synthmon.engine.hangup import stopped
from synthmon.engine.names import look_up_at
from synthmon.engine.ports import Stop
from synthmon.engine.proxying import blamed, proxy_label
from synthmon.engine.resolver import Looked
from synthmon.engine.way import Way
from synthmon.model.run import Phases


def looked_up_for(
    way: Way, names: dict[str, tuple[str, ...]], deadline: float, patience: float, stop: Stop | None
) -> Looked:
    """The addresses of whom a connection is made to; `names` has those that the run knows. Raises `TransportFault`,
    also as soon as the stop is set.
    """
    if way.host in names:
        return Looked(names[way.host])
    found = look_up_at(way.route.network, way.host, min(deadline, time.monotonic() + patience), stop)
    if found.failure is not None:
        if (hung_up := stopped(stop)) is not None:
            raise TransportFault(hung_up, Wire(Phases()))
        wire = Wire(Phases(dns=found.took, total=found.took), phase="dns", proxy=proxy_label(way.route))
        raise TransportFault(blamed(found.failure, wire, 0), wire)
    names[way.host] = found.addresses
    return found
