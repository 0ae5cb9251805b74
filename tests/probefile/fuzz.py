"""Files as no person and no machine should write them, read by the thousand: `make fuzz`, or a slice in the tests.

Each file is a good or a bad one with a few random changes, made from a seed: the same seed and number give the same
file. It must end as a probe or as problems with places, in every form, within a second of processor time; a probe must
be explained and laid out as well. The process must stay below 200 MiB. What fails is kept.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.builder import parse_probe
from synthmon.probefile.explain.probe import as_text, explain
from synthmon.probefile.problem import FORMATS, render
from synthmon.probefile.tidy.tidy import tidy
from tests.probefile.installation import DATA, INSTALLATION

ROOT = DATA.parents[1]
KEPT = ROOT / ".fuzz"
SECOND = 1.0  # of processor time for a file
MEMORY = 200  # MiB for the whole process
CHUNK = 1000  # files to a process
SEEDS = sorted(path for folder in ("good", "bad", "wrong") for path in (DATA / folder).glob("*.yaml"))
SEEDS += sorted((ROOT / "probes").glob("*.yaml"))
GOOD = [path for path in SEEDS if path.parent.name != "bad"]
SIGNS = (
    *("${{", "}}", "{", "}", "[", "]", ":", ": ", "- ", "\n", "\t", '"', "'", "&a ", "*a", "!!str ", "|\n", ">-\n"),
    *("0", "-1", "1e999", "9" * 5000, "\u2028", "\ufeff", "\x00", "\x1b[31m", "é", "𝄞", "‹text›", "[key]", "$..*"),
    *(
        "null",
        "true",
        "5m",
        "100%",
        "../../etc/passwd",
        "https://",
        "${{ secrets.x }}",
        "${{ 1 + }}",
        "---\n",
        "#",
        "~",
    ),
    *("(a+)+$", "a" * 3000, "[" * 60, "{a: " * 60, "\n    - ", "\n  id: x\n", "<<: *a\n", "%YAML 1.2\n", "$.a[?@.b]"),
)


@dataclass
class Tally:
    """What happened. `failed` are texts of failures, each with the number of its file."""

    files: int = 0
    probes: int = 0
    slowest: float = 0.0
    slowest_file: int = -1
    memory: int = 0
    failed: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.files += other.files
        self.probes += other.probes
        if other.slowest > self.slowest:
            self.slowest, self.slowest_file = other.slowest, other.slowest_file
        self.memory = max(self.memory, other.memory)
        self.failed += other.failed


def mutant(seed: int, number: int) -> bytes:
    """The file of that number."""
    chance = random.Random(f"{seed}/{number}")
    content = chance.choice(GOOD if chance.random() < 0.7 else SEEDS).read_bytes()
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6, 15))):
        content = chance.choice(_CHANGES)(content, chance)
    return content[: 1 << 20]


def _lines(content: bytes, chance: random.Random) -> bytes:
    """A few lines gone, doubled, moved, replaced or shifted sideways."""
    lines = content.split(b"\n")
    at, count = chance.randrange(len(lines)), chance.randint(1, 6)
    some = lines[at : at + count]
    kind = chance.randrange(6)
    if kind == 0:
        del lines[at : at + count]
    elif kind == 1:
        lines[at:at] = some * chance.choice((1, 1, 2, 40))
    elif kind == 2:
        del lines[at : at + count]
        at = chance.randint(0, len(lines))
        lines[at:at] = some
    elif kind == 3:
        other = chance.choice(SEEDS).read_bytes().split(b"\n")
        start = chance.randrange(len(other))
        lines[at : at + count] = other[start : start + chance.randint(1, 20)]
    elif kind == 4:
        lines[at : at + count] = [b" " * chance.randint(0, 9) + line.lstrip() for line in some]
    else:
        lines[at : at + count] = [line.replace(b" ", b"", 1) for line in some]
    return b"\n".join(lines)


def _sign(content: bytes, chance: random.Random) -> bytes:
    at, sign = chance.randint(0, len(content)), chance.choice(SIGNS).encode()
    return content[:at] + sign + content[at + chance.choice((0, 0, 1, len(sign))) :]


def _bytes(content: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(content))
    return content[:at] + chance.randbytes(chance.randint(1, 3)) + content[at + chance.randint(0, 3) :]


def _value(content: bytes, chance: random.Random) -> bytes:
    """What stands behind a colon becomes something else."""
    lines = content.split(b"\n")
    at = chance.choice([number for number, line in enumerate(lines) if b":" in line] or [0])
    values = ("5", "-1", "true", "null", "[]", "{}", "[1, {a: b}]", "''", '"x"', *SIGNS)
    lines[at] = lines[at].partition(b":")[0] + b": " + chance.choice(values).encode()
    return b"\n".join(lines)


def _gently(content: bytes, chance: random.Random) -> bytes:
    """One line gone, or with the value of another: often still a file of the right shape."""
    lines = content.split(b"\n")
    at = chance.randrange(len(lines))
    if chance.random() < 0.3:
        del lines[at]
    elif b": " in lines[at]:
        donors = [line.partition(b": ")[2] for line in lines if b": " in line]
        lines[at] = lines[at].partition(b": ")[0] + b": " + chance.choice(donors)
    return b"\n".join(lines)


def _word(content: bytes, chance: random.Random) -> bytes:
    """One word of a file in the place of another."""
    words = content.split(b" ")
    words[chance.randrange(len(words))] = chance.choice(words)
    return b" ".join(words)


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randint(0, len(content))]


_CHANGES = (*[_gently] * 8, *[_value] * 3, *[_lines] * 3, _sign, _sign, _bytes, _word, _cut)


def read_one(content: bytes, shelf: SchemaShelf) -> bool:
    """Whether it is a probe; raises `AssertionError`, or whatever a defect raises."""
    probe, problems = parse_probe(content, "probes/x.yaml", INSTALLATION, shelf)
    assert probe is not None or any(problem.is_error for problem in problems), "neither a probe nor an error"
    for form in FORMATS:
        text = render(problems, form)
        assert all(sign.isprintable() or sign == "\n" for sign in text), f"a sign that commands a terminal, as {form}"
    for problem in problems:
        assert problem.source.line >= 1, "a problem without a line"
        assert problem.source.column >= 1, "a problem without a column"
    if probe is None:
        return False
    told = as_text(explain(probe))
    assert all(sign.isprintable() or sign == "\n" for sign in told), "a sign that commands a terminal, explained"
    found = tidy(content, "probes/x.yaml")
    assert found.problems == (), "a probe that is laid out as though it had errors"
    return True


def work(seed: int, numbers: Iterator[int], current: Path | None = None) -> Tally:
    """Read those files, in this process."""
    tally, shelf = Tally(), SchemaShelf(DATA / "good")
    for number in numbers:
        content = mutant(seed, number)
        if current is not None:
            current.write_bytes(content)
        began = time.process_time()
        try:
            tally.probes += read_one(content, shelf)
        except Exception:  # noqa: BLE001 - any is a defect, and the others are wanted as well
            tally.failed.append(f"file {number}: {traceback.format_exc(limit=-4)}")
        spent = time.process_time() - began
        if spent > tally.slowest:
            tally.slowest, tally.slowest_file = spent, number
        if spent > SECOND:
            tally.failed.append(f"file {number}: took {spent:.1f} s of processor time")
        tally.files += 1
    tally.memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return tally


def main() -> int:
    """Run the whole in processes of a thousand files, so that one that dies hides no other."""
    given = _arguments()
    if given.worker is not None:
        signal.setitimer(signal.ITIMER_PROF, 600)  # a hang ends the process; its parent keeps the file
        first = given.worker * CHUNK
        current = KEPT / f"current-{given.worker}.yaml"
        tally = work(given.seed, iter(range(first, min(first + CHUNK, given.files))), current)
        current.unlink(missing_ok=True)
        print(json.dumps(asdict(tally)))
        return 0
    return _judge(given, _run(given))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _run(given: argparse.Namespace) -> Tally:
    KEPT.mkdir(exist_ok=True)
    total = Tally()
    for chunk in range(-(-given.files // CHUNK)):
        words = ("--files", str(given.files), "--seed", str(given.seed), "--worker", str(chunk))
        done = subprocess.run(
            [sys.executable, "-m", "tests.probefile.fuzz", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )
        if done.returncode:
            total.failed.append(
                f"files from {chunk * CHUNK}: the process ended with {done.returncode}: {done.stderr[-2000:]}"
            )
        else:
            total.add(Tally(**json.loads(done.stdout)))
        print(f"{total.files} files, {len(total.failed)} failed", file=sys.stderr, flush=True)
    return total


def _judge(given: argparse.Namespace, total: Tally) -> int:
    for failure in total.failed:
        number = failure.split(":")[0].removeprefix("file ")
        if number.isdecimal():
            (KEPT / f"{given.seed}-{number}.yaml").write_bytes(mutant(given.seed, int(number)))
        print(failure)
    if total.memory > MEMORY:
        print(f"{total.memory} MiB, and {MEMORY} are allowed")
    print(
        f"seed {given.seed}: {total.files} files, {total.probes} of them probes: {len(total.failed)} failed; "
        f"slowest {total.slowest:.2f} s (file {total.slowest_file}), {total.memory} MiB at most"
    )
    if total.failed:
        print(f"what failed is kept in {KEPT}")
    return int(bool(total.failed) or total.memory > MEMORY)


if __name__ == "__main__":
    sys.exit(main())
