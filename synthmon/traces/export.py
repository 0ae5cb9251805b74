"""Sends spans to a collector by OTLP over HTTP, with OpenTelemetry's exporter (the extra `otlp`)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import requests
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event as SdkEvent
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from synthmon import __version__
from synthmon.traces.line import NotTaken
from synthmon.traces.spans import Span

WITHIN = 10.0  # seconds for a batch, with the exporter's own tries
_SCOPE = InstrumentationScope("synthmon", __version__)
# It says of each batch what we say once, and the address with it.
logging.getLogger("opentelemetry.exporter.otlp").setLevel(logging.CRITICAL + 1)


class OtlpSender:
    """For one thread. `resource` describes the installation in OpenTelemetry's names."""

    def __init__(self, endpoint: str, headers: Mapping[str, str], resource: Mapping[str, str]) -> None:
        session = requests.Session()
        session.trust_env = False
        session.max_redirects = 0
        self._exporter = OTLPSpanExporter(
            endpoint=endpoint,
            headers=dict(headers),
            timeout=WITHIN,
            compression=Compression.Gzip,
            session=session,
        )
        told = {"service.name": "synthmon", "service.version": __version__, **resource}
        self._resource = Resource(told)

    def __call__(self, spans: Sequence[Span]) -> None:
        """Raises `NotTaken`."""
        try:
            result = self._exporter.export([self._made(span) for span in spans])
        except (requests.RequestException, OSError) as error:
            raise NotTaken(type(error).__name__) from error
        if result is not SpanExportResult.SUCCESS:
            raise NotTaken("the collector was not reached, or does not take them")

    def close(self) -> None:
        self._exporter.shutdown()  # type: ignore[no-untyped-call]

    def _made(self, span: Span) -> ReadableSpan:
        return ReadableSpan(
            name=span.name,
            context=_context(span.trace, span.id),
            parent=_context(span.trace, span.parent) if span.parent else None,
            resource=self._resource,
            attributes=dict(span.attributes),
            events=[SdkEvent(event.name, dict(event.attributes), event.at) for event in span.events],
            kind=SpanKind.CLIENT if span.client else SpanKind.INTERNAL,
            status=Status(StatusCode.UNSET) if span.error is None else Status(StatusCode.ERROR, span.error or None),
            start_time=span.start,
            end_time=max(span.start, span.end),
            instrumentation_scope=_SCOPE,
        )


def _context(trace: str, span: str) -> SpanContext:
    return SpanContext(int(trace, 16), int(span, 16), is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))
