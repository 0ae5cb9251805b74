"""Power that fails: from the recorded system calls of a life, what a disk may hold if it went out after any of them.

What was synced is there. What was not may be missing: each write since the last sync of its file, or its end from some
sector on; and each file that came or went since the last sync of the folder, in the order in which they did.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[1]
SECTOR = 512
SAID = "said"
_TRACED = "trace=openat,unlink,ftruncate,pwrite64,write,fsync,fdatasync"
_QUOTED = r'"((?:[^"\\]|\\.)*)"'


@dataclass(frozen=True, slots=True)
class Call:
    """`made`, `gone`, `written`, `cut` (to `offset`) or `synced`; of a file of the folder, or "" for the folder."""

    kind: str
    name: str
    offset: int = 0
    content: bytes = b""


def record(folder: Path, command: Sequence[str], names: Sequence[str]) -> list[Call]:
    """Let the command run, and what it did to these files of the folder and said on its standard output."""
    log, said = folder / "strace.log", folder / SAID
    watched = [word for name in (*names, SAID) for word in ("-P", str(folder / name))]
    tracing = ["strace", "-f", "-y", "-s", "1000000", "-o", str(log), "-e", _TRACED, "-P", str(folder), *watched]
    with said.open("wb") as out:
        subprocess.run([*tracing, *command], cwd=ROOT, stdout=out, timeout=60, check=True)
    return list(_calls(log.read_text("ascii").splitlines(), folder))


def _calls(lines: Sequence[str], folder: Path) -> Iterator[Call]:
    place = re.escape(str(folder))
    file = rf"\d+<{place}/([^/>]+)>"
    shapes = {
        "made": re.compile(rf'openat\([^"]*"{place}/([^/"]+)", [A-Z_|]*O_CREAT.*\) = \d'),
        "gone": re.compile(rf'unlink\("{place}/([^/"]+)"\) += 0'),
        "written": re.compile(rf"p?write(?:64)?\({file}, {_QUOTED}, \d+(?:, (\d+))?\) += (\d+)"),
        "cut": re.compile(rf"ftruncate\({file}, (\d+)\) += 0"),
        "synced": re.compile(rf"f(?:data)?sync\((?:{file}|\d+<{place}>)\) += 0"),
    }
    for line in _whole(lines):
        kind, found = next(
            ((kind, found) for kind, shape in shapes.items() if (found := shape.match(line))), ("", None)
        )
        if found is None:
            continue
        if kind == "written":
            name, quoted, offset, count = found.groups()
            content = ast.literal_eval(f'b"{quoted}"')
            yield Call(kind, name, int(offset or 0), content[: int(count)])
        elif kind == "cut":
            yield Call(kind, found[1], int(found[2]))
        else:
            yield Call(kind, found[1] or "")


def _whole(lines: Sequence[str]) -> Iterator[str]:
    """Each call in one piece, at the place where it ended."""
    begun: dict[str, str] = {}
    for line in lines:
        process, _, rest = line.partition(" ")
        rest = rest.lstrip()
        if rest.endswith("<unfinished ...>"):
            begun[process] = rest.removesuffix("<unfinished ...>").rstrip()
        elif rest.startswith("<... "):
            yield begun.pop(process, "") + rest.partition("resumed>")[2]
        else:
            yield rest


@dataclass(slots=True)
class _File:
    synced: bytes = b""
    since: list[Call] = field(default_factory=list)

    def sync(self) -> None:
        content = bytearray(self.synced)
        for call in self.since:
            _do(content, call, len(call.content))
        self.synced, self.since = bytes(content), []

    def left(self, chance: Random) -> bytes:
        """What the disk may hold: all since the sync, nothing, a beginning, or some; the last of a beginning torn."""
        content = bytearray(self.synced)
        until = chance.randint(0, len(self.since)) if chance.random() < 0.5 else len(self.since)
        share = chance.choice([0.0, 0.5, 0.9, 1.0])
        for place, call in enumerate(self.since[:until]):
            torn = place == until - 1 and chance.random() < 0.5
            length = SECTOR * chance.randint(0, len(call.content) // SECTOR) if torn else len(call.content)
            if chance.random() < share:
                _do(content, call, length)
        return bytes(content)


def _do(content: bytearray, call: Call, length: int) -> None:
    if call.kind == "cut":
        del content[call.offset :]
        content.extend(bytes(call.offset - len(content)))
    elif length:
        content.extend(bytes(max(0, call.offset - len(content))))
        content[call.offset : call.offset + length] = call.content[:length]


class _Disk:
    def __init__(self, before: Mapping[str, bytes]) -> None:
        self._there = {name: _File(content) for name, content in before.items()}
        self._named = dict(self._there)  # as of the last sync of the folder
        self._since: list[tuple[str, _File | None]] = []

    def does(self, call: Call) -> None:
        if call.kind == "made":
            if call.name not in self._there:
                self._name(call.name, _File())
        elif call.kind == "gone":
            del self._there[call.name]
            self._since.append((call.name, None))
        elif call.kind != "synced":
            self._there[call.name].since.append(call)
        elif call.name:
            self._there[call.name].sync()
        else:
            self._named, self._since = dict(self._there), []

    def _name(self, name: str, file: _File) -> None:
        self._there[name] = file
        self._since.append((name, file))

    def left(self, chance: Random) -> dict[str, bytes]:
        named = dict(self._named)
        for name, file in self._since[: chance.randint(0, len(self._since))]:
            if file is None:
                named.pop(name, None)
            else:
                named[name] = file
        return {name: file.left(chance) for name, file in named.items()}

    def all(self) -> dict[str, bytes]:
        for file in self._there.values():
            file.sync()
        return {name: file.synced for name, file in self._there.items()}


@dataclass(frozen=True, slots=True)
class Image:
    """What the disk holds once the power is back, and what had been said on standard output before it went."""

    files: Mapping[str, bytes]
    said: list[str]

    def put_into(self, folder: Path) -> Path:
        folder.mkdir()
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        return folder

    @property
    def acknowledged(self) -> list[str]:
        return [line.split()[1] for line in self.said if line.startswith("run.kept")]


def images(before: Mapping[str, bytes], calls: Sequence[Call], count: int, seed: int) -> Iterator[Image]:
    """So many legal ones: a third each of moments right after something was said, right before, and of any moment."""
    chance = Random(seed)
    told = [place for place, call in enumerate(calls) if call.name == SAID]
    for number in range(count):
        until = (chance.choice(told) + 1, chance.choice(told), chance.randrange(len(calls)) + 1)[number % 3]
        disk = _Disk(before)
        for call in calls[:until]:
            if call.name != SAID:
                disk.does(call)
        said = b"".join(call.content for call in calls[:until] if call.name == SAID)
        yield Image(disk.left(chance), said.decode().splitlines())


def without_a_loss(before: Mapping[str, bytes], calls: Sequence[Call]) -> dict[str, bytes]:
    """All that the calls did: what lies in the folder after them, if none was overlooked."""
    disk = _Disk(before)
    for call in calls:
        if call.name != SAID:
            disk.does(call)
    return disk.all()


def without_syncs(calls: Sequence[Call]) -> list[Call]:
    """The same life if it had not waited for the disk: what shows that the images would catch it."""
    return [call for call in calls if call.kind != "synced"]
