"""The folder `blocks/` on its own: what is wrong with a block, whoever uses it, and which are used by nobody."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from math import inf
from pathlib import Path

from synthmon.model.text import Source
from synthmon.probefile.assembly.blocks import FOLDER, Block, BlockShelf
from synthmon.probefile.assembly.installation import Installation
from synthmon.probefile.assembly.request import Shared
from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.assembly.steps import Surrounding, build_asked
from synthmon.probefile.assembly.uses import (
    NOTHING_CAPTURED,
    AnyProfile,
    check_inputs,
    check_unused,
    own_inputs,
    work_of,
)
from synthmon.probefile.assembly.within import NotWithin
from synthmon.probefile.assembly.work import Names, Work
from synthmon.probefile.findings import Borrowed, Findings
from synthmon.probefile.format.probe import DefaultsPart
from synthmon.probefile.problem import Problem, Severity

SUFFIXES = frozenset({".yaml", ".yml"})
_SOME_BASE = "https://any.example"


def check_blocks(
    folder: Path, blocks: BlockShelf, installation: Installation, shelf: SchemaShelf, borrowed: list[Borrowed]
) -> list[Problem]:
    """The problems of every block of the folder, each told once, with the first place that uses the block.

    `borrowed` are the problems that probes met in the blocks they use; some come up only in such a use.
    """
    found: list[Problem] = []
    users: dict[tuple[str, Source], list[Borrowed]] = {}
    for one in borrowed:
        users.setdefault((one.problem.code, one.problem.source), []).append(one)
    for name in _names(folder):
        for problem in check_block(blocks, name, installation, shelf):
            used = users.pop((problem.code, problem.source), None)
            found.append(problem if used is None else _told(used))
        if name not in blocks.used:
            source = Source(blocks.shown(name), 0, 0)
            message, help_ = "no probe uses this block", "delete it, or write `uses:` in a step"
            found.append(Problem("unused-block", message, source, help=help_, severity=Severity.WARNING))
    return [*found, *map(_told, users.values())]


def check_block(blocks: BlockShelf, name: str, installation: Installation, shelf: SchemaShelf) -> list[Problem]:
    """What is wrong with one block by itself."""
    try:
        block = blocks.read(name)
    except NotWithin as problem:
        return [Problem("block", problem.message, Source(blocks.shown(name), 0, 0), help=problem.help)]
    if block.document is None or block.part is None or block.part.request is None:
        return list(block.problems)
    return [*block.problems, *_alone(block, blocks, installation, shelf)]


def _alone(block: Block, blocks: BlockShelf, installation: Installation, shelf: SchemaShelf) -> list[Problem]:
    """Built as by a probe that has a `base_url`, every profile, and all the time in the world."""
    assert block.document is not None
    assert block.part is not None
    some = Work(block.document, Findings(block.document), installation, shelf, Names(), blocks)
    work = work_of(some, block, own_inputs(some, block))
    check_inputs(work, block.part)
    timeless = DefaultsPart(timeout=inf)
    around = Surrounding(Shared(_SOME_BASE, {}), timeless, AnyProfile(), inf, bounded=False, own=work)
    build_asked(work, block.part, block.document.root, around, NOTHING_CAPTURED)
    if not work.findings.failed:
        check_unused(work, block.part)
    return work.findings.problems()


def _names(folder: Path) -> Iterator[str]:
    """Blocks below the folder, in a stable order, as steps name them."""
    for here, folders, names in os.walk(folder / FOLDER):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix in SUFFIXES:
                yield (Path(here) / name).relative_to(folder).as_posix()


def _told(used: list[Borrowed]) -> Problem:
    """With who uses it; of several, the first, and how many more."""
    users = list(dict.fromkeys(one.user for one in used))
    more = f" and {len(users) - 1} more" if len(users) > 1 else ""
    problem = used[0].problem
    return replace(problem, message=f"{problem.message} (used by {users[0]}{more})")
