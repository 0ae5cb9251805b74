"""A folder of probe files -> the probes and every problem of every file, in one pass."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path

from synthmon.model.probe import Probe
from synthmon.model.text import Source
from synthmon.nouns import dataclass
from synthmon.probefile.assembly.blocks import FOLDER, BlockShelf
from synthmon.probefile.assembly.installation import Installation, InstallationRegion
from synthmon.probefile.assembly.openapi import looks_like_openapi
from synthmon.probefile.assembly.probe import build_probe
from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.assembly.work import Names, Work
from synthmon.probefile.block_check import check_block, check_blocks
from synthmon.probefile.check import check
from synthmon.probefile.dependencies import check_dependencies, unique
from synthmon.probefile.findings import Borrowed, Findings
from synthmon.probefile.format.probe import ProbePart
from synthmon.probefile.problem import Problem, Severity
from synthmon.probefile.reader import MAX_BYTES, read

__all__ = ["Installation", "InstallationRegion", "Loaded", "load_file", "load_probes"]

BODIES = "bodies"
SHARED_FOLDERS = frozenset({"blocks", BODIES, "schemas"})
SUFFIXES = frozenset({".yaml", ".yml"})
_NEARLY = (".yaml", ".yml", ".yam", ".ymal", ".yaml~", ".yml~")
_STANDINS = {"synthmon": 1, "name": "unnamed", "interval": "1d", "steps": []}


@dataclass(frozen=True, slots=True)
class Loaded:
    """`probes` are those without an error; `files` is how many files were read.

    `shared` are the blocks, schemas, OpenAPI documents and certificates that they name, by path below the folder.
    """

    probes: tuple[Probe, ...]
    problems: tuple[Problem, ...]
    files: int
    shared: Mapping[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        return any(problem.is_error for problem in self.problems)


def load_probes(folder: Path, installation: Installation, base: Path | None = None) -> Loaded:
    """All probes below the folder, by path. Never raises for what is in the files; one file never hides another.

    Paths are shown from `base`, by default from the folder that the process stands in.
    """
    if not folder.is_dir():
        help_ = "name the folder with `probes:` in synthmon.yaml or SYNTHMON_PROBES"
        return Loaded(
            (), (Problem("no-folder", "there is no such folder", Source(shown(folder), 0, 0), help=help_),), 0
        )
    shelf, blocks = SchemaShelf(folder), BlockShelf(folder, lambda path: shown(path, base))
    found: list[tuple[Probe, tuple[Problem, ...]]] = []
    problems: list[Problem] = []
    used: list[Borrowed] = []
    files = 0
    closed: list[OSError] = []
    for path, content in _files(folder, closed.append):
        if content is None:
            problems.extend(_misnamed(path))
            continue
        files += 1
        probe, of_file, borrowed = _load(path, content, installation, (shelf, blocks), base)
        problems.extend(of_file)
        used += borrowed
        if probe is not None:
            found.append((probe, of_file))
    problems.extend(map(_closed, closed))
    problems.extend(check_blocks(folder, blocks, installation, shelf, used))
    probes, doubles = unique([probe for probe, _ in found])
    complete = not any(problem.is_error for problem in problems)
    problems += [*doubles, *check_dependencies(probes, complete=complete)]
    return Loaded(probes, tuple(problems), files, shelf.texts | blocks.texts)


def load_file(path: Path, installation: Installation, folder: Path | None = None) -> Loaded:
    """One probe, or one block. What it uses is looked for below `folder`; without it, below the nearest folder that has
    `schemas/` or `blocks/`.
    """
    folder = folder or _probes_folder(path)
    shelf, blocks = SchemaShelf(folder), BlockShelf(folder, shown)
    if path.absolute().is_relative_to(folder.absolute() / FOLDER):
        name = path.absolute().relative_to(folder.absolute()).as_posix()
        return Loaded((), tuple(check_block(blocks, name, installation, shelf)), 1)
    probe, problems, borrowed = _load(path, _content(path), installation, (shelf, blocks))
    return Loaded((probe,) if probe else (), (*problems, *_told(borrowed)), 1)


def _probes_folder(path: Path) -> Path:
    parents = path.absolute().parents
    near = next((parent for parent in parents if any((parent / name).is_dir() for name in SHARED_FOLDERS)), None)
    return near or parents[0]


def probe_files(folder: Path, closed: Callable[[OSError], None]) -> Iterator[Path]:
    """Files below the folder in a stable order; hidden ones and what probes share are none."""
    yield from (path for path, _ in _files(folder, closed))


def _files(folder: Path, closed: Callable[[OSError], None]) -> Iterator[tuple[Path, bytes | OSError | None]]:
    """The same with what is in them; None where the name says that it is no probe. OpenAPI documents are left out."""
    for here, folders, names in os.walk(folder, onerror=closed):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in SHARED_FOLDERS)
        for path in (Path(here, name) for name in sorted(names) if not name.startswith(".")):
            content = _content(path) if path.suffix in SUFFIXES else None
            if not isinstance(content, bytes) or not looks_like_openapi(content):
                yield path, content


def _closed(error: OSError) -> Problem:
    message = f"the folder cannot be read: {(error.strerror or str(error)).lower()}"
    return Problem("unreadable", message, Source(shown(Path(error.filename)), 0, 0))


def _misnamed(path: Path) -> list[Problem]:
    """A warning for what was probably meant to be a probe."""
    name = path.name.lower()
    if not (path.suffix.lower() in _NEARLY or ".yaml" in name or ".yml" in name):
        return []
    message = "this file is not read: its name does not end in .yaml or .yml"
    help_ = "rename it if it is a probe; begin its name with a dot if it is none"
    return [Problem("misnamed", message, Source(shown(path), 0, 0), help=help_, severity=Severity.WARNING)]


# One file


def _load(
    path: Path,
    content: bytes | OSError,
    installation: Installation,
    shelves: tuple[SchemaShelf, BlockShelf],
    base: Path | None = None,
) -> tuple[Probe | None, tuple[Problem, ...], list[Borrowed]]:
    if isinstance(content, OSError):
        message = f"the file cannot be read: {(content.strerror or str(content)).lower()}"
        return None, (Problem("unreadable", message, Source(shown(path, base), 0, 0)),), []
    return _parsed(content, shown(path, base), installation, shelves)


def shown(path: Path, base: Path | None = None) -> str:
    """The path as people are shown it: from the current folder (or `base`) if it lies below."""
    here = base or Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _content(path: Path) -> bytes | OSError:
    try:
        if not path.is_file():
            return OSError(0, "it is not a regular file" if path.exists() else "there is no such file")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        return error


def parse_probe(
    content: bytes, path: str, installation: Installation, shelf: SchemaShelf
) -> tuple[Probe | None, tuple[Problem, ...]]:
    """A probe from the bytes of its file, or None; and its problems, with those of the blocks that it uses."""
    probe, problems, borrowed = _parsed(content, path, installation, (shelf, BlockShelf(shelf.folder, shown)))
    return probe, (*problems, *_told(borrowed))


def _parsed(
    content: bytes, path: str, installation: Installation, shelves: tuple[SchemaShelf, BlockShelf]
) -> tuple[Probe | None, tuple[Problem, ...], list[Borrowed]]:
    reading = read(content, path)
    if reading.document is None:
        return None, tuple(reading.problems), []
    findings: Findings = reading.findings
    checked = check(reading.document, ProbePart, findings, _STANDINS)
    if checked.part is None:
        return None, tuple(findings.problems()), []
    shelf, blocks = shelves
    work = Work(reading.document, findings, installation, shelf, Names(suspects=checked.suspects), blocks)
    probe = build_probe(work, checked.part)
    return None if findings.failed else probe, tuple(findings.problems()), findings.borrowed


def _told(borrowed: Iterable[Borrowed]) -> tuple[Problem, ...]:
    """Each once, however many steps of the probe use the block."""
    once: dict[tuple[str, Source], Problem] = {}
    for one in borrowed:
        once.setdefault((one.problem.code, one.problem.source), one.told())
    return tuple(once.values())
