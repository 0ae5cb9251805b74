"""One-time codes are used once; waiting for the next one is no latency and no timeout of anybody's."""

from __future__ import annotations

from synthmon.engine.onetime import CAPACITY, MemoryCodes
from synthmon.language.onetime import Seed
from synthmon.model.run import FailureKind, Outcome
from tests.engine.world import World, probe, request, step

SECRETS = {"seed": "GEZDGNBVGY3TQOJQ", "other": "MFRGGZDF"}


def sending(id: str, secret: str = "seed") -> object:  # noqa: A002 - as the declaration calls it; a name
    return request(headers={"X-Code": f"${{{{ totp(secrets.{secret}) }}}}"})


def codes(world: World) -> list[str]:
    return [seen.headers["X-Code"] for seen in world.seen]


def test_a_second_code_of_a_seed_waits_for_the_next_window_and_another_seed_does_not() -> None:
    world = World(secrets=SECRETS)
    world.clock.advance(10)
    result = world.run(
        probe(
            step("a", request=sending("a"), latency_budget=1.0),
            step("b", request=sending("b"), latency_budget=1.0, timeout=5.0),
            step("c", request=sending("c", "other")),
            timeout=15.0,
            latency_budget=1.0,
        )
    )
    assert result.outcome is Outcome.PASSED
    assert result.latency == 0.0
    assert world.clock.slept == [20.0]
    seed = Seed(SECRETS["seed"])
    first = seed.counter(world.clock.now().timestamp() - 20)
    assert codes(world)[:2] == [seed.code(first), seed.code(first + 1)]


def test_the_next_run_of_the_process_waits_too() -> None:
    world = World(secrets=SECRETS)
    for _ in range(2):
        world.run(probe(step("a", request=sending("a"))))
    assert world.clock.slept == [30.0]
    assert len(set(codes(world))) == 2


def test_a_stop_ends_the_wait_and_the_run_is_not_the_targets_fault() -> None:
    world = World(secrets=SECRETS)
    world.run(probe(step("a", request=sending("a"))))
    waiting = world.clock.sleep

    def stopped(seconds: float) -> None:
        world.stop.asked = True
        waiting(seconds / 2)

    world.clock.sleep = stopped  # type: ignore[method-assign]
    result = world.run(probe(step("a", request=sending("a")), step("b")))
    assert len(world.seen) == 1
    assert result.outcome in {Outcome.ERROR, Outcome.SKIPPED}
    assert all(failure.kind is FailureKind.TEMPLATE for failure in result.failures)


def test_a_code_is_masked_wherever_it_comes_back() -> None:
    world = World(secrets=SECRETS)
    result = world.run(probe(step("a", request=request(url="/x?code=${{ totp(secrets.seed) }}"))))
    assert result.steps[0].exchanges[0].url == "http://shop.test/x?code=‹secrets.seed›"


def test_windows_are_claimed_once_and_a_clock_put_back_starts_anew() -> None:
    used = MemoryCodes()
    assert [used.claim("a", 7), used.claim("a", 7), used.claim("a", 6), used.claim("b", 7)] == [
        True,
        False,
        False,
        True,
    ]
    assert [used.claim("a", 8), used.claim("a", 3), used.claim("a", 3)] == [True, True, False]
    for number in range(CAPACITY):
        used.claim(str(number), 1)
    assert used.claim("a", 3)
