"""Maintenance and silences as JSON and back."""

from __future__ import annotations

from synthmon.model.probe import Severity
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.model.run import Json
from synthmon.wire.fields import Fields, instant_to_json, maybe_instant_to_json
from synthmon.wire.run import FORMAT, check_format


def quiet_to_json(quiet: Quiet) -> dict[str, Json]:
    """The whole of it; `id` follows from the other fields and is not read back."""
    covers = quiet.covers
    return {
        "format": FORMAT,
        "id": quiet.id,
        "kind": quiet.kind.value,
        "covers": {
            "probe": covers.probe,
            "tag": covers.tag,
            "owner": covers.owner,
            "severity": covers.severity.value if covers.severity else None,
        },
        "start": instant_to_json(quiet.start),
        "end": instant_to_json(quiet.end),
        "reason": quiet.reason,
        "author": quiet.author,
        "lifted_at": maybe_instant_to_json(quiet.lifted_at),
        "lifted_by": quiet.lifted_by,
    }


def quiet_from_json(data: Json) -> Quiet:
    """It again; raises `MalformedDocument`."""
    fields = Fields(data)
    check_format(fields)
    covers = fields.part("covers")
    return Quiet(
        kind=fields.word("kind", QuietKind),
        covers=Selection(
            covers.maybe_text("probe"),
            covers.maybe_text("tag"),
            covers.maybe_text("owner"),
            covers.maybe_word("severity", Severity),
        ),
        start=fields.instant("start"),
        end=fields.instant("end"),
        reason=fields.text("reason"),
        author=fields.text("author"),
        lifted_at=fields.maybe_instant("lifted_at"),
        lifted_by=fields.maybe_text("lifted_by"),
    )
