"""The archive of reports: what there is, and each as it was written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field
from starlette.responses import Response

from synthmon.web.api.fields import Answer
from synthmon.web.api.operation import Call, Text
from synthmon.web.api.paging import Next, Piece, piece_of
from synthmon.web.api.problem import Refused
from synthmon.web.views import View

_NAME = re.compile(r"(?P<kind>[a-z]+)-(?P<period>[0-9A-Za-z-]+)\.(?P<format>html|txt|json|csv)", re.ASCII)
_MEDIA = {"html": "text/html", "txt": "text/plain", "json": "application/json", "csv": "text/csv"}
FILE = Text(tuple(_MEDIA.values()), "The report as it was written.")
Format = Literal["html", "txt", "json", "csv"]


class ReportItem(Answer):
    """One report in one format."""

    name: str = Field(description="By which it is asked for.")
    kind: str
    period: str = Field(description="`2026-03-02`, `2026-W10`, `2026-03`, …")
    format: Format


class ReportList(Answer):
    items: list[ReportItem]
    next: Next


def listed(view: View, call: Call) -> ReportList:
    asked: Piece = call.query
    found = [item for path in _files(view.ports.reports) if (item := _item(path.name))]
    shown, following = piece_of(found, asked, lambda one: f"{one.period} {one.name}", backwards=True)
    return ReportList(items=shown, next=following)


def one(view: View, call: Call) -> Response:
    name = call.path["name"]
    item, path = _item(name), view.ports.reports / name
    if item is None or not path.is_file():
        raise Refused(404, "there is no such report")
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(path.read_bytes(), media_type=_MEDIA[item.format], headers=headers)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _item(name: str) -> ReportItem | None:
    found = _NAME.fullmatch(name)
    return ReportItem.model_validate({"name": name, **found.groupdict()}) if found else None
