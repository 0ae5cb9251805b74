"""The key of a run as JSON and back, alone or among the fields of its result."""

from __future__ import annotations

from synthmon.model.run import Json, RunKey, RunKind
from synthmon.wire.fields import Fields, instant_to_json


def key_to_json(key: RunKey) -> dict[str, Json]:
    return {
        "environment": key.environment,
        "probe": key.probe,
        "region": key.region,
        "slot": instant_to_json(key.slot),
        "kind": key.kind.value,
        "n": key.n,
    }


def key_from_json(data: Json) -> RunKey:
    """The key again; raises `MalformedDocument`."""
    return key_of(Fields(data))


def key_of(fields: Fields) -> RunKey:
    """The key that stands among other fields of a document."""
    return RunKey(
        environment=_name(fields, "environment"),
        probe=_name(fields, "probe"),
        region=_name(fields, "region"),
        slot=fields.instant("slot"),
        kind=fields.word("kind", RunKind),
        n=fields.whole("n", default=0),
    )


def _name(fields: Fields, name: str) -> str:
    """A text of which an id can be made: no half of a surrogate pair is in it."""
    text = fields.text(name)
    try:
        text.encode()
    except UnicodeEncodeError:
        fields.refuse(name, "a text of whole characters")
    return text
