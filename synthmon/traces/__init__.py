"""Runs as traces, for whoever collects them by OTLP.

Admission rule: a run comes in as it was kept, spans go out; nothing is measured here, and nobody waits for a collector.
`export` alone knows OpenTelemetry, an extra, and is loaded when traces are exported.
"""
