"""Agents of other regions: how they are, and their tokens."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from synthmon import wire
from synthmon.errors import ConfigurationError
from synthmon.web.api.fields import Answer, Instant, Name, Question
from synthmon.web.api.operation import Call
from synthmon.web.api.paging import Next, Piece, piece_of
from synthmon.web.api.problem import Refused
from synthmon.web.ports import Presence
from synthmon.web.views import View


class AgentItem(Answer):
    """What an agent said of itself last, and how it looks from here. Spans are seconds."""

    format: Literal[1]
    region: str
    instance: str
    at: Instant = Field(description="When it said so.")
    version: str
    config_hash: str
    started_at: Instant
    shard: str
    spool: str | None
    spool_depth: int = Field(description="Results that it has not delivered.")
    spool_oldest: Instant | None
    waiting: int
    dropped: int = Field(description="Results lost for want of room, since its start.")
    refused: int = Field(description="Results that the centre refused, since its start.")
    due: int
    started: int
    finished: int
    lateness_p99: float | None
    lag_p99: float | None
    memory: int | None = Field(description="Bytes.")
    descriptors: int | None
    offset: float | None = Field(description="Its clock ahead of the centre's.")
    round_trip: float | None
    probes: int
    troubles: list[str]
    worker: bool
    standstills: list[tuple[Instant, Instant]] = Field(
        description="The latest times in which it stood still, by its own clock: they count against nobody."
    )
    silent: bool
    same_configuration: bool
    remarks: list[str]


class AgentList(Answer):
    items: list[AgentItem]
    next: Next


class TokenItem(Answer):
    """A token of a region, never what it opens with."""

    id: str
    region: str
    state: str = Field(description="`holds`, `expired` or `revoked`.")
    created_at: str = Field(json_schema_extra={"format": "date-time"})
    expires_at: str | None = Field(json_schema_extra={"format": "date-time"})
    revoked_at: str | None = Field(json_schema_extra={"format": "date-time"})


class TokenList(Answer):
    items: list[TokenItem]
    next: Next


class TokenChange(Question):
    """A token to add, to replace, or to revoke."""

    do: Literal["add", "rotate", "revoke"]
    region: Name
    overlap: float = Field(default=86400.0, ge=0, le=30 * 86400, description="Seconds that the old ones still hold.")
    id: Name | None = Field(default=None, description="Which one to revoke; all of the region without it.")


class TokenChanged(Answer):
    """The new token, which is shown this once, or null; and what was revoked."""

    token: str | None
    id: str | None
    region: str
    revoked: list[TokenItem]


def listed(view: View, call: Call) -> AgentList:
    asked: Piece = call.query
    found = [AgentItem.model_validate(presence_to_json(one)) for one in view.ports.agents.present()]
    shown, following = piece_of(found, asked, lambda one: f"{one.region}\x1f{one.instance}")
    return AgentList(items=shown, next=following)


def presence_to_json(one: Presence) -> dict[str, Any]:
    """What an agent said of itself, and how it looks from here."""
    return {
        **wire.heartbeat_to_json(one.heartbeat),
        "silent": one.silent,
        "same_configuration": one.same_configuration,
        "remarks": list(one.remarks),
    }


def tokens(view: View, call: Call) -> TokenList:
    found = [TokenItem.model_validate(one) for one in view.ports.agents.tokens()]
    shown, following = piece_of(found, call.query, lambda one: f"{one.region}\x1f{one.id}")
    return TokenList(items=shown, next=following)


def change(view: View, call: Call) -> TokenChanged:
    wanted: TokenChange = call.body
    desk, said = view.ports.agents, view.said(call.request)
    said.target, said.detail = wanted.region, " ".join(filter(None, (wanted.do, wanted.id)))
    try:
        if wanted.do == "revoke":
            ended = [TokenItem.model_validate(one) for one in desk.revoke_tokens(wanted.region, wanted.id)]
            return TokenChanged(token=None, id=wanted.id, region=wanted.region, revoked=ended)
        add = wanted.do == "add"
        made = desk.add_token(wanted.region) if add else desk.rotate_token(wanted.region, wanted.overlap)
    except ConfigurationError as error:
        raise Refused(422, str(error), hint=error.hint) from error
    return TokenChanged(token=made["token"], id=made["id"], region=wanted.region, revoked=[])
