"""Runs the benchmarks that docs/performance.md names, and puts what they say into that page.

    python benchmarks/_page.py [--only journey] [--big] [--check]

The page says what is run, in which order and with which arguments, each in a block of its own:

    <!-- bench: python benchmarks/journey.py -->
    <!-- /bench -->

Between the two lines comes what the script printed, under the command and the day; `<!-- bench: machine -->` is filled
with what it was measured on, `<!-- bench: goals -->` with the goals that all blocks tell of. `<!-- bench-big: … -->`
takes longer than minutes or needs what few machines have: with `--big` these are run, and no others. `--only` chooses
among them by a word of the command. A goal that is missed stops nothing. A script that breaks, or takes longer than its
time, leaves its block as it was, the others are run, and this program exits with 1. What names this machine or a place
on it is never written into the page.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._figures import machine  # noqa: E402 - a script knows its own folder alone

PAGE = ROOT / "docs" / "performance.md"
BLOCK = re.compile(r"<!-- (bench|bench-big): (.+?) -->\n(.*?)<!-- /bench -->", re.DOTALL)
GOAL = re.compile(r"^\* goal (.+?) ([<>]= [^:]+): (?:absent|(.+), ((?:not )?reached))$", re.MULTILINE)
PATIENCE = {"bench": 300, "bench-big": 7200}  # seconds for one script


class Broken(Exception):
    """A benchmark measured nothing: it failed, took too long, or printed what may not be in a page."""


@dataclass(frozen=True, slots=True)
class Block:
    """One place of the page: `kind` is `bench` or `bench-big`, `command` what is run for it."""

    kind: str
    command: str

    @property
    def script(self) -> str:
        """Its file below `benchmarks`; empty for what is no script."""
        found = re.match(r"python benchmarks/([a-z]\w*\.py)(?: |$)", self.command)
        return found[1] if found else ""


def blocks(page: str) -> list[Block]:
    return [Block(found[1], found[2]) for found in BLOCK.finditer(page)]


def problems(page: str, folder: Path) -> list[str]:
    """What keeps the page from being whole: a script that it does not name, or a block that names none."""
    named = {block.script for block in blocks(page)}
    found = [f"no block names benchmarks/{path.name}" for path in folder.glob("[a-z]*.py") if path.name not in named]
    scripts = [block for block in blocks(page) if block.command not in {"machine", "goals"}]
    found += [f"{one.command}: no script" for one in scripts if not (one.script and (folder / one.script).is_file())]
    if page.count("<!-- bench") != len(blocks(page)):
        found.append("a block is not closed by <!-- /bench -->")
    return sorted(found)


def measured(block: Block) -> str:
    """What is to stand in the block. Raises Broken."""
    today = datetime.now(UTC).date().isoformat()
    if block.command == "machine":
        return f"Measured on {today}: {machine()}.\n"
    if block.command == "goals":
        return goals(PAGE.read_text(encoding="utf-8"))
    said, complaint, code = _ended([sys.executable, *shlex.split(block.command)[1:]], PATIENCE[block.kind])
    if code:
        raise Broken(f"exit code {code}\n{said[-2000:]}{complaint[-4000:]}")
    return f"`{block.command}`, {today}:\n\n{anonymous(said.strip())}\n"


def _ended(command: list[str], patience: float) -> tuple[str, str, int]:
    """Run it with all that it starts in a group of their own, so that nothing is left of one that took too long."""
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        try:
            said, complaint = child.communicate(timeout=patience)
        except subprocess.TimeoutExpired as late:
            os.killpg(child.pid, signal.SIGKILL)
            raise Broken(f"took longer than {patience:g} s") from late
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            raise
        return said, complaint, child.returncode


def anonymous(text: str) -> str:
    """The same text, if it does not say where it was made. Raises Broken."""
    for word in (socket.gethostname(), str(ROOT), str(Path.home()), tempfile.gettempdir() + "/"):
        if len(word) > 3 and word in text:
            raise Broken(f"says {word!r}, which names this machine or a place on it")
    return text


def goals(page: str) -> str:
    """A table of what the lines of goals say, those that are not reached first; of one told twice, the worse."""
    found = [found.groups() for found in GOAL.finditer(page)]
    every = sorted(((*cells[:2], cells[2] or "absent", cells[3] or "absent") for cells in found), key=_weight)
    told = {cells[:2]: cells for cells in reversed(every)}
    worst = [cells for cells in every if told[cells[:2]] is cells]
    lines = ["| goal | wanted | found | |", "|---|---|---|---|", *(f"| {' | '.join(cells)} |" for cells in worst)]
    return "\n".join(lines) + "\n"


def _weight(cells: tuple[str, ...]) -> int:
    return ("not reached", "absent", "reached").index(cells[-1])


def put(page: str, block: Block, inside: str) -> str:
    """The page with other words in that block."""
    start = f"<!-- {block.kind}: {block.command} -->\n"
    before, _, after = page.partition(start)
    return before + start + inside + after[after.index("<!-- /bench -->") :]


def run(block: Block) -> bool:
    """Measure, say it and write it into the page as it is now; whether that went well."""
    print(f"== {block.command}", flush=True)
    began = time.monotonic()
    try:
        inside = measured(block)
    except Broken as error:
        print(f"BROKEN: {error}", flush=True)
        return False
    print(f"{inside}({time.monotonic() - began:.0f} s)\n", flush=True)
    PAGE.write_text(put(PAGE.read_text(encoding="utf-8"), block, inside), encoding="utf-8")
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="WORD", help="blocks whose command has this word in it")
    parser.add_argument("--big", action="store_true", help="those that take long, and only those")
    parser.add_argument("--check", action="store_true", help="only say whether the page names every script")
    asked = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    if found := problems(page, ROOT / "benchmarks"):
        print("\n".join(f"docs/performance.md: {one}" for one in found), file=sys.stderr)
        return 1
    if asked.check:
        return 0
    kind = "bench-big" if asked.big else "bench"
    chosen = [
        block
        for block in blocks(page)
        if block.command == "goals" or (block.kind == kind and asked.only in block.command)
    ]
    chosen.sort(key=lambda block: block.command == "goals")  # the goals are those of the others, so they come last
    began = time.monotonic()
    broken = [block.command for block in chosen if not run(block)]
    print("\n".join(f"broken: {command}" for command in broken) or "none is broken")
    print(f"{len(chosen)} blocks in {(time.monotonic() - began) / 60:.1f} minutes")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
