"""`either_way`: the tests that take it run once by each way to a target, or by the one that they are about."""

from __future__ import annotations

import pytest

from tests.engine.transport import visit, ways


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "either_way" in metafunc.fixturenames:
        way = getattr(metafunc.function, "only_way", None)
        metafunc.parametrize("either_way", ways.BOTH if way is None else (way,), indirect=True)


@pytest.fixture
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    way: str = request.param
    monkeypatch.setattr(visit, "forced", None if way == ways.AS_CHOSEN else way)
    return way
