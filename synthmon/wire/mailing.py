"""A report owed by e-mail as JSON and back."""

from __future__ import annotations

from synthmon.model.mailing import Mailing, MailingStatus
from synthmon.model.quiet import Selection
from synthmon.model.run import Json
from synthmon.wire.fields import Fields, instant_to_json, maybe_instant_to_json
from synthmon.wire.run import FORMAT, check_format


def mailing_to_json(mailing: Mailing) -> dict[str, Json]:
    """The whole of it; `id` follows from the other fields and is not read back."""
    covers = mailing.covers
    return {
        "format": FORMAT,
        "id": mailing.id,
        "report": mailing.report,
        "kind": mailing.kind,
        "start": instant_to_json(mailing.start),
        "end": instant_to_json(mailing.end),
        "covers": {"probe": covers.probe, "tag": covers.tag, "owner": covers.owner},
        "channel": mailing.channel,
        "form": mailing.form,
        "to": list(mailing.to),
        "waiting": list(mailing.waiting),
        "as_of": instant_to_json(mailing.as_of),
        "created_at": instant_to_json(mailing.created_at),
        "next_at": instant_to_json(mailing.next_at),
        "status": mailing.status.value,
        "attempts": mailing.attempts,
        "why": mailing.why,
        "ended_at": maybe_instant_to_json(mailing.ended_at),
    }


def mailing_from_json(data: Json) -> Mailing:
    """It again; raises `MalformedDocument`."""
    fields = Fields(data)
    check_format(fields)
    covers = fields.part("covers")
    return Mailing(
        report=fields.text("report"),
        kind=fields.text("kind"),
        start=fields.instant("start"),
        end=fields.instant("end"),
        covers=Selection(covers.maybe_text("probe"), covers.maybe_text("tag"), covers.maybe_text("owner")),
        channel=fields.text("channel"),
        form=fields.text("form"),
        to=fields.texts("to"),
        waiting=fields.texts("waiting"),
        as_of=fields.instant("as_of"),
        created_at=fields.instant("created_at"),
        next_at=fields.instant("next_at"),
        status=fields.word("status", MailingStatus),
        attempts=fields.whole("attempts"),
        why=fields.text("why"),
        ended_at=fields.maybe_instant("ended_at"),
    )
