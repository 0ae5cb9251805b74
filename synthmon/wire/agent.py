"""How an agent is, as JSON and back."""

from __future__ import annotations

from synthmon.model.agent import Heartbeat
from synthmon.model.run import Json
from synthmon.wire.fields import Fields, instant_to_json, maybe_instant_to_json, seconds_to_json
from synthmon.wire.run import FORMAT, check_format

REGION_HEADER = "synthmon-region"
"""The region that an agent runs, beside the token that says which one it may speak for."""


def heartbeat_to_json(heartbeat: Heartbeat) -> dict[str, Json]:
    return {
        "format": FORMAT,
        "region": heartbeat.region,
        "instance": heartbeat.instance,
        "at": instant_to_json(heartbeat.at),
        "version": heartbeat.version,
        "config_hash": heartbeat.config_hash,
        "started_at": instant_to_json(heartbeat.started_at),
        "shard": heartbeat.shard,
        "spool": heartbeat.spool,
        "spool_depth": heartbeat.spool_depth,
        "spool_oldest": maybe_instant_to_json(heartbeat.spool_oldest),
        "waiting": heartbeat.waiting,
        "dropped": heartbeat.dropped,
        "refused": heartbeat.refused,
        "due": heartbeat.due,
        "started": heartbeat.started,
        "finished": heartbeat.finished,
        "lateness_p99": seconds_to_json(heartbeat.lateness_p99),
        "lag_p99": seconds_to_json(heartbeat.lag_p99),
        "memory": heartbeat.memory,
        "descriptors": heartbeat.descriptors,
        "offset": seconds_to_json(heartbeat.offset),
        "round_trip": seconds_to_json(heartbeat.round_trip),
        "probes": heartbeat.probes,
        "troubles": list(heartbeat.troubles),
        "worker": heartbeat.worker,
        "standstills": [[instant_to_json(start), instant_to_json(end)] for start, end in heartbeat.standstills],
    }


def heartbeat_from_json(data: Json) -> Heartbeat:
    """The heartbeat again; raises `MalformedDocument`."""
    fields = Fields(data)
    check_format(fields)
    return Heartbeat(
        region=fields.text("region"),
        instance=fields.text("instance"),
        at=fields.instant("at"),
        version=fields.text("version"),
        config_hash=fields.text("config_hash"),
        started_at=fields.instant("started_at"),
        shard=fields.text("shard", default="1/1"),
        spool=fields.maybe_text("spool"),
        spool_depth=fields.whole("spool_depth", default=0),
        spool_oldest=fields.maybe_instant("spool_oldest"),
        waiting=fields.whole("waiting", default=0),
        dropped=fields.whole("dropped", default=0),
        refused=fields.whole("refused", default=0),
        due=fields.whole("due", default=0),
        started=fields.whole("started", default=0),
        finished=fields.whole("finished", default=0),
        lateness_p99=fields.maybe_number("lateness_p99"),
        lag_p99=fields.maybe_number("lag_p99"),
        memory=fields.maybe_whole("memory"),
        descriptors=fields.maybe_whole("descriptors"),
        offset=fields.maybe_number("offset"),
        round_trip=fields.maybe_number("round_trip"),
        probes=fields.whole("probes", default=0),
        troubles=fields.texts("troubles"),
        worker=fields.flag("worker", default=False),
        standstills=fields.stretches("standstills"),
    )
