"""What a run leaves in memory, however it ended: nothing that waits for the collector of cycles."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable

import pytest

from synthmon.model.auth import BearerAuth
from synthmon.model.journey import Step
from synthmon.model.run import Outcome
from tests.engine.transport.raw import Connection, RawServer, Script, answer, saying
from tests.engine.transport.visit import Visitor, visiting
from tests.engine.world import expect, from_json, request, step, text

pytestmark = pytest.mark.usefixtures("either_way")

OURS = ("synthmon.", "httpx.")
TOKEN, FINE = answer(b'{"token": "abc"}'), answer(b'{"total": 7}')
MOVED = answer(b"", "Location: /there", status="302 Found")


def left_by(work: Callable[[], object]) -> Counter[str]:
    """Objects of ours to which nothing refers any more but they themselves, by their types."""
    work()  # what is made once is made now
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        work()
        gc.collect()
        names = (f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.garbage)
        return Counter(name for name in names if name.startswith(OURS))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def journey(url: str) -> tuple[Step, ...]:
    """Two steps with whatever makes the parts of a run know each other: variables, secrets, captures, a token."""
    asking = request("POST", f"{url}/in", redirects=1, json={"name": "${{ vars.name }}", "word": "${{ secrets.word }}"})
    using = step(
        "use", f"{url}/use", auth=BearerAuth(text("${{ captures.token }}")), expect=expect(json={"$.total": 7})
    )
    return step("ask", request=asking, captures=(from_json("token", "$.token", secret=True),)), using


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (saying(TOKEN, FINE), Outcome.PASSED),
        (saying(MOVED, TOKEN, FINE), Outcome.PASSED),
        (saying(TOKEN, answer(status="500 Oh")), Outcome.FAILED),
        (saying(FINE), Outcome.FAILED),  # nothing to capture
        (saying(TOKEN, answer(b'{"total": 8}')), Outcome.FAILED),
        (saying(TOKEN, b"nonsense\r\n"), Outcome.FAILED),
        (Connection.reset, Outcome.FAILED),
    ],
    ids=["passed", "redirected", "status", "capture", "value", "protocol", "reset"],
)
def test_a_run_that_ended_goes_by_itself(script: Script, outcome: Outcome) -> None:
    with RawServer(script) as server, visiting(secrets={"word": "correct horse"}) as visitor:
        steps = journey(server.url)

        def run() -> None:
            assert walked(visitor, *steps) is outcome

        assert not left_by(run)


def test_a_run_that_nobody_answers_goes_by_itself() -> None:
    with RawServer(Connection.reset) as server:
        steps = journey(server.url)
    with visiting(secrets={"word": "correct horse"}) as visitor:
        assert not left_by(lambda: walked(visitor, *steps))


def test_a_run_that_lacks_a_secret_goes_by_itself() -> None:
    with visiting() as visitor:
        assert not left_by(lambda: walked(visitor, *journey("http://127.0.0.1:9")))


def walked(visitor: Visitor, *steps: Step) -> Outcome:
    return visitor.walk(*steps, variables={"name": text("someone")}).outcome
