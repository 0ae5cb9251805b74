"""When many targets fail from one place and work from others, the place is at fault, and nobody is paged for each."""

from __future__ import annotations

from dataclasses import replace

from synthmon.judge.suspect import Doubt, suspects
from synthmon.model.incident import Health
from synthmon.model.probe import AlertRule, Probe, RegionQuorum, Track
from synthmon.model.run import Failure, FailureKind, RunResult
from synthmon.model.text import Expression, Source, Template
from tests.judge.world import World, regions, run
from tests.making import at, probe

PLACES = ("eu", "us", "ap")
ANYWHERE = AlertRule("down", Track.DOWN, 2, 2, RegionQuorum.ANY)


def on(name: str, host: str | Template | None = None) -> Probe:
    made = probe(name, regions=regions(*PLACES), alerts=(ANYWHERE,))
    step = made.journey.steps[0]
    url = host if isinstance(host, Template) else f"https://{host or name}.example.com/x"
    journey = replace(made.journey, steps=(replace(step, request=replace(step.request, url=url)),))
    return replace(made, journey=journey)


def seen(name: str, minute: int, letter: str, region: str, kind: FailureKind = FailureKind.CONNECT) -> RunResult:
    made = run(at(60 * minute), letter, region, name=name)
    if letter != "F":
        return made
    failure = Failure(kind, "no answer")
    return replace(made, failures=(failure,), steps=(replace(made.steps[0], failures=(failure,)),))


def lived(probes: list[Probe], bad: dict[str, tuple[str, ...]], kind: FailureKind = FailureKind.CONNECT) -> World:
    """A good minute, then two in which each probe fails in some regions."""
    world = World(*probes)
    for minute in range(3):
        for one in probes:
            letters = {place: "F" if minute and place in bad.get(one.name, ()) else "P" for place in PLACES}
            world.turn([seen(one.name, minute, letter, place, kind) for place, letter in letters.items()])
    return world


def found(world: World) -> dict[str, Doubt]:
    return suspects(world.probes, world.states.values())


def why(world: World) -> dict[str, str]:
    return {region: doubt.text for region, doubt in found(world).items()}


FOUR = [on("a"), on("b"), on("c"), on("d")]


def test_three_of_four_targets_that_do_not_get_through_from_one_place_make_it_suspect() -> None:
    world = lived(FOUR, {"a": ("eu",), "b": ("eu",), "c": ("eu",)})

    assert why(world) == {"eu": "3 of 4 probes do not get through from there, and do from elsewhere"}


def test_two_do_not() -> None:
    assert found(lived(FOUR, {"a": ("eu",), "b": ("eu",)})) == {}


def test_three_of_many_do_not() -> None:
    many = [on(f"p{number}") for number in range(8)]

    assert found(lived(many, {"p0": ("eu",), "p1": ("eu",), "p2": ("eu",)})) == {}


def test_three_probes_of_one_host_are_one_target() -> None:
    alike = [on("a", "shop"), on("b", "shop"), on("c", "shop"), on("d")]

    assert found(lived(alike, {"a": ("eu",), "b": ("eu",), "c": ("eu",)})) == {}


def test_targets_that_are_down_everywhere_are_down() -> None:
    assert found(lived(FOUR, dict.fromkeys("abc", PLACES))) == {}


def test_answers_that_are_wrong_are_the_targets_fault() -> None:
    assert found(lived(FOUR, dict.fromkeys("abcd", ("eu",)), FailureKind.STATUS)) == {}


def test_a_host_that_is_known_only_in_a_run_is_one_of_its_own() -> None:
    by_variable = Template((Expression("vars.shop", Source("x", 1, 1)), "/x"))
    probes = [on(name, by_variable) for name in "abc"]

    assert set(found(lived(probes, dict.fromkeys("abc", ("eu",))))) == {"eu"}


def test_in_one_region_alone_nothing_is_suspect() -> None:
    probes = [replace(one, regions=regions("eu")) for one in FOUR]
    world = World(*probes)
    for minute in range(3):
        for one in probes:
            world.turn([seen(one.name, minute, "F" if minute else "P", "eu")])

    assert found(world) == {}
    assert len(world.current) == 4


def test_what_a_suspect_region_says_is_not_known_and_pages_nobody() -> None:
    world = World(*FOUR)
    for minute in range(5):
        for one in FOUR:
            letters = {place: "F" if minute and place == "eu" else "P" for place in PLACES}
            for place, letter in letters.items():
                world.turn([seen(one.name, minute, letter, place)])
        world.suspect = found(world)

    told = [owed for owed in world.notifications if owed.occasion.value == "trigger"]
    assert told == []
    change = world.health["a", "eu"]
    assert change.health is Health.UNKNOWN
    assert change.reason.startswith("the region itself is suspect: 4 of 4 probes")
    assert world.health["a", None].health is Health.UP


def test_an_outage_that_other_regions_see_pages_all_the_same() -> None:
    world = lived(FOUR, dict.fromkeys("bcd", ("eu",)) | {"a": PLACES})
    world.suspect = found(world)
    world.sweep(at(200))

    assert "eu" in world.suspect
    assert {incident.probe for incident in world.current} >= {"a"}
