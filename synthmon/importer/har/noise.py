"""What of a recording is not part of the journey: other hosts, files of a page, what a browser does by itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from synthmon.importer.har.entry import Entry

_STATIC_TYPES = (
    "image/",
    "font/",
    "video/",
    "audio/",
    "application/font",
    "application/x-font",
    "application/vnd.ms-font",
)
_STATIC = frozenset(
    {"text/css", "text/javascript", "application/javascript", "application/x-javascript", "application/wasm"}
    | {"application/manifest+json", "application/ecmascript", "application/ocsp-response"}
)
_RESOURCES = {
    "image": "an image of a page",
    "font": "a font of a page",
    "stylesheet": "a style sheet of a page",
    "script": "a script of a page",
    "media": "a film or a sound of a page",
    "manifest": "a file of a page",
    "texttrack": "a file of a page",
    "ping": "a browser's ping",
    "preflight": "a browser asks by itself whether it may ask",
    "websocket": "a web socket is no request with an answer",
    "eventsource": "a stream of events does not end",
}
_ENDINGS = re.compile(
    r"\.(?:png|jpe?g|gif|svg|webp|avif|ico|css|js|mjs|map|woff2?|ttf|otf|eot|mp4|webm|mp3|wasm)(?:\?|$)",
    re.IGNORECASE,
)
_WATCHERS = re.compile(
    r"google-analytics|googletagmanager|doubleclick|googlesyndication|googleadservices|facebook\.(?:com|net)|hotjar"
    r"|segment\.(?:io|com)|mixpanel|sentry\.io|newrelic|nr-data|amplitude|fullstory|clarity\.ms|bat\.bing|intercom"
    r"|datadoghq|browser-intake|cookielaw|onetrust|optimizely|linkedin|snowplow|matomo|webtrekk|adition|criteo|taboola"
    r"|outbrain|scorecardresearch|quantserve|adnxs|demdex|omtrdc|cloudflareinsights|logrocket|heap(?:analytics)?\.(?:io|com)"
)
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "ac", "gov", "edu"})


def hosts(entries: Sequence[Entry], wanted: tuple[str, ...]) -> frozenset[str]:
    """The hosts that belong to the journey: those wanted, or those of the site that the recording begins with."""
    known = {one.host for one in entries if one.host}
    if wanted:
        return frozenset(host for host in known if any(_is_wanted(host, name) for name in wanted))
    first = next((one.host for one in entries if one.host and not _WATCHERS.search(one.host)), "")
    if not first:
        first = next(iter(Counter(one.host for one in entries).most_common(1)), ("", 0))[0]
    site = _site(first)
    return frozenset(host for host in known if _site(host) == site and (host == first or not _WATCHERS.search(host)))


def _is_wanted(host: str, name: str) -> bool:
    bare = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    return name in (host, bare)


def _site(host: str) -> str:
    """The part of a name that one owner has, as far as that can be told without a list of all suffixes."""
    name = re.sub(r":\d+$", "", host)
    labels = name.split(".")
    if name.startswith("[") or all(label.isdigit() for label in labels):
        return name
    count = 3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2 else 2
    return ".".join(labels[-count:])


def reason(entry: Entry, first_party: frozenset[str], *, chosen: bool) -> str:
    """Why the exchange is no step; empty when it is one. `chosen`: the hosts were named by a person."""
    if not entry.url:
        return "it has no url"
    if not entry.url.lower().startswith(("http://", "https://")):
        return "it is no address of the web"
    if entry.host not in first_party:
        if _WATCHERS.search(entry.host):
            return "it counts or advertises"
        return f"another host; `--host {entry.host}` takes it" if not chosen else "another host than those named"
    if entry.method == "OPTIONS":
        return _RESOURCES["preflight"]
    if entry.status == 0:
        return "it was cancelled, or never answered"
    if entry.status in (204, 205) and "beacon" in entry.resource:
        return _RESOURCES["ping"]
    return _RESOURCES.get(entry.resource) or _static(entry)


def _static(entry: Entry) -> str:
    if entry.method != "GET":
        return ""
    if entry.answer_type.startswith(_STATIC_TYPES) or entry.answer_type in _STATIC:
        return f"a file of a page ({entry.answer_type})"
    if entry.answer_type in ("", "application/octet-stream", "binary/octet-stream", "text/plain"):
        return "a file of a page" if _ENDINGS.search(entry.url) else ""
    return ""
