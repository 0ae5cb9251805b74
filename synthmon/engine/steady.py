"""What is the same in every run of a probe in a region: the plain way to its targets, and who its requests say asks."""

from __future__ import annotations

from synthmon.engine.built import Fields
from synthmon.engine.redaction import Redaction
from synthmon.engine.route import Route, Secured
from synthmon.language.once import once
from synthmon.model.network import Proxy
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.nouns import dataclass

_USUAL_TLS = Secured()
_NOTHING_TO_REDACT = Redaction(())


@dataclass(frozen=True, slots=True)
class Steady:
    """`route` is None where something in it has to be rendered; `asking` is to hold what requests say, by the agent's
    name.
    """

    region: ProbeRegion
    probe: str
    route: Route | None
    redaction: Redaction | None  # None: it belongs to one run, as it remembers documents
    tries_again: bool  # whether any step may be tried again
    asking: dict[str, Fields]

    def says(self, agent: str) -> Fields:
        """What every request says."""
        fields = self.asking.get(agent)
        if fields is None:
            self.asking.clear()  # a process has one
            said = user_agent(agent, self.probe).encode()
            fields = {b"accept": (b"Accept", b"*/*"), b"user-agent": (b"User-Agent", said)}
            self.asking[agent] = fields
        return fields


def user_agent(agent: str, probe: str) -> str:
    """Who asks, and for which probe."""
    return f"{agent} ({probe})"


def steady(probe: Probe, region: ProbeRegion) -> Steady:
    """Of the probe there; a region that is made for one run is not remembered."""
    for known in _known(probe):
        if known.region is region:
            return known
    return _of(probe, region)


def _of(probe: Probe, region: ProbeRegion) -> Steady:
    network = region.network
    rendered = isinstance(network.proxy, Proxy)
    route = None if rendered else Route(network, _USUAL_TLS, reach=probe.reach, trust=probe.trust)
    redaction = None if probe.journey.redact_json else _NOTHING_TO_REDACT
    tries_again = any(step.retry is not None for step in probe.journey.steps)
    return Steady(region, probe.name, route, redaction, tries_again, {})


def _in_all(probe: Probe) -> tuple[Steady, ...]:
    return tuple([_of(probe, region) for region in probe.regions])


_known = once(_in_all)
