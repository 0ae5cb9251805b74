"""What is traced and where traces go, from its part of `synthmon.yaml`."""

from __future__ import annotations

from urllib.parse import urlsplit

from synthmon.model.trace import Telling
from synthmon.probefile.findings import Findings
from synthmon.probefile.node import MapNode, Node
from synthmon.settings.tracesformat import OtlpPart, TracesPart
from synthmon.settings.values import OtlpSettings, is_loopback
from synthmon.settings.vaultformat import secret_name


def build_telling(part: TracesPart | None) -> Telling:
    """Which probes tell targets of their traces."""
    return Telling(part.header is not False, frozenset(part.not_for or ())) if part else Telling()


def build_otlp(part: TracesPart | None, node: Node | None, findings: Findings | None) -> OtlpSettings | None:
    """Where traces go, if anywhere; what is wrong is reported."""
    if part is None or part.otlp is None:
        return None
    return _otlp(part.otlp, node.child("otlp") if node else None, findings)


def _otlp(part: OtlpPart, node: Node | None, findings: Findings | None) -> OtlpSettings:
    headers = {name: secret_name(value) or "" for name, value in (part.headers or {}).items()}
    if node is not None and findings is not None:
        _check(part, node, findings)
    return OtlpSettings(part.endpoint, headers, part.resource or {})


def _check(part: OtlpPart, node: Node, findings: Findings) -> None:
    written, place = node.child("headers"), node.child("endpoint")
    for value in written.children.values() if isinstance(written, MapNode) else ():
        if isinstance(value.data, str) and secret_name(value.data) is None:
            findings.document.hidden.append((value.start.index, value.end.index))
            message = "what shows who sends is a secret and stands in no file"
            findings.error("literal-secret", message, value, "write ${{ secrets.NAME }}")
    address = urlsplit(part.endpoint)
    if address.scheme == "http" and part.headers and not is_loopback(address.hostname or "") and place is not None:
        message = "headers with secrets would travel over http, where they can be read on the way"
        findings.error("traces", message, place, "write https://")
