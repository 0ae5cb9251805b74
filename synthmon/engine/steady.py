"""What is the same in every run of a probe in a region: the plain way to its targets, and who its requests say asks."""

from __future__ import annotations

from synthmon.engine.built import Fields
from synthmon.engine.redaction import Redaction
from synthmon.engine.route import Route, Secured
from synthmon.language.once import Once
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.nouns import dataclass

_USUAL_TLS = Secured()
_NOTHING_TO_REDACT = Redaction(())


@dataclass(frozen=True, slots=True)
class Steady:
    """`route` is taken where nothing in it has to be rendered; `asking` is to hold what requests say, by user agent."""

    region: ProbeRegion
    route: Route
    asking: dict[str, Fields]

    def says(self, user_agent: str) -> Fields:
        """What every request says."""
        fields = self.asking.get(user_agent)
        if fields is None:
            self.asking.clear()  # a process has one
            fields = {b"accept": (b"Accept", b"*/*"), b"user-agent": (b"User-Agent", user_agent.encode())}
            self.asking[user_agent] = fields
        return fields


def steady(probe: Probe, region: ProbeRegion) -> Steady:
    """Of the probe there; a region that is made for one run is not remembered."""
    for known in _known(probe):
        if known.region is region:
            return known
    return _of(probe, region)


def redaction_of(probe: Probe) -> Redaction:
    """Belongs to one run, unless there is nothing to redact, of which there is nothing to remember."""
    paths = probe.journey.redact_json
    return Redaction(paths) if paths else _NOTHING_TO_REDACT


def _of(probe: Probe, region: ProbeRegion) -> Steady:
    return Steady(region, Route(region.network, _USUAL_TLS, reach=probe.reach, trust=probe.trust), {})


def _in_all(probe: Probe) -> tuple[Steady, ...]:
    return tuple([_of(probe, region) for region in probe.regions])


_known = Once(_in_all)
