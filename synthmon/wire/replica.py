"""What a process of the centre says of itself, as JSON and back."""

from __future__ import annotations

from synthmon.model.probe import Track
from synthmon.model.replica import Replica, Word
from synthmon.model.run import Json
from synthmon.wire.fields import Fields, instant_to_json
from synthmon.wire.run import FORMAT, check_format


def replica_to_json(replica: Replica) -> dict[str, Json]:
    return {
        "format": FORMAT,
        "instance": replica.instance,
        "at": instant_to_json(replica.at),
        "version": replica.version,
        "words": [_word(word) for word in replica.words],
    }


def replica_from_json(data: Json) -> Replica:
    """The replica again; raises `MalformedDocument`."""
    fields = Fields(data)
    check_format(fields)
    return Replica(
        instance=fields.text("instance"),
        at=fields.instant("at"),
        version=fields.text("version"),
        words=fields.objects("words", _read_word),
    )


def _word(word: Word) -> Json:
    return {
        "track": word.track.value,
        "subject": word.subject,
        "since": instant_to_json(word.since),
        "trouble": word.trouble,
        "title": word.title,
    }


def _read_word(fields: Fields) -> Word:
    return Word(
        track=fields.word("track", Track),
        subject=fields.text("subject"),
        since=fields.instant("since"),
        trouble=fields.maybe_text("trouble"),
        title=fields.text("title", default=""),
    )
