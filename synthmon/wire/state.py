"""What is believed of a probe in a region, as JSON and back."""

from __future__ import annotations

from functools import lru_cache

from synthmon.model.incident import Bucket, RegionPhase, RegionState, Sample, Spending, TrackState
from synthmon.model.probe import Track
from synthmon.model.run import Json, from_millis, to_millis
from synthmon.wire.fields import Fields, maybe_instant_to_json, seconds_to_json
from synthmon.wire.incident import note_from_json, note_to_json
from synthmon.wire.run import FORMAT, check_format

# One slot stands in a state five times, and a centre writes two thousand states a second.
_instant = lru_cache(maxsize=1024)(maybe_instant_to_json)
_NUMBER: frozenset[type] = frozenset({int})
_FLAG: frozenset[type] = frozenset({bool})
_SECONDS: frozenset[type] = frozenset({int, float, type(None)})


def state_to_json(state: RegionState) -> dict[str, Json]:
    """What is believed of one probe in one region."""
    return {
        "format": FORMAT,
        "probe": state.probe,
        "region": state.region,
        "tracks": {track.value: _track(kept) for track, kept in state.tracks.items()},
        "last_order": None if state.last_order is None else list(state.last_order),
        "last_slot": _instant(state.last_slot),
        "last_good_slot": _instant(state.last_good_slot),
        "last_outcome": state.last_outcome,
        "last_run": state.last_run_id,
        "heard_slot": _instant(state.heard_slot),
        "samples": [_sample(sample) for sample in state.samples],
        "spending": {name: _spending(spent) for name, spent in state.spending.items()},
        "watched_since": _instant(state.watched_since),
    }


def state_from_json(data: Json) -> RegionState:
    """The belief again; raises `MalformedDocument`. A track that this version does not know is left out."""
    fields = Fields(data)
    check_format(fields)
    tracks = fields.part("tracks")
    known = [track for track in Track if track.value in tracks.names()]
    spending = fields.maybe_part("spending")
    return RegionState(
        probe=fields.text("probe"),
        region=fields.text("region"),
        tracks={track: _read_track(tracks.part(track.value)) for track in known},
        last_order=fields.triple("last_order"),
        last_slot=fields.maybe_instant("last_slot"),
        last_good_slot=fields.maybe_instant("last_good_slot"),
        last_outcome=fields.maybe_text("last_outcome"),
        last_run_id=fields.maybe_text("last_run"),
        heard_slot=fields.maybe_instant("heard_slot"),
        samples=_read_samples(fields),
        spending={name: _read_spending(spending.part(name)) for name in spending.names()} if spending else {},
        watched_since=fields.maybe_instant("watched_since"),
    )


def _track(state: TrackState) -> Json:
    return {
        "phase": state.phase.value,
        "count": state.count,
        "before_blind": state.before_blind.value if state.before_blind else None,
        "since": _instant(state.since),
        "recent": list(state.recent),
        "first_bad": note_to_json(state.first_bad) if state.first_bad else None,
        "last_bad": note_to_json(state.last_bad) if state.last_bad else None,
        "held": list(state.held),
        "last_good_slot": _instant(state.last_good_slot),
        "recovered_slot": _instant(state.recovered_slot),
    }


def _read_track(fields: Fields) -> TrackState:
    first, last = fields.maybe_part("first_bad"), fields.maybe_part("last_bad")
    return TrackState(
        phase=fields.word("phase", RegionPhase),
        count=fields.whole("count", default=0),
        before_blind=fields.maybe_word("before_blind", RegionPhase),
        since=fields.maybe_instant("since"),
        recent=fields.flags("recent"),
        first_bad=note_from_json(first) if first else None,
        last_bad=note_from_json(last) if last else None,
        held=fields.texts("held"),
        last_good_slot=fields.maybe_instant("last_good_slot"),
        recovered_slot=fields.maybe_instant("recovered_slot"),
    )


def _sample(sample: Sample) -> Json:
    return [to_millis(sample.slot), sample.bad, seconds_to_json(sample.latency)]


def _read_samples(fields: Fields) -> tuple[Sample, ...]:
    rows = fields.rows("samples", _NUMBER, _FLAG, _SECONDS)
    try:
        return tuple(Sample(from_millis(millis), bad, seconds) for millis, bad, seconds in rows)
    except (OverflowError, ValueError):
        return fields.refuse("samples", "instants of this world")


def _spending(spent: Spending) -> Json:
    return {"minutes": _buckets(spent.minutes), "fives": _buckets(spent.fives), "hours": _buckets(spent.hours)}


def _read_spending(fields: Fields) -> Spending:
    return Spending(_read_buckets(fields, "minutes"), _read_buckets(fields, "fives"), _read_buckets(fields, "hours"))


def _buckets(buckets: tuple[Bucket, ...]) -> Json:
    return [[one.number, one.judged, one.bad, one.excused] for one in buckets]


def _read_buckets(fields: Fields, name: str) -> tuple[Bucket, ...]:
    return tuple(Bucket(*row) for row in fields.rows(name, _NUMBER, _NUMBER, _NUMBER, _NUMBER))
