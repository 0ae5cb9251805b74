"""The archive of reports: what was written, for whom, in which editions, and whom it reached."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from synthmon.model.mailing import Mailing
from synthmon.nouns import dataclass
from synthmon.reports.archive import FORMS, Archive, Edition, Name
from synthmon.web.views import View

SHOWN = 40  # reports on a page
KINDS = ("daily", "weekly", "monthly")
_TYPES = {"html": "text/html", "txt": "text/plain", "json": "application/json", "csv": "text/csv"}
_STYLE = re.compile(r"style-src '(sha256-[A-Za-z0-9+/=]+)'")


@dataclass(frozen=True, slots=True)
class Line:
    """A report: its newest edition, those before it, and its mails."""

    edition: Edition
    earlier: Sequence[Edition]
    mailings: Sequence[Mailing]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked to be shown: `kind` and `scope` are empty for all, `scope` is `-` for reports of all probes."""

    kind: str
    scope: str
    page: int

    @classmethod
    def of(cls, request: Request) -> Wanted:
        asked = request.query_params
        page = asked.get("page", "1")
        kind = asked.get("kind", "")
        return cls(
            kind if kind in KINDS else "",
            asked.get("scope", "")[:100],
            int(page) if page.isdecimal() and len(page) < 6 and page.isascii() else 1,
        )

    def takes(self, name: Name) -> bool:
        return self.kind in {"", name.kind.value} and self.scope in {"", name.scope or "-"}

    def link(self, page: int) -> str:
        said = {"kind": self.kind, "scope": self.scope, "page": str(page) if page > 1 else ""}
        return "?" + urlencode({key: value for key, value in said.items() if value})


def reports(view: View, request: Request) -> Response:
    """The archive, the newest period first."""
    archive, wanted = Archive(view.ports.reports), Wanted.of(request)
    names = archive.names()
    by_base: dict[str, list[Name]] = {}
    for name in filter(wanted.takes, names):
        by_base.setdefault(name.base, []).append(name)
    bases = list(by_base)
    pages = max(1, -(-len(bases) // SHOWN))
    page = min(max(1, wanted.page), pages)
    shown = bases[(page - 1) * SHOWN : page * SHOWN]
    mailings = view.ports.store.mailings(reports=shown) if shown else []
    found = [_line(archive, by_base[base], mailings) for base in shown]
    return view.page(
        request,
        "reports.html",
        lines=[line for line in found if line is not None],
        total=len(bases),
        any=bool(names),
        wanted=wanted,
        kinds=KINDS,
        scopes=_scopes(archive, names),
        endings=tuple(FORMS),
        page=page,
        pages=pages,
        unwritten=_unwritten(view, names) if page == 1 else [],
    )


def _line(archive: Archive, editions: Sequence[Name], mailings: Sequence[Mailing]) -> Line | None:
    known = [edition for name in editions if (edition := archive.about(name)) is not None]
    if not known:
        return None
    return Line(known[0], known[1:], [one for one in mailings if one.report == known[0].name.base])


def _scopes(archive: Archive, names: Sequence[Name]) -> Mapping[str, str]:
    """By its place in a name what there are reports of, in words."""
    newest = {name.scope: name for name in reversed(names)}
    known = {scope: archive.about(name) for scope, name in sorted(newest.items())}
    return {scope or "-": edition.about for scope, edition in known.items() if edition is not None}


def _unwritten(view: View, names: Sequence[Name]) -> Sequence[Mailing]:
    """Mails of late about reports that are not kept here, such as those that had nothing to tell of."""
    bases = {name.base for name in names}
    return [one for one in view.ports.store.mailings(limit=20) if one.report not in bases]


def report(view: View, request: Request) -> Response:
    """A file of a report as it was written; the page's own policy allows its own style only."""
    name = request.path_params["name"]
    content = Archive(view.ports.reports).read(name)
    ending = name.rpartition(".")[2]
    if content is None or ending not in _TYPES:
        return view.missing(request, "There is no such report.")
    found = _STYLE.search(content) if ending == "html" else None
    style = f"'{found[1]}'" if found else "'none'"
    policy = f"default-src 'none'; style-src {style}; frame-ancestors 'none'"
    return Response(content, media_type=_TYPES[ending], headers={"content-security-policy": policy})
