"""What the parts of one run share while it goes on: its values, its cookies, its way to the network, its time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from synthmon.engine.built import Fields
from synthmon.engine.certificate import expiring
from synthmon.engine.client import Answer, Client
from synthmon.engine.cookies import Jar
from synthmon.engine.material import Material
from synthmon.engine.outlet import Outlet, handle_of
from synthmon.engine.ports import Clock, Surroundings
from synthmon.engine.redaction import Redaction
from synthmon.engine.rendered_route import proxy_way, secured
from synthmon.engine.route import ROUTE, Route, Secured, origin_of
from synthmon.engine.stamp import Borne
from synthmon.engine.steady import steady, user_agent
from synthmon.engine.traced import Trace
from synthmon.engine.values import Values
from synthmon.errors import SecretUnavailable
from synthmon.language.expression import Value
from synthmon.model.journey import Step
from synthmon.model.network import Proxy, Tls
from synthmon.model.owed import Owed
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Exchange, ExchangePurpose, Failure, RunKey
from synthmon.model.secret import Scrubber, Secret

if TYPE_CHECKING:
    import httpx

_NO_TOKEN = Borne()
SESSION = 16  # characters; a cookie's value of this length or more is treated as a secret wherever it comes back


def idempotency_key(run_id: str, step_id: str) -> str:
    """The same for every attempt of a step in a run, and for no other step or run."""
    return str(uuid5(UUID(run_id), step_id))


class Context:
    """Belongs to one run and its thread, and ends with them."""

    def __init__(
        self,
        probe: Probe,
        key: RunKey,
        region: ProbeRegion,
        surroundings: Surroundings,
        transport: httpx.BaseTransport,
    ) -> None:
        self.probe, self.key, self.surroundings, self._region = probe, key, surroundings, region
        self._transport = transport
        self.started_at: datetime = surroundings.clock.now()
        self.monotonic = surroundings.clock.monotonic
        self.is_stopping, self.worst_since = surroundings.stop.is_set, surroundings.stall.worst_since
        self.start = self.monotonic()
        self.values = Values(probe, key, region, surroundings, self.started_at)
        self.jar = Jar()
        self.materials: dict[str, Material] = {}  # step id -> what its evidence will be made from
        self.suspect = False
        self.borne = _NO_TOKEN
        known = steady(probe, region)
        self.asking = known.says(surroundings.user_agent)  # what every request carries
        self.tries_again = known.tries_again
        self.direct = known.route  # to every target; None where something in it has to be rendered
        self.redacts = known.redaction is None
        self.redaction = Redaction(probe.journey.redact_json) if known.redaction is None else known.redaction
        trace = Trace(key.id) if probe.traced else None
        self.outlet = Outlet(handle_of(transport), self.jar, trace, noting=surroundings.commands is not None)
        self._client = Client(self.outlet.exchange, self.monotonic)
        self._met: set[tuple[str, bytes]] = set()  # origins to which this run has a connection of its own

    def of_earlier(self, owed: Owed, secrets: Mapping[str, Value]) -> Context:
        """A context in which the cleanup of an earlier run can be made; `secrets` are captures that were not kept."""
        region = replace(self._region, variables={**self._region.variables, **owed.variables})
        earlier = Context(self.probe, owed.key, region, self.surroundings, self._transport)
        earlier.values = Values(self.probe, owed.key, region, self.surroundings, owed.started_at)
        for name, value in {**owed.captures, **secrets}.items():
            earlier.values.capture(name, value)
        earlier.start, earlier.outlet.cleaning = self.start, True
        earlier.outlet.trace = self.trace.of_leftovers(owed.key.id) if self.trace is not None else None
        return earlier

    @property
    def clock(self) -> Clock:
        return self.surroundings.clock

    @property
    def stopping(self) -> bool:
        return self.is_stopping()

    @property
    def cleaning(self) -> bool:
        """Whether the cleanup runs, whatever is asked of it."""
        return self.outlet.cleaning

    @property
    def trace(self) -> Trace | None:
        return self.outlet.trace

    def elapsed(self) -> float:
        """Seconds since the run began."""
        return self.monotonic() - self.start

    def headers(self, step: Step) -> Fields:
        """What every request carries: who asks. Where it stands in the run's trace is added as it is sent."""
        key = step.request.idempotency_header
        if not key:
            return self.asking
        keyed = (key.encode("ascii"), idempotency_key(self.key.id, step.id).encode())
        return {**self.asking, key.lower().encode("ascii"): keyed}

    def send(
        self,
        request: httpx.Request,
        deadline: float,
        redirects: int,
        purpose: ExchangePurpose,
        client: Client | None = None,
    ) -> Answer:
        """The answer, or the failure to get one by `deadline` (an instant of the monotonic clock).

        The first request of the run to an origin opens a connection; later ones may use it again.
        """
        origin = origin_of(request.url)
        fresh = origin not in self._met
        if fresh:
            self._met.add(origin)
        return (client or self._client).send(
            request, deadline=deadline, redirects=redirects, purpose=purpose, run_start=self.start, fresh=fresh
        )

    def fetch_token(self, request: httpx.Request, deadline: float) -> Answer:
        request.headers["User-Agent"] = user_agent(self.surroundings.user_agent, self.probe.name)
        request.extensions[ROUTE] = self.route(self.probe.journey.tls)
        return self.send(request, deadline, 0, ExchangePurpose.TOKEN, Client(self.outlet.bare, self.monotonic))

    def route(self, tls: Tls | None) -> Route:
        """The way to a target with which TLS is spoken like that; raises as rendering does."""
        if tls is None and self.direct is not None:
            return self.direct  # nothing in it has to be rendered, or is secret
        network = self._region.network
        return Route(
            network=network,
            tls=Secured() if tls is None else secured(tls, self.values),
            proxy=proxy_way(network.proxy, self.values) if isinstance(network.proxy, Proxy) else None,
            reach=self.probe.reach,
            trust=self.probe.trust,
        )

    def expiring(self, exchanges: Iterable[Exchange], route: Route) -> tuple[Failure, ...]:
        """Remarks on certificates that end soon; on none if they are not verified anyway."""
        ends: set[datetime] = set()
        for one in exchanges:
            if one.certificate_until is not None:
                ends.add(one.certificate_until)
        if not ends or route.tls.unverified:
            return ()
        now, before = self.clock.now(), route.tls.warn_before
        found = (expiring(until, now, before) for until in sorted(ends))
        return tuple(remark for remark in found if remark is not None)

    def lag_since(self, start: float) -> float:
        """The interpreter's worst lag in seconds since an instant of the monotonic clock."""
        return self.worst_since(start)

    def scrubber(self, met: tuple[Secret, ...] | None = None) -> Scrubber:
        """Knows every secret that the run has met so far, and those that earlier runs told the target. `met` is what
        `secrets_met` gives now, for whoever has asked already.
        """
        return Scrubber((*(self.secrets_met() if met is None else met), *self._told_before()))

    def secrets_met(self) -> tuple[Secret, ...]:
        """Every secret that the run has met so far, the earliest first."""
        if not len(self.jar):
            return tuple(self.values.known)
        sessions = (
            Secret(f"cookies.{name}", value) for name, value in self.jar.values.items() if len(value) >= SESSION
        )
        return (*self.values.known, *sessions)

    def remember(self, met: Iterable[Secret]) -> None:
        """For the next runs of this probe: tokens and sessions of this one are in the target's memory as well."""
        fleeting = tuple([secret for secret in met if not secret.name.startswith("secrets.")])
        self.surroundings.tokens.tell(self.key.probe, self.key.region, fleeting)

    def token_key(self, profile: str) -> tuple[str, str, str]:
        """Under which the token of a profile is kept; a changed file begins with none."""
        return (self.key.probe, self.key.region, f"{profile}@{self.probe.content_hash[:16]}")

    def _told_before(self) -> list[Secret]:
        """What a target may have kept, and may show in an answer to a run that breaks before it uses them itself."""
        found: list[Secret] = []
        for name in self.probe.secrets:
            try:  # `suppress` would be made for each, in every run
                found.append(self.surroundings.secrets.get(name, self.key.region))
            except SecretUnavailable:  # which a run that needs it is told
                continue
        for profile in self.probe.journey.auth:
            if token := self.surroundings.tokens.get(self.token_key(profile)):
                found += (token.access_token,)
        found += self.surroundings.tokens.told(self.key.probe, self.key.region)
        return found

    def tell_commands(self) -> None:
        """What was sent, as commands for a shell; now that every secret of the run is known."""
        if self.surroundings.commands is not None:
            from synthmon.engine.command import commands  # here, because few ask for them

            self.surroundings.commands(commands(self.outlet.sent or (), self.secrets_met(), self._plain()))

    def by_hand(self, step: str) -> str | None:
        """The last request of a step as a command; None where none was sent or a secret cannot be named any more."""
        if step not in self.outlet.last:
            return None
        from synthmon.engine.byhand import by_hand  # here, because most steps hold
        from synthmon.engine.command import Sent

        secrets = (*self.secrets_met(), *self._told_before())
        with suppress(SecretUnavailable):  # it was there when the run asked for it
            return by_hand(Sent.of(step, self.outlet.last[step]), secrets, self._plain(), self.redaction)
        return None

    def _plain(self) -> dict[str, str]:
        """The values of the declared secrets that the run asked for, by the names under which they are known."""
        asked = {secret.name for secret in self.values.known} & {f"secrets.{name}" for name in self.probe.secrets}
        source, region = self.surroundings.secrets, self.key.region
        return {name: source.get(name.removeprefix("secrets."), region).reveal() for name in asked}
