"""A worker as a process of its own, which keeps straight in a test's store; its one argument is JSON."""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path

from synthmon.app import clock, logs
from synthmon.app.surroundings import Walks
from synthmon.broker.application import Broker
from synthmon.broker.work import Work, WorkPorts
from synthmon.broker.worker import CeleryWorker, Teller
from synthmon.model.run import RunResult
from synthmon.model.secret import Secret
from synthmon.probefile.assembly.installation import Installation, InstallationRegion
from synthmon.probefile.builder import load_probes
from synthmon.secrets import Secrets
from synthmon.store.opening import open_store


def main(said: str) -> None:
    told = json.loads(said)
    logs.set_up(form="json")
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    broker = Broker(Secret("broker", told["broker"]), "test", told["region"], visible=told["visible"], connections=8)
    regions = {name: InstallationRegion() for name in told["regions"]}
    loaded = load_probes(Path(told["probes"]), Installation("test", regions, frozenset()))
    probes = {probe.name: probe for probe in loaded.probes}
    walks = Walks(Secrets({}, Path("/nowhere"), {}))
    walks.start()
    store = open_store(told["database"])

    def keep(result: RunResult) -> None:
        store.keep([result])

    tell = Teller(broker)
    ports = WorkPorts("test", told["region"], told["name"], probes.get, walks, keep, tell, clock.now)
    worker = CeleryWorker(broker, Work(ports), told["name"], told["concurrency"])
    worker.start()
    asked.wait()
    worker.stop(30)
    walks.stop()
    store.close()


if __name__ == "__main__":
    main(sys.argv[1])
