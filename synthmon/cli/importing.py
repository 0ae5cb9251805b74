"""`synthmon import`: what other tools wrote becomes probe files, with a table of what became of each part."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from synthmon.app import foreign
from synthmon.app.importcheck import HOST, TO_ALLOW
from synthmon.app.importing import Given, Imported, Importer, refuse_nothing
from synthmon.cli import guard
from synthmon.cli.common import CONFIG, SETTINGS, console, origin, print_json
from synthmon.cli.layout import put, table
from synthmon.importer.draft import Wishes
from synthmon.importer.kinds import KINDS, looks_like_curl
from synthmon.importer.report import as_values, in_order, variable_of
from synthmon.importer.table import Fate, summary
from synthmon.language.duration import parse_duration
from synthmon.probefile.builder import shown
from synthmon.probefile.problem import render

_STYLES = {Fate.KEPT: "green", Fate.CHANGED: "yellow", Fate.DROPPED: "red"}


@click.command("import", context_settings=SETTINGS)
@click.argument("source", metavar="[KIND] FILE", nargs=-1, required=True)
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the probe files are written (default: the probes folder).",
)
@click.option("--name", metavar="NAME", help="The name of the probe; several are numbered.")
@click.option("--interval", metavar="TIME", default="5m", show_default=True, help="How often the probe runs.")
@click.option("--base-url", metavar="URL", help="Where the API is, if the file does not say it in full.")
@click.option("--host", "hosts", metavar="HOST", multiple=True, help="Take only this host of a recording; repeatable.")
@click.option(
    "--only",
    metavar="WORD",
    multiple=True,
    help="Take only operations, folders or workflows with this in their name; repeatable.",
)
@click.option("--writes", is_flag=True, help="Also take operations of OpenAPI that change something.")
@click.option("--var", "variables", metavar="NAME=VALUE", multiple=True, help="Set a variable of the file; repeatable.")
@click.option("--mine", is_flag=True, help="The file is your own: leave out `trust: imported`.")
@click.option("--print", "show", is_flag=True, help="Print the probe files instead of writing them.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
@CONFIG
def import_(source: tuple[str, ...], **options: Any) -> None:
    """Make probe files of FILE: openapi, postman, har, curl or arazzo. `-` reads standard input.

    Nothing in it is executed, and nothing is lost without a word: the table says what was kept, changed and dropped,
    and why. Credentials become secrets, whose values are not written anywhere. KIND is found out where it is clear.
    """
    given = _given(source)
    importer = Importer(origin(options["config"]), options["out"])
    imported = importer.run(given, _wishes(options))
    if not options["as_json"]:
        refuse_nothing(imported)
    written = [] if options["show"] else list(map(shown, importer.write(imported, force=options["force"])))
    if options["as_json"]:
        print_json(as_values(imported.drafts, written))
        sys.exit(0 if imported.drafts.probes else guard.BAD_INPUT)
    if options["show"]:
        click.echo("\n---\n".join(text for path, text in imported.files.items() if path.endswith(".yaml")), nl=False)
    _show(imported, written, stderr=options["show"])
    if imported.warnings:
        click.echo("\n" + render(imported.warnings), err=True)


def _wishes(options: dict[str, Any]) -> Wishes:
    return Wishes(
        interval=_interval(options["interval"]),
        name=_name(options["name"]),
        base_url=options["base_url"],
        hosts=tuple(host.lower() for host in options["hosts"]),
        only=options["only"],
        writes=options["writes"],
        mine=options["mine"],
        variables=_pairs(options["variables"]),
    )


def _given(source: tuple[str, ...]) -> Given:
    kind = source[0] if source[0] in KINDS else None
    words = source[1:] if kind else source
    if not words:
        raise click.UsageError(f"name the file: `synthmon import {kind or 'KIND'} FILE`")
    if len(words) == 1 and words[0] != "-" and not (looks_like_curl(words[0] + " ") or _is_command(kind, words[0])):
        path = Path(words[0])
        return Given(path.name, foreign.load(path), path.absolute().parent, kind)
    if words == ("-",):
        return Given("standard input", sys.stdin.buffer.read(foreign.MAX_BYTES + 1), None, kind)
    if len(words) == 1:
        return Given("the command line", words[0].encode("utf-8", "replace"), None, kind or "curl")
    raise click.UsageError(f"{words[1]!r} is one file too many; a command of curl is quoted as a whole")


def _is_command(kind: str | None, word: str) -> bool:
    return kind == "curl" and "\n" in word


def _name(name: str | None) -> str | None:
    if name is not None and not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,50}", name):
        raise click.BadParameter("lower-case letters, digits, `-` and `_`, at most 51", param_hint="--name")
    return name


def _interval(interval: str) -> str:
    try:
        parse_duration(interval)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--interval") from None
    return interval


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    for name, sign, _ in pairs:
        if not sign or not name:
            raise click.BadParameter(f"{name!r} is not NAME=VALUE", param_hint="--var")
    return {name: value for name, _, value in pairs}


def _show(imported: Imported, written: list[str], *, stderr: bool = False) -> None:
    screen = console(stderr=stderr)
    for fate, rows in in_order(imported.drafts.rows):
        put(screen, Text(str(fate), style=f"bold {_STYLES[fate]}"))
        heading = "became" if fate is Fate.KEPT else "why"
        table(
            screen,
            ("  where", "what", heading),
            [tuple(map(Text, (f"  {row.place}", row.what, row.why))) for row in rows],
        )
        put(screen, "")
    for path in written:
        put(screen, f"wrote {path}")
    put(screen, summary(imported.drafts.rows))
    needs = {need.name: need.where for probe in imported.drafts.probes for need in probe.secrets}
    for name, where in needs.items():
        put(screen, f"provide {variable_of(name)}: {where}")
    hosts = sorted({row.what for row in imported.drafts.rows if row.place == TO_ALLOW})
    if hosts:
        named = ", ".join(host.removeprefix(f"{HOST} ") for host in hosts)
        allow = f"`reach: {{imported: [{named}]}}` into synthmon.yaml"
        put(screen, f"write {allow}: until then `synthmon validate` refuses what was imported")
