"""Every route for programs: what machines may ask and do, and what each needs."""

from __future__ import annotations

from collections.abc import Sequence

from synthmon.web import findings, hooks
from synthmon.web.access import Need
from synthmon.web.api import agent_tokens, basics, quiets
from synthmon.web.page import Page

API: Sequence[Page] = (
    Page("/healthz", basics.healthz, Need.PUBLIC),
    Page("/metrics", basics.metrics, Need.VIEWER),
    Page("/api/v1/status", basics.status, Need.VIEWER),
    Page("/api/v1/runs/{run}", basics.run, Need.VIEWER),
    Page("/api/v1/runs", basics.run_again, Need.OPERATOR, ("POST",)),
    Page("/api/v1/incidents", basics.incidents, Need.VIEWER),
    Page("/api/v1/incidents/{incident}/acknowledge", basics.acknowledge, Need.OPERATOR, ("POST",)),
    Page("/api/v1/incidents/{incident}/note", findings.annotate, Need.OPERATOR, ("POST",)),
    Page("/api/v1/incidents/{incident}/cause", findings.annotate, Need.OPERATOR, ("POST",)),
    Page("/hooks/pagerduty/{channel}", hooks.pagerduty, Need.PUBLIC, ("POST",), signed=True),
    Page("/api/v1/silences", quiets.silences, Need.VIEWER),
    Page("/api/v1/silences", quiets.add, Need.OPERATOR, ("POST",)),
    Page("/api/v1/silences/{silence}/lift", quiets.lift, Need.OPERATOR, ("POST",)),
    Page("/api/v1/agents", agent_tokens.agents, Need.VIEWER),
    Page("/api/v1/agents/tokens", agent_tokens.tokens, Need.ADMIN),
    Page("/api/v1/agents/tokens", agent_tokens.change, Need.ADMIN, ("POST",)),
)
