"""Every route for programs: what machines may ask and do, and what each needs."""

from __future__ import annotations

from collections.abc import Sequence

from synthmon.web import findings, hooks
from synthmon.web.access import Need
from synthmon.web.api import agent_tokens, basics, quiets
from synthmon.web.page import Page

API: Sequence[Page] = (
    Page("/healthz", basics.healthz, Need.VIEWER, switch="healthz"),
    Page("/metrics", basics.metrics, Need.VIEWER, switch="metrics"),
    Page("/api/v1/status", basics.status, Need.VIEWER),
    Page("/api/v1/runs/{run}", basics.run, Need.VIEWER),
    Page("/api/v1/runs", basics.run_again, Need.OPERATOR, ("POST",), what="run_asked_for"),
    Page("/api/v1/incidents", basics.incidents, Need.VIEWER),
    Page("/api/v1/incidents/{incident}/acknowledge", basics.acknowledge, Need.OPERATOR, ("POST",), what="acknowledged"),
    Page("/api/v1/incidents/{incident}/note", findings.annotate, Need.OPERATOR, ("POST",), what="noted"),
    Page("/api/v1/incidents/{incident}/cause", findings.annotate, Need.OPERATOR, ("POST",), what="cause_set"),
    Page("/hooks/pagerduty/{channel}", hooks.pagerduty, Need.PUBLIC, ("POST",), signed=True, what="acknowledged"),
    Page("/api/v1/silences", quiets.silences, Need.VIEWER),
    Page("/api/v1/silences", quiets.add, Need.OPERATOR, ("POST",), what="silence_added"),
    Page("/api/v1/silences/{silence}/lift", quiets.lift, Need.OPERATOR, ("POST",), what="lifted"),
    Page("/api/v1/agents", agent_tokens.agents, Need.VIEWER),
    Page("/api/v1/agents/tokens", agent_tokens.tokens, Need.ADMIN),
    Page("/api/v1/agents/tokens", agent_tokens.change, Need.ADMIN, ("POST",), what="agent_tokens_changed"),
)
