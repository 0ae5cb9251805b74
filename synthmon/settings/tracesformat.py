"""The models of `traces` in `synthmon.yaml`: what targets are told of a run's trace, and who collects traces."""

from __future__ import annotations

from synthmon.probefile.format.base import Maybe, Part, key, required
from synthmon.probefile.format.scalars import Label, Name, WebAddress
from synthmon.settings.vaultformat import SecretReference


class OtlpPart(Part):
    """A collector of traces."""

    endpoint: WebAddress = required(
        "Where spans are sent, by OTLP over HTTP.", example="https://otel.example.com:4318/v1/traces"
    )
    headers: Maybe[dict[Label, SecretReference]] = key("Headers that show who sends, each from a secret.")
    resource: Maybe[dict[Label, Label]] = key("What else describes this installation, in OpenTelemetry's names.")


class TracesPart(Part):
    """Traces of runs."""

    header: Maybe[bool] = key("Whether requests carry a `traceparent`; true when left out.", example="true")
    not_for: Maybe[list[Name]] = key("Probes whose targets must not get one; such runs have no trace.")
    otlp: Maybe[OtlpPart] = key("Where runs are sent as spans.")
