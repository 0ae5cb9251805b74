"""What every test may lean on, and the rule that a continuous build lets no test skip."""

from __future__ import annotations

import compileall
import fcntl
import gc
import logging
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.depth import times

pytest_plugins = ["tests.postgres"]

# How long an example takes says how busy the machine is.
settings.register_profile("here", deadline=None, max_examples=times(25))
settings.load_profile("here")


_WORLD = (
    *("agent", "alerting", "app", "broker", "browser", "chaos", "cli", "demo", "engine/transport", "image", "peers"),
    *("regions", "spool", "store"),
)


def pytest_configure(config: pytest.Config) -> None:
    """Compile synthmon once, as pip does when it installs: hundreds of tests start it as a process of its own.

    Where PYTHONDONTWRITEBYTECODE is set, each of them would compile it anew, a third of what starting it costs.
    """
    if not hasattr(config, "workerinput"):  # the workers of pytest-xdist find it done
        for part in ("synthmon", "migrations"):
            compileall.compile_dir(Path(__file__).parents[1] / part, quiet=2)
    sys.dont_write_bytecode = False  # of the tests, as pytest rewrites their assertions


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """One worker collects first, and keeps the tests as rewritten by pytest, which is more than half of the work."""
    if not hasattr(session.config, "workerinput"):
        return (yield)
    with Path(__file__).open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(lock, fcntl.LOCK_SH)
        return (yield)


def pytest_collection_finish() -> None:
    """Ten thousand tests and all that they import stay: let the collector not look through them again and again."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of real processes, disks and networks may fail once on a busy machine; the last lines tell which did.

    What is pure has no such excuse.
    """
    for item in items:
        place = item.path.relative_to(Path(__file__).parent).as_posix()
        if place.startswith(tuple(f"{room}/" for room in _WORLD)):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: more than the machine has cores, as most of the long tests wait for a process or a deadline."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost next to nothing. What real ones are like is held by tests/identity/test_passwords."""
    monkeypatch.setattr("synthmon.identity.passwords.MEMORY", 64)
    monkeypatch.setattr("synthmon.identity.passwords.PASSES", 1)
    monkeypatch.setattr("synthmon.identity.passwords._OURS", "$argon2id$v=19$m=64,t=1,p=1$")


@pytest.fixture(autouse=True)
def _the_log_ends_with_the_test() -> Iterator[None]:
    """A command that is run in this process sends the log to a stream of its test's, which is closed afterwards."""
    before, said_to = logging.getLogger().handlers[:], structlog.get_config()
    yield
    structlog.configure(**said_to)
    for handler in logging.getLogger().handlers[:]:
        if type(handler) is logging.StreamHandler and handler not in before:
            logging.getLogger().removeHandler(handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where `TESTS_MUST_NOT_SKIP` is set, what is missing on the machine fails instead of being passed over."""
    report = yield
    if report.skipped and os.environ.get("TESTS_MUST_NOT_SKIP") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and here none may: {report.longrepr}"
    return report
