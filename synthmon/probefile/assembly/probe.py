"""A whole probe from its models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from synthmon.model.answer import Expect, SchemaRef
from synthmon.model.journey import Journey, Step
from synthmon.model.network import Tls
from synthmon.model.probe import Probe
from synthmon.model.reach import Trust
from synthmon.model.text import Text, Tree
from synthmon.model.timing import Cron
from synthmon.probefile.assembly.auth import build_auth, build_profiles, tokens_of
from synthmon.probefile.assembly.budget import Budget, build_budget
from synthmon.probefile.assembly.network import build_tls
from synthmon.probefile.assembly.reach import Setting
from synthmon.probefile.assembly.reaching import check_reaching
from synthmon.probefile.assembly.request import Shared, build_headers
from synthmon.probefile.assembly.seeds import check_seeds
from synthmon.probefile.assembly.steps import Surrounding, build_steps, check_ids, declare_captures
from synthmon.probefile.assembly.telling import build_alerts, build_objectives
from synthmon.probefile.assembly.texts import text
from synthmon.probefile.assembly.timing import SHORTEST_INTERVAL, build_timing
from synthmon.probefile.assembly.unused import check_unused
from synthmon.probefile.assembly.url import check_address
from synthmon.probefile.assembly.variables import (
    build_regions,
    build_variables,
    check_circles,
    declare_variables,
    named_regions,
)
from synthmon.probefile.assembly.work import Work
from synthmon.probefile.format.probe import DefaultsPart, ProbePart, StepPart
from synthmon.probefile.node import ListNode, ScalarNode

RUN_TIMEOUT = 60.0


def build_probe(work: Work, part: ProbePart) -> Probe:
    """The probe; it must be used only if nothing was reported as an error."""
    regions = named_regions(work, work.node("regions"))
    declare_variables(work, regions)
    work.names.secrets = set(part.secrets or ())
    cleanup: Sequence[StepPart] = part.cleanup or ()
    declare_captures(work, "steps", part.steps)
    declare_captures(work, "cleanup", cleanup)
    variables = build_variables(work, work.node("vars"))
    probe_regions = build_regions(work, regions, part)
    check_circles(work, variables, probe_regions)
    timing = build_timing(work, part)
    interval = timing.shortest if isinstance(timing, Cron) else timing
    timeout = _timeout(work, part, interval)
    budget = build_budget(work, part.latency_budget, work.node("latency_budget"), timeout, "run")
    journey = _journey(work, part, timeout, variables, budget)
    title = part.title or part.name
    objectives = build_objectives(work, part.slo or (), budget.degraded)
    share = timing.share if isinstance(timing, Cron) else 1.0
    often = max(interval, SHORTEST_INTERVAL)
    setting = Setting(often, timeout, len(regions), objectives, timed=journey.can_degrade, share=share)
    probe = Probe(
        name=part.name,
        title=title,
        journey=journey,
        interval=interval,
        regions=probe_regions,
        alerts=build_alerts(work, part, title, setting),
        content_hash=_hash(work, journey),
        path=work.document.path,
        yaml=work.document.text,
        description=part.description or "",
        owner=part.owner,
        runbook=part.runbook,
        tags=tuple(part.tags or ()),
        secrets=tuple(part.secrets or ()),
        objectives=objectives,
        depends_on=tuple(dict.fromkeys(part.depends_on or ())),
        cron=timing if isinstance(timing, Cron) else None,
        trust=Trust(part.trust or Trust.OPERATOR),
        reach=work.installation.reach,
        traced=work.installation.telling.told_by(part.name),
    )
    check_reaching(work, journey, probe.trust)
    check_seeds(work, journey, regions)
    check_unused(work)
    return probe


def _timeout(work: Work, part: ProbePart, interval: float) -> float:
    """The run's timeout in seconds."""
    timeout = min(RUN_TIMEOUT, interval) if part.timeout is None else part.timeout
    node, said = work.node("timeout"), work.node("interval") or work.node("cron")
    if timeout > interval and node is not None and said is not None and not said.broken:
        message = "a run may take longer than the interval, and then the next one is skipped"
        work.warning("timeout", message, node, "lower `timeout`, or raise `interval`")
    return timeout


def _journey(work: Work, part: ProbePart, timeout: float, variables: Mapping[str, Tree], budget: Budget) -> Journey:
    profiles = build_profiles(work, part.auth or {}, work.node("auth"))
    around = Surrounding(
        _shared(work, part),
        part.defaults or DefaultsPart(),
        profiles,
        timeout,
        own=work,
        default_auth=work.node("defaults", "auth"),
        tls=_default_tls(work, part),
    )
    _check_defaults(work, around)
    nothing: frozenset[str] = frozenset()
    cleanup: Sequence[StepPart] = part.cleanup or ()
    check_ids(work, {"steps": part.steps, "cleanup": cleanup})
    steps, captured = build_steps(work, "steps", part.steps, around, nothing)
    undone, _ = build_steps(work, "cleanup", cleanup, around.without_bound(), captured)
    listed = work.node("steps")
    if not part.steps and isinstance(listed, ListNode) and not listed.cut:
        work.error("no-steps", "a journey has at least one step", listed, "add one with `id` and `request`")
    return Journey(
        steps,
        timeout,
        undone,
        variables,
        tokens_of(profiles),
        budget.degraded,
        budget.failed,
        tuple(part.redact.json_ or ()) if part.redact else (),
        tls=around.tls,
    )


def _default_tls(work: Work, part: ProbePart) -> Tls | None:
    return build_tls(
        work, part.defaults.tls if part.defaults else None, work.node("defaults", "tls"), None, shared=True
    )


def _shared(work: Work, part: ProbePart) -> Shared:
    node = work.node("base_url")
    base: Text | None = None
    if isinstance(node, ScalarNode):
        base = text(work, node, None)
        check_address(work, node, base, "begin it with https://")
    redirects = part.defaults.redirects if part.defaults else None
    return Shared(base, build_headers(work, work.node("defaults", "headers"), None), redirects or 0)


def _check_defaults(work: Work, around: Surrounding) -> None:
    """What `defaults` says is judged there, not again in every step."""
    node, timeout = work.node("defaults", "timeout"), around.defaults.timeout
    if timeout is not None and timeout > around.timeout and node is not None:
        message = "this timeout is above the timeout of the whole run, which ends a step earlier"
        work.warning("timeout", message, node, "raise the probe's `timeout`")
    if around.defaults.auth is not None and (place := work.node("defaults", "auth")):
        build_auth(work, around.defaults.auth, place, around.profiles, None)


def _hash(work: Work, journey: Journey) -> str:
    """sha256 of the file, of the blocks, schemas and certificates it uses and of the files it sends, hex."""
    digest = sha256(work.document.text.encode("utf-8", "surrogatepass"))
    for name, text_of_it in sorted((work.names.blocks | work.names.files).items()):
        digest.update(b"\0" + f"{name}\0{text_of_it}".encode("utf-8", "surrogatepass"))
    for schema in _schemas(journey.steps + journey.cleanup):
        for part in (
            schema.label,
            schema.document,
            *(name_or_text for other in schema.others for name_or_text in other),
        ):
            digest.update(b"\0" + part.encode("utf-8", "surrogatepass"))
    for said in _documented(journey.steps + journey.cleanup):
        digest.update(b"\0" + said.encode("utf-8", "surrogatepass"))
    for file in journey.files:
        digest.update(b"\0" + f"{file.path}\0{len(file.content)}\0".encode("utf-8", "surrogatepass") + file.content)
    return digest.hexdigest()


def _schemas(steps: Sequence[Step]) -> Iterator[SchemaRef]:
    yield from (schema for expect in _expects(steps) for schema in expect.schemas)


def _documented(steps: Sequence[Step]) -> Iterator[str]:
    """What OpenAPI documents say beside schemas: which answers there are, of which type, with which headers."""
    for expect in _expects(steps):
        for answer in expect.openapi.answers if expect.openapi is not None else ():
            types = [media for media, _ in answer.contents]
            headers = [(header.name, header.required) for header in answer.headers]
            yield repr((str(answer.status), types, headers))


def _expects(steps: Sequence[Step]) -> Iterator[Expect]:
    for step in steps:
        expects: list[Expect | None] = [step.expect, step.warn]
        if step.poll is not None:
            expects += [step.poll.until, step.poll.fail_if]
        yield from (expect for expect in expects if expect is not None)
