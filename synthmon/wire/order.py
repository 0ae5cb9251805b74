"""Orders and notices as JSON and back: all that ever goes through a broker."""

from __future__ import annotations

import re

from synthmon.model.order import Notice, Order, What
from synthmon.model.run import Json, Outcome, RunKey, RunKind
from synthmon.wire.fields import Fields, instant_to_json, maybe_instant_to_json
from synthmon.wire.run import FORMAT, check_format

_REPLIES = re.compile(r"synthmon\.replies\.[A-Za-z0-9._-]{1,200}\Z", re.ASCII)


def order_to_json(order: Order) -> dict[str, Json]:
    key = order.key
    return {
        "format": FORMAT,
        "environment": key.environment,
        "probe": key.probe,
        "region": key.region,
        "slot": instant_to_json(key.slot),
        "kind": key.kind.value,
        "n": key.n,
        "probe_hash": order.probe_hash,
        "until": instant_to_json(order.until),
        "reply_to": order.reply_to,
    }


def order_from_json(data: Json) -> Order:
    """It again; raises `MalformedDocument`. Only a queue for replies is one to answer to."""
    fields = Fields(data)
    check_format(fields)
    if not _REPLIES.match(fields.text("reply_to")):
        fields.refuse("reply_to", "a queue for replies")
    return Order(
        key=RunKey(
            environment=fields.text("environment"),
            probe=fields.text("probe"),
            region=fields.text("region"),
            slot=fields.instant("slot"),
            kind=fields.word("kind", RunKind),
            n=fields.whole("n"),
        ),
        probe_hash=fields.text("probe_hash"),
        until=fields.instant("until"),
        reply_to=fields.text("reply_to"),
    )


def notice_to_json(notice: Notice) -> dict[str, Json]:
    return {
        "format": FORMAT,
        "what": notice.what.value,
        "run": notice.run_id,
        "worker": notice.worker,
        "why": notice.why,
        "outcome": notice.outcome.value if notice.outcome else None,
        "started_at": maybe_instant_to_json(notice.started_at),
        "duration": notice.duration,
    }


def notice_from_json(data: Json) -> Notice:
    """It again; raises `MalformedDocument`."""
    fields = Fields(data)
    check_format(fields)
    notice = Notice(
        what=fields.word("what", What),
        run_id=fields.text("run"),
        worker=fields.text("worker", default=""),
        why=fields.maybe_text("why"),
        outcome=fields.maybe_word("outcome", Outcome),
        started_at=fields.maybe_instant("started_at"),
        duration=fields.number("duration", default=0.0),
    )
    if notice.what is What.DONE and (notice.outcome is None or notice.started_at is None):
        fields.refuse("outcome", "an outcome and an instant, as it is done")
    return notice
