"""What every test may lean on, and the rule that a continuous build lets no test skip."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

pytest_plugins = ["tests.postgres"]


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
