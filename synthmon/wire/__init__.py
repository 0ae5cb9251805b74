"""Values as JSON and back: what `run --json` prints, what agents send and what the store keeps.

Admission rule: one explicit pair of functions per noun, named fields only, no reflection and no pickling. Every
document of its own carries `"format": 1`, a kept run's 2. Names are public and stable: a field may be added, never
renamed. A reader ignores fields that it does not know and fills in the ones that came later; anything else that is
missing or of the wrong kind is a `MalformedDocument` which says where. `alike` tells a run by its difference from
another one instead, field by field of lists that a test holds against the nouns.

Instants are ISO 8601 in UTC to the millisecond; durations are seconds to the microsecond, which is what they are
measured to.
"""

from typing import TYPE_CHECKING

from synthmon.exports import on_demand

if TYPE_CHECKING:
    from synthmon.wire.agent import REGION_HEADER, heartbeat_from_json, heartbeat_to_json
    from synthmon.wire.histogram import histogram_from_bytes, histogram_to_parts
    from synthmon.wire.incident import (
        incident_from_json,
        incident_to_json,
        message_from_json,
        message_to_json,
        notification_from_json,
        notification_to_json,
    )
    from synthmon.wire.kept import from_json, to_kept_json
    from synthmon.wire.key import key_from_json, key_to_json
    from synthmon.wire.mailing import mailing_from_json, mailing_to_json
    from synthmon.wire.order import notice_from_json, notice_to_json, order_from_json, order_to_json
    from synthmon.wire.owed import owed_from_json, owed_to_json
    from synthmon.wire.plain import delivery_from_text, from_text, plain_from_json
    from synthmon.wire.quiet import quiet_from_json, quiet_to_json
    from synthmon.wire.replica import replica_from_json, replica_to_json
    from synthmon.wire.rollup import detail_from_bytes, detail_to_parts
    from synthmon.wire.run import FORMAT, to_json
    from synthmon.wire.state import state_from_json, state_to_json
    from synthmon.wire.text import dumps, dumps_ascii, loads
else:
    __getattr__ = on_demand(
        __name__,
        {
            "agent": ("REGION_HEADER", "heartbeat_from_json", "heartbeat_to_json"),
            "histogram": ("histogram_from_bytes", "histogram_to_parts"),
            "incident": (
                "incident_from_json",
                "incident_to_json",
                "message_from_json",
                "message_to_json",
                "notification_from_json",
                "notification_to_json",
            ),
            "kept": ("from_json", "to_kept_json"),
            "key": ("key_from_json", "key_to_json"),
            "mailing": ("mailing_from_json", "mailing_to_json"),
            "order": ("notice_from_json", "notice_to_json", "order_from_json", "order_to_json"),
            "owed": ("owed_from_json", "owed_to_json"),
            "plain": ("delivery_from_text", "from_text", "plain_from_json"),
            "quiet": ("quiet_from_json", "quiet_to_json"),
            "replica": ("replica_from_json", "replica_to_json"),
            "rollup": ("detail_from_bytes", "detail_to_parts"),
            "run": ("FORMAT", "to_json"),
            "state": ("state_from_json", "state_to_json"),
            "text": ("dumps", "dumps_ascii", "loads"),
        },
    )

__all__ = [
    "FORMAT",
    "REGION_HEADER",
    "delivery_from_text",
    "detail_from_bytes",
    "detail_to_parts",
    "dumps",
    "dumps_ascii",
    "from_json",
    "from_text",
    "heartbeat_from_json",
    "heartbeat_to_json",
    "histogram_from_bytes",
    "histogram_to_parts",
    "incident_from_json",
    "incident_to_json",
    "key_from_json",
    "key_to_json",
    "loads",
    "mailing_from_json",
    "mailing_to_json",
    "message_from_json",
    "message_to_json",
    "notice_from_json",
    "notice_to_json",
    "notification_from_json",
    "notification_to_json",
    "order_from_json",
    "order_to_json",
    "owed_from_json",
    "owed_to_json",
    "plain_from_json",
    "quiet_from_json",
    "quiet_to_json",
    "replica_from_json",
    "replica_to_json",
    "state_from_json",
    "state_to_json",
    "to_json",
    "to_kept_json",
]
