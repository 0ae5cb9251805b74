"""Notifications, what ends soon, maintenance, hygiene and the watching itself: what stands beside the probes."""

from __future__ import annotations

from collections.abc import Iterator

from synthmon.model import words
from synthmon.reports import beside_words, wording
from synthmon.reports.figures.report import Report

MOST = 40  # lines of a list


def notices(report: Report) -> Iterator[str]:
    found = report.beside.notices if report.beside else None
    if found is None or not (found.channels or found.kept_back):
        return
    yield from ("", "Notifications")
    yield from (f"  {one.channel}: {beside_words.told(one)}" for one in found.channels)
    for one in found.kept_back[:MOST]:
        yield f"  {wording.local(report, one.at)} nobody told of {one.incident.probe}: {words.printable(one.why, 300)}"


def expiring(report: Report) -> Iterator[str]:
    if report.beside and report.beside.expiring:
        yield from ("", "Ends soon")
        for one in report.beside.expiring[:MOST]:
            when, mark = f"{one.until:%Y-%m-%d %H:%M} UTC", "! " if one.urgent else ""
            name = words.printable(one.name, 200)
            yield f"  {mark}{one.kind} {name}: {beside_words.ends(one)}, {when}; {beside_words.whom(one)}"


def maintenance(report: Report) -> Iterator[str]:
    if report.beside is None:
        return
    for heading, quiets in (("Maintenance done", report.beside.done), ("Maintenance coming", report.beside.coming)):
        if quiets:
            yield from ("", heading)
        for one in quiets[:MOST]:
            stretch = f"{wording.local(report, one.start)} to {wording.local(report, one.ends_at)}"
            yield f"  {stretch}: {one.covers}; {words.printable(one.reason, 200)} ({words.printable(one.author, 80)})"


def hygiene(report: Report) -> Iterator[str]:
    if report.beside and report.beside.hygiene:
        yield from ("", "Hygiene")
        yield from (f"  {beside_words.lacking(one)}" for one in report.beside.hygiene.lacking)
        for one in report.beside.hygiene.quiets[:MOST]:
            reason = words.printable(one.reason, 200)
            yield f"  {one.kind.value} for {beside_words.lasting(one)}: {one.covers}; {reason}"


def watching(report: Report) -> Iterator[str]:
    if report.beside and report.beside.watch:
        yield from ("", "How the watching went")
        yield from (f"  {what}: {figure}" for what, figure in beside_words.watch(report.beside.watch))
