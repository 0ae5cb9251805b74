"""`make taint`: 200 secrets in 20 probes, a run every five minutes for a day, and all that came out searched."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.taint.day import Day
from tests.taint.search import Search
from tests.taint.target import FAULTS


def main() -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        day = Day(Path(folder), secrets=200, slots=288, every=5)
        count = Count()
        hits = Search(day.secrets).hits(count.counted(day.outputs()))
    for hit in hits[:50]:
        print(f"LEAK: {hit}")
    took = time.monotonic() - began
    print(
        f"{len(day.secrets)} secrets, {len(day.probes)} probes, {day.runs} runs, {len(FAULTS)} faults: "
        f"{count.outputs} outputs of {count.size / 1e6:.0f} MB searched in {took:.0f} s, {len(hits)} hits"
    )
    return 1 if hits else 0


class Count:
    outputs = size = 0

    def counted(self, outputs: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
        for where, content in outputs:
            self.outputs += 1
            self.size += len(content)
            yield where, content


if __name__ == "__main__":
    sys.exit(main())
