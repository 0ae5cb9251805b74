"""An import from beginning to end: a file read within limits, drafts made of it, each checked as `validate` does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from synthmon.app import foreign
from synthmon.app.configuration import Origin
from synthmon.app.importcheck import MINE, Trial, shelf_of
from synthmon.errors import ConfigurationError
from synthmon.importer import kinds
from synthmon.importer.draft import Drafts, Found, NotImportable, ProbeDraft, Wishes
from synthmon.importer.naming import slug
from synthmon.importer.report import as_markdown
from synthmon.importer.table import Fate, Row
from synthmon.importer.write import Heading
from synthmon.nouns import dataclass
from synthmon.probefile.problem import Problem
from synthmon.settings import load_settings

_ENDING = re.compile(r"(\.(openapi|arazzo|postman_collection))?\.(json|ya?ml|har|txt|sh)$")
_WHOLE = ("the whole probe", "the request", "the command", "the whole workflow")
"""What is told first where no probe came out."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import gives. `files` are texts by their path below the folder: probes, what they use, the table."""

    kind: str
    source: str
    drafts: Drafts
    files: Mapping[str, str]
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What is imported: a file, or a text (from an argument or standard input); `kind` None is found out."""

    label: str
    content: bytes
    folder: Path | None = None
    kind: str | None = None


class Importer:
    """Imports for the installation that the configuration describes; `folder` is where the files are going to be."""

    def __init__(self, origin: Origin, folder: Path | None = None) -> None:
        settings, _ = load_settings(origin.environ, origin.config_path, origin.cwd)
        self._installation = settings.installation
        self.folder = folder or settings.probes

    def run(self, given: Given, wishes: Wishes) -> Imported:
        """Raises `NotImportable` for what cannot become a probe at all."""
        kind, found = _found(given)
        drafts = kinds.convert(kind, found, wishes)
        rows = (*found.rows, *drafts.rows)
        return self._checked(kind, given, replace(drafts, rows=rows), wishes)

    def _checked(self, kind: str, given: Given, drafts: Drafts, wishes: Wishes) -> Imported:
        """Each probe as text, held against the format; one with an error is not written, and the table says why."""
        table, source = f"{_table_name(given, wishes, drafts)}.import.md", f"{kinds.NAMES[kind]} {given.label}"
        heading = Heading(source, table, imported=not wishes.mine)
        files: dict[str, str] = {}
        good: list[ProbeDraft] = []
        rows, warnings = list(drafts.rows), list[Problem]()
        with shelf_of(drafts.beside) as shelf:
            trial = Trial(self._installation, heading, wishes.interval, shelf)
            for probe in drafts.probes:
                tried = trial.of(probe)
                rows.extend(_refused(probe, problem) for problem in tried.errors)
                warnings.extend(tried.warnings)
                if not tried.errors:
                    rows.extend(tried.rows)
                    good.append(tried.probe)
                    files[f"{probe.name}.yaml"] = tried.text
        final = replace(drafts, probes=tuple(good), rows=tuple(dict.fromkeys(rows)))
        used = {name: text for name, text in drafts.beside.items() if any(name in one for one in files.values())}
        files = {**files, **used, table: as_markdown(final, source)}
        return Imported(kind, given.label, final, files if good else {}, tuple(warnings))

    def write(self, imported: Imported, *, force: bool) -> list[Path]:
        """The paths written; raises `ConfigurationError` before anything is, when one is there already."""
        return write_files(imported.files, self.folder, force=force)


def _found(given: Given) -> tuple[str, Found]:
    text = foreign.as_text(given.content, given.label)
    beside = foreign.Beside(given.folder)
    kind = given.kind or ("curl" if kinds.looks_like_curl(text) else None)
    if kind == "curl":
        return kind, Found(None, given.label, beside, text)
    tree, rows = foreign.as_tree(given.content, text, given.label)
    guessed = kind or kinds.guess(tree)
    return guessed, Found(tree, given.label, beside, text, rows)


def _table_name(given: Given, wishes: Wishes, drafts: Drafts) -> str:
    """One table for all probes of a file, by its name."""
    if len(drafts.probes) == 1:
        return drafts.probes[0].name
    return wishes.name or slug(_ENDING.sub("", given.label), "import", joint="-")


def _refused(probe: ProbeDraft, problem: Problem) -> Row:
    why = f"the probe that came out is refused: {problem.message}"
    if problem.code == "reach":
        why += f"; {MINE}"
    return Row(Fate.DROPPED, f"{probe.name}.yaml:{problem.source.line}", "the whole probe", why)


def write_files(files: Mapping[str, str], folder: Path, *, force: bool) -> list[Path]:
    """The paths written; raises `ConfigurationError` before anything is, when one is there already."""
    paths = {folder / name: text for name, text in files.items()}
    there = [str(path) for path in paths if path.exists()]
    if there and not force:
        hint = "`--force` overwrites, `--name` and `--out` give other names"
        raise ConfigurationError(f"{', '.join(there)}: there already", hint=hint)
    for path, text in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return list(paths)


def refuse_nothing(imported: Imported) -> None:
    """Raise `NotImportable` when no probe came out, with the reasons that the table has."""
    if imported.drafts.probes:
        return
    reasons = [row for row in imported.drafts.rows if row.fate is Fate.DROPPED]
    reasons.sort(key=lambda row: row.what not in _WHOLE)
    shown = [f"  {row.place}: {row.what}: {row.why}" for row in reasons[:5]] or ["  it asks for nothing"]
    more = [f"  and {len(reasons) - 5} more"] if len(reasons) > 5 else []
    message = "\n".join([f"{imported.source}: no probe can be made of it", *shown, *more])
    raise NotImportable(message, hint="`--json` prints the whole table" if more else None)
