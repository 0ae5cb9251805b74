"""Every route for programs: what machines may ask and do, what each needs, is given and answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache

from starlette.responses import Response

from synthmon.web import hooks
from synthmon.web.access import Need
from synthmon.web.api import accounts, agents, basics, figures, incidents, openapi, probes, quiets, reports, runs
from synthmon.web.api.operation import Call, Operation, Text
from synthmon.web.api.paging import Piece
from synthmon.web.page import Page
from synthmon.web.views import View

V1 = "/api/v1"

API: Sequence[Page] = (
    Page("/healthz", basics.healthz, Need.VIEWER, switch="healthz"),
    Page("/metrics", basics.metrics, Need.VIEWER, switch="metrics"),
    Page("/hooks/pagerduty/{channel}", hooks.pagerduty, Need.PUBLIC, ("POST",), signed=True, what="acknowledged"),
)
_BUSY = {429: "Other figures are being counted; `Retry-After` says when to try again."}


def described(_view: View, _call: Call) -> Response:
    """This document."""
    return Response(_document(), media_type="application/json")


@lru_cache(maxsize=1)
def _document() -> str:
    return json.dumps(openapi.document(OPERATIONS), indent=1)


OPERATIONS: Sequence[Operation] = (
    Operation(
        "GET", f"{V1}/openapi.json", "describe", "This document.", Need.VIEWER, described,
        Text(("application/json",), "An OpenAPI 3.1 document, with a JSON Schema of every answer."), tag="about",
    ),
    Operation(
        "GET", f"{V1}/status", "get_status", "How everything is, worst first.", Need.VIEWER, probes.status,
        probes.Status, tag="probes",
    ),
    Operation(
        "GET", f"{V1}/probes", "list_probes", "Probes, by name.", Need.VIEWER, probes.listed, probes.ProbeList,
        query=probes.ProbeFilter, tag="probes",
    ),
    Operation(
        "GET", f"{V1}/probes/{{probe}}", "get_probe", "One probe, its source and its versions.", Need.VIEWER,
        probes.one, probes.ProbeAnswer, tag="probes", problems={404: "There is no such probe."},
    ),
    Operation(
        "GET", f"{V1}/probes/{{probe}}/availability", "get_availability", "How available a probe was over a period.",
        Need.VIEWER, figures.availability, figures.Availability, query=figures.Stretch, tag="figures",
        problems={404: "There is no such probe.", **_BUSY},
    ),
    Operation(
        "GET", f"{V1}/probes/{{probe}}/objectives", "list_objectives",
        "How a probe's objectives and their error budgets stand now.", Need.VIEWER, figures.objectives,
        figures.ObjectiveList, tag="figures", problems={404: "There is no such probe.", **_BUSY},
    ),
    Operation(
        "GET", f"{V1}/runs", "list_runs", "Runs, the newest first.", Need.VIEWER, runs.listed, runs.RunList,
        query=runs.RunFilter, tag="runs",
    ),
    Operation(
        "POST", f"{V1}/runs", "start_run", "Run a probe now.", Need.OPERATOR, runs.start, runs.RunStarted,
        what="run_asked_for", body=runs.RunWanted, status=202, tag="runs",
        problems={404: "There is no such probe in that region."},
    ),
    Operation(
        "GET", f"{V1}/runs/{{run}}", "get_run", "One run with its steps.", Need.VIEWER, runs.one, runs.RunAnswer,
        query=runs.RunAsked, tag="runs", problems={404: "There is no such run."},
    ),
    Operation(
        "GET", f"{V1}/incidents", "list_incidents", "Incidents, the newest first.", Need.VIEWER, incidents.listed,
        incidents.IncidentList, query=incidents.IncidentFilter, tag="incidents",
    ),
    Operation(
        "GET", f"{V1}/incidents/{{incident}}", "get_incident", "One incident, its timeline and who was told.",
        Need.VIEWER, incidents.one, incidents.IncidentAnswer, tag="incidents",
        problems={404: "There is no such incident."},
    ),
    Operation(
        "POST", f"{V1}/incidents/{{incident}}/acknowledge", "acknowledge_incident", "Take an incident on.",
        Need.OPERATOR, incidents.acknowledge, incidents.Acknowledged, body=incidents.Acknowledgement,
        what="acknowledged", tag="incidents",
        problems={404: "There is no such incident.", 409: "The incident is not open."},
    ),
    Operation(
        "POST", f"{V1}/incidents/{{incident}}/note", "note_incident", "Add a note to the timeline.", Need.OPERATOR,
        incidents.note, incidents.Remarked, what="noted", body=incidents.Remark, tag="incidents",
        problems={404: "There is no such incident."},
    ),
    Operation(
        "POST", f"{V1}/incidents/{{incident}}/cause", "explain_incident", "Say what the cause was.", Need.OPERATOR,
        incidents.cause, incidents.Remarked, what="cause_set", body=incidents.Remark, tag="incidents",
        problems={404: "There is no such incident."},
    ),
    Operation(
        "GET", f"{V1}/silences", "list_silences", "Silences and maintenance in force, coming, and of thirty days.",
        Need.VIEWER, quiets.listed, quiets.QuietList, query=quiets.QuietFilter, tag="silences",
    ),
    Operation(
        "POST", f"{V1}/silences", "add_silence", "Ask for a silence or for maintenance.", Need.OPERATOR, quiets.add,
        quiets.QuietAdded, body=quiets.QuietWanted, what="silence_added", status=201, tag="silences",
    ),
    Operation(
        "POST", f"{V1}/silences/{{silence}}/lift", "lift_silence", "End one now.", Need.OPERATOR, quiets.lift,
        quiets.Lifted, body=quiets.Lifting, what="lifted", tag="silences",
        problems={409: "There is none of that id, or it is over."},
    ),
    Operation(
        "GET", f"{V1}/reports", "list_reports", "The archive of reports, the newest first.", Need.VIEWER,
        reports.listed, reports.ReportList, query=reports.ReportFilter, tag="reports",
    ),
    Operation(
        "GET", f"{V1}/reports/{{name}}", "get_report", "One report.", Need.VIEWER, reports.one, reports.FILE,
        tag="reports", problems={404: "There is no such report."},
    ),
    Operation(
        "GET", f"{V1}/figures", "get_figures", "The figures of a period.", Need.VIEWER, figures.figures,
        figures.FiguresAnswer, query=figures.FiguresWanted, tag="figures", problems=_BUSY,
    ),
    Operation(
        "POST", f"{V1}/figures", "post_figures", "The figures of a period, for many names.", Need.VIEWER,
        figures.figures, figures.FiguresAnswer, body=figures.FiguresWanted, tag="figures", problems=_BUSY,
    ),
    Operation(
        "GET", f"{V1}/agents", "list_agents", "Agents as they last said they are.", Need.VIEWER, agents.listed,
        agents.AgentList, query=Piece, tag="agents",
    ),
    Operation(
        "GET", f"{V1}/agents/tokens", "list_tokens", "The tokens of regions, never what they open with.", Need.ADMIN,
        agents.tokens, agents.TokenList, query=Piece, tag="agents",
    ),
    Operation(
        "POST", f"{V1}/agents/tokens", "change_tokens", "Add, rotate or revoke tokens of a region.", Need.ADMIN,
        agents.change, agents.TokenChanged, what="agent_tokens_changed", body=agents.TokenChange, tag="agents",
    ),
    Operation(
        "GET", f"{V1}/users", "list_users", "Users, by name.", Need.ADMIN, accounts.users, accounts.UserList,
        query=Piece, tag="people",
    ),
    Operation(
        "POST", f"{V1}/users", "add_user", "Make a user.", Need.ADMIN, accounts.add_user, accounts.UserItem,
        body=accounts.UserWanted, what="user_added", status=201, tag="people",
    ),
    Operation(
        "POST", f"{V1}/users/{{user}}", "change_user", "Change a user's role or password, or let one in or not.",
        Need.ADMIN, accounts.change_user, accounts.UserItem, body=accounts.UserChange, what="user_changed",
        tag="people", problems={404: "There is no such user."},
    ),
    Operation(
        "GET", f"{V1}/tokens", "list_api_tokens", "Tokens of the API, the oldest first.", Need.ADMIN, accounts.tokens,
        accounts.ApiTokenList, query=Piece, tag="people",
    ),
    Operation(
        "POST", f"{V1}/tokens", "add_api_token", "Make a token of the API.", Need.ADMIN, accounts.add_token,
        accounts.ApiTokenMade, body=accounts.ApiTokenWanted, what="token_added", status=201, tag="people",
    ),
    Operation(
        "POST", f"{V1}/tokens/{{token}}/revoke", "revoke_api_token", "End a token of the API now.", Need.ADMIN,
        accounts.revoke_token, accounts.ApiTokenItem, body=accounts.Revoking, what="token_revoked", tag="people",
        problems={404: "There is no such token that holds."},
    ),
    Operation(
        "GET", f"{V1}/audit", "list_audit", "Who did what, the newest first.", Need.ADMIN, accounts.audit,
        accounts.AuditList, query=accounts.AuditFilter, tag="people",
    ),
)  # fmt: skip
