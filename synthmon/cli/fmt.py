"""`synthmon fmt`: probe files laid out alike."""

from __future__ import annotations

import difflib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from synthmon.cli.common import CONFIG, SETTINGS, origin
from synthmon.errors import ConfigurationError
from synthmon.model.words import printable
from synthmon.probefile.builder import SUFFIXES, probe_files, shown
from synthmon.probefile.problem import render
from synthmon.probefile.reader import MAX_BYTES
from synthmon.probefile.tidy.tidy import Tidied, tidy
from synthmon.settings import load_settings


@click.command(context_settings=SETTINGS)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 if a file would be changed.")
@click.option("--diff", "as_diff", is_flag=True, help="Write nothing; show what would be changed.")
@CONFIG
def fmt(paths: tuple[Path, ...], only_check: bool, as_diff: bool, config: Path | None) -> None:
    """Lay the probe files in PATHS, or all of the probes folder, out alike: same meaning, same comments.

    A file with errors is left alone. Exits 0, 1 with --check if a file would be changed, 2 if one was left alone.
    """
    changed = alone = 0
    for path in _wanted(paths, config):
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)  # one more than is laid out, and no more of what is no probe
        found = tidy(content, shown(path))
        if found.problems or found.reason:
            alone += 1
            _say_why(path, found)
        elif found.text.encode() != content:
            changed += 1
            _change(path, content, found.text, write=not (only_check or as_diff), as_diff=as_diff)
    click.echo(_summary(changed, alone, would=only_check or as_diff), err=as_diff)
    sys.exit(2 if alone else 1 if only_check and changed else 0)


def _wanted(paths: tuple[Path, ...], config: Path | None) -> Iterator[Path]:
    if not paths:
        here = origin(config)
        paths = (load_settings(here.environ, here.config_path, here.cwd)[0].probes,)
    for path in paths:
        if path.is_dir():
            yield from (file for file in probe_files(path, _closed) if file.suffix in SUFFIXES)
            yield from sorted(file for file in (path / "blocks").rglob("*") if file.suffix in SUFFIXES)
        elif path.is_file():
            yield path
        else:
            raise ConfigurationError(f"{path}: there is no such file or folder", hint="name a probe file, or a folder")


def _closed(error: OSError) -> None:
    raise error


def _say_why(path: Path, found: Tidied) -> None:
    reason = found.reason or "it has errors"
    click.echo(f"{printable(shown(path))}: left alone: {reason}", err=True)
    if found.problems:
        click.echo(render(found.problems) + "\n", err=True)


def _change(path: Path, content: bytes, text: str, *, write: bool, as_diff: bool) -> None:
    if as_diff:
        old = content.decode("utf-8", "replace").splitlines()
        name = printable(shown(path))
        lines = difflib.unified_diff(old, text.splitlines(), name, name, lineterm="")
        click.echo("\n".join(printable(line, len(line)) for line in lines))
        return
    if write:
        _replace(path.resolve(), text)
    click.echo(f"{printable(shown(path))}: {'laid out anew' if write else 'would be laid out anew'}")


def _replace(path: Path, text: str) -> None:
    """Whole or not at all: a daemon that reads its files meanwhile never meets half a probe."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".fmt")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _summary(changed: int, alone: int, *, would: bool) -> str:
    if not changed and not alone:
        return "nothing to change"
    files = f"{changed} file{'s' if changed != 1 else ''}"
    said = [f"{files} {'would be ' if would else ''}laid out anew"] if changed else []
    return "; ".join([*said, *([f"{alone} left alone"] if alone else [])])
