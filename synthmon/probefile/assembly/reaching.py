"""Whom a probe may reach, as far as it is known before a run: hosts that stand in the file, held against the policy."""

from __future__ import annotations

from urllib.parse import urlsplit

from synthmon.model.auth import OAuth2Profile
from synthmon.model.journey import Journey, Step
from synthmon.model.reach import Reach, Trust
from synthmon.model.text import Text
from synthmon.patterns import regular
from synthmon.probefile.assembly.work import Work, mapping
from synthmon.probefile.node import Node

_WHOLE = regular(r"(?i)https?://[^/?#]+(?=[/?#]|\Z)")
_PORTS = {"http": 80, "https": 443}
_IMPORTED = "an imported file does not say through whom its requests go"


def check_reaching(work: Work, journey: Journey, trust: Trust) -> None:
    """Report hosts that no request may be sent to, each at the request that names it."""
    reach = work.installation.reach
    for section, steps in (("steps", journey.steps), ("cleanup", journey.cleanup)):
        for step in steps:
            reason = _refusal(reach, trust, step.request.url)
            if reason is not None and (node := _place(work, section, step)) is not None:
                _report(work, node, reason, trust)
    for name, profile in journey.auth.items():
        if isinstance(profile, OAuth2Profile) and (reason := _refusal(reach, trust, profile.token_url)) is not None:
            node = work.node("auth", name, "oauth2", "token_url") or work.node("auth", name)
            if node is not None:
                _report(work, node, reason, trust)
    if trust is Trust.IMPORTED:
        _check_ways(work)


def _refusal(reach: Reach, trust: Trust, url: Text) -> str | None:
    """Why not, if the host is all written out."""
    first = url if isinstance(url, str) else url.parts[0]
    found = _WHOLE.match(first) if isinstance(first, str) else None
    if found is None or (not isinstance(url, str) and found.end() == len(str(first))):
        return None
    try:
        split = urlsplit(found[0])
        host, port = split.hostname, split.port or _PORTS[split.scheme.lower()]
    except (ValueError, KeyError):
        return None  # reported as no url
    return reach.refuses(trust, host, port) if host else None


def _place(work: Work, section: str, step: Step) -> Node | None:
    listed = work.node(section)
    for element in getattr(listed, "elements", ()):
        nodes = mapping(element)
        if "id" in nodes and nodes["id"].data == step.id:
            request = nodes.get("request")
            return mapping(request).get("url") or request or nodes["id"]
    return None


def _report(work: Work, node: Node, reason: str, trust: Trust) -> None:
    whose = "an imported file" if trust is Trust.IMPORTED else "a probe"
    help_ = "allow it in synthmon.yaml: `reach: {allow: [{to: …, reason: …}]}`"
    if trust is Trust.IMPORTED:
        help_ = "name its host in synthmon.yaml: `reach: {imported: […]}`; or, if the file is yours, delete `trust`"
    work.error("reach", f"{whose} may not reach that: {reason}", node, help_)


def _check_ways(work: Work) -> None:
    places = [("network",), *(("regions", name, "network") for name in mapping(work.node("regions")))]
    for place in places:
        for key in ("proxy", "resolver", "hosts"):  # the last could lead elsewhere what is meant for a region's proxy
            if (node := work.node(*place, key)) is not None:
                work.error("reach", f"{_IMPORTED}: `{key}` is for synthmon.yaml", node, "delete it")
