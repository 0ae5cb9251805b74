"""The JSON Schema (draft 2020-12) of `synthmon.yaml`, with the options of every kind of channel: for editors."""

from __future__ import annotations

from typing import Any

from synthmon.alerting.registry import CHANNEL_OPTIONS
from synthmon.probefile.schema import published, tidied
from synthmon.settings.format import ConfigPart


def config_schema() -> dict[str, Any]:
    """What `synthmon.yaml` may look like, as far as a schema can see."""
    schema = published(ConfigPart, "synthmon configuration", "urn:synthmon:schema:config:1")
    definitions = schema.setdefault("$defs", {})
    kinds = []
    for kind, model in sorted(CHANNEL_OPTIONS.items()):
        options = model.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(tidied(options.pop("$defs", {})))
        definitions[f"channel-{kind}"] = tidied(options)
        kinds.append(_of_kind(kind))
    channels = schema["properties"]["channels"]
    channels["patternProperties"] = {pattern: {"oneOf": kinds} for pattern in channels["patternProperties"]}
    return schema


def _of_kind(kind: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            kind: {"$ref": f"#/$defs/channel-{kind}"},
            "backup": {"type": "string"},
            "canary": {"type": "string", "pattern": r"^(daily|[0-9]{1,9}(\.[0-9]{1,6})?(ms|s|m|h|d))$"},
        },
        "required": [kind],
        "additionalProperties": False,
    }
