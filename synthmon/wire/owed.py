"""What a run left behind <-> JSON, as the ledger keeps it."""

from __future__ import annotations

from synthmon.model.owed import Owed
from synthmon.model.run import Json
from synthmon.wire.fields import Fields, instant_to_json
from synthmon.wire.key import key_of, key_to_json


def owed_to_json(owed: Owed) -> Json:
    return {
        "key": key_to_json(owed.key),
        "started_at": instant_to_json(owed.started_at),
        "steps": list(owed.steps),
        "captures": dict(owed.captures),
        "variables": dict(owed.variables),
        "kept_back": list(owed.kept_back),
        "tries": owed.tries,
        "settled": owed.settled,
    }


def owed_from_json(document: Json) -> Owed:
    """Raises `MalformedDocument`."""
    fields = Fields(document)
    captures, variables = fields.part("captures"), fields.part("variables")
    return Owed(
        key_of(fields.part("key")),
        fields.instant("started_at"),
        fields.texts("steps"),
        {name: captures.value(name) for name in captures.names()},
        {name: variables.value(name) for name in variables.names()},
        fields.texts("kept_back"),
        fields.whole("tries"),
        fields.flag("settled"),
    )
