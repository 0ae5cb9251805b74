"""The archive of reports: what there is, and each as it was written."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from starlette.responses import Response

from synthmon.reports.archive import FORMS, Archive, Edition
from synthmon.reports.figures.period import PeriodKind
from synthmon.web.api.fields import Answer, Instant, Name
from synthmon.web.api.operation import Call, Text
from synthmon.web.api.paging import Next, Piece, piece_of
from synthmon.web.api.problem import Refused
from synthmon.web.views import View

_MEDIA = {"html": "text/html", "txt": "text/plain", "json": "application/json", "csv": "text/csv"}
FILE = Text(tuple(_MEDIA.values()), "The report as it was written.")


class ReportFilter(Piece):
    """Which are listed, the newest period first."""

    kind: Literal["daily", "weekly", "monthly"] | None = None
    scope: Name | None = Field(default=None, description="As it stands in names; `-` for reports of all probes.")


class ReportItem(Answer):
    """One edition of a report."""

    name: str = Field(description="`daily-2026-03-02`, `weekly-2026-W10+tag-tier-1~02`, …")
    kind: PeriodKind
    title: str
    start: Instant
    end: Instant
    about: str = Field(description="Which probes it is about, in words.")
    as_of: Instant = Field(description="When it was made.")
    last_result: Instant | None
    subject: str
    fine: bool = Field(description="Whether nothing was wrong.")
    files: list[str] = Field(description="By which each form of it is asked for.")


class ReportList(Answer):
    items: list[ReportItem]
    next: Next


def listed(view: View, call: Call) -> ReportList:
    asked: ReportFilter = call.query
    archive = Archive(view.ports.reports)
    names = [
        name
        for name in archive.names()
        if asked.kind in {None, name.kind.value} and asked.scope in {None, name.scope or "-"}
    ]
    shown, following = piece_of(names, asked, lambda name: f"{name.first} {name}", backwards=True)
    editions = (archive.about(name) for name in shown)
    return ReportList(items=[_item(edition) for edition in editions if edition is not None], next=following)


def one(view: View, call: Call) -> Response:
    name = call.path["name"]
    content = Archive(view.ports.reports).read(name)
    kind = _MEDIA.get(name.rpartition(".")[2])
    if content is None or kind is None:
        raise Refused(404, "there is no such report")
    return Response(content, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})


def _item(edition: Edition) -> ReportItem:
    return ReportItem(
        name=str(edition.name),
        kind=edition.name.kind,
        title=edition.title,
        start=edition.start,
        end=edition.end,
        about=edition.about,
        as_of=edition.as_of,
        last_result=edition.last_result,
        subject=edition.subject,
        fine=edition.fine,
        files=[f"{edition.name}.{ending}" for ending in FORMS],
    )
