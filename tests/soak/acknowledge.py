"""Keep runs one by one and say so on standard output after each: what the tests with strace look at from outside.

    python -m tests.soak.acknowledge DATABASE COUNT

Prints `run.kept ID` after each acknowledgement and `run.refused ID REASON` for each refusal, after which it tries the
same run again, at most fifty times.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from synthmon.errors import StoreError
from synthmon.store.opening import open_store
from tests.store.values import run

TRIES = 50


def main() -> None:
    store = open_store(Path(sys.argv[1]))
    for number in range(int(sys.argv[2])):
        result = run(number)
        for _ in range(TRIES):
            try:
                store.keep([result])
            except StoreError as error:
                _say(f"run.refused {result.id} {error}")
            else:
                _say(f"run.kept {result.id}")
                break
    store.close()


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main()
