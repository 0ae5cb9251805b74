"""The log of a daemon: whoever writes waits for no reader, and what no reader took is counted and said."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from typing import Any, TextIO

import pytest

from synthmon.app import logs
from tests.app.installation import until

LINE = "x" * 99 + "\n"


@pytest.fixture
def pipe() -> Iterator[tuple[TextIO, TextIO]]:
    """Both ends of a pipe that holds little."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    with os.fdopen(reading) as reader, os.fdopen(writing, "w") as writer:
        yield reader, writer


def filled(out: logs.Outlet) -> None:
    """Write until the pipe takes no more and its writer stands still."""
    while out.drain(0.2):
        out.write(LINE * 50)


def test_what_a_reader_that_stands_still_does_not_take_is_counted_and_said_once_it_reads(
    pipe: tuple[TextIO, TextIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = pipe
    out = logs.Outlet(writer, most_waiting=10)
    monkeypatch.setattr(logs, "_log", Said(out))
    filled(out)
    for number in range(30):  # would never return if a writer waited for the reader
        out.write(f"line {number}\n")
    assert 20 == out.dropped

    lines: list[str] = []
    threading.Thread(target=lambda: lines.extend(iter(reader.readline, "")), daemon=True).start()
    until(lambda: any("log.dropped" in line for line in lines))
    assert [f"line {number}\n" for number in range(20, 30)] == [line for line in lines if line.startswith("line")]
    assert {"event": "log.dropped", "lines": 20} == json.loads(lines[-1])


class Said:
    """As much of a logger as is asked for, writing into the outlet."""

    def __init__(self, out: logs.Outlet) -> None:
        self._out = out

    def warning(self, event: str, **fields: Any) -> None:
        self._out.write(json.dumps({"event": event, **fields}) + "\n")


def test_what_is_written_when_the_reader_has_gone_is_counted(pipe: tuple[TextIO, TextIO]) -> None:
    reader, writer = pipe
    out = logs.Outlet(writer)
    reader.close()
    out.write(LINE * 3)
    assert out.drain(10)
    assert 3 == out.dropped
