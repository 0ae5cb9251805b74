"""Whatever JSON an answer is, with whatever names: the remedies can be pasted, and leave nothing unnoticed."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import httpx
import pytest

from synthmon.prove.proving import not_good
from synthmon.prove.remedies import merged, yaml
from synthmon.prove.replay import replay
from tests.prove.pasting import pasted
from tests.prove.world import missed, proof_of, recorded

HEAD = "synthmon: 1\nname: shop\nbase_url: https://shop.example.com\ninterval: 1m\n"
BLIND = """\
vars: {v: synth-1}
steps:
- {id: a, request: {method: POST, url: /, json: {id: "${{ vars.v }}", b: x}}}
- {id: b, request: GET /b}
"""
NAMES = [*"id a b currency amount a.b a'b [x] * @ $ ü \\ \" #".split(), "", " ", "odd name", "a b: c"]  # noqa: SIM905
TEXTS = ["a", "EUR", "synth-1", "yes", "null", "12", "#", "'", '"', "\\", "%", "", "${{ x }}", "a: b", "ü\n", "x" * 70]
SCALARS = [None, True, False, 0, 1, -3, 2.5, 1e300, 1700000000]


def made_up(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.random()
    if depth < 3 and kind < 0.3:
        return {chance.choice(NAMES): made_up(chance, depth + 1) for _ in range(chance.randint(0, 4))}
    if depth < 3 and kind < 0.5:
        return [made_up(chance, depth + 1) for _ in range(chance.randint(0, 4))]
    return chance.choice([*SCALARS, *chance.choices(TEXTS, k=9)])


FOUND_WRONG_ONCE = [
    (1, 2.5),
    ([1], [None]),
    ([True, 1], {"\\": 2.5}),
    ([1e300], [{"*": {"@": 2.5}}, 1, {"*": 1, "ü": 0}]),
    (None, [{"amount": 0, "currency": "a"}, {" ": 0, "*": False}]),
    ([], {"*": {"*": 0, "b": [1e300, True], "[x]": ["P", -3]}}),
    ([[None, 0, {"a": None}], 1], [1700000000, {}]),
]
DRAWN = [(made_up(chance), made_up(chance)) for chance in map(random.Random, range(5))]


@pytest.mark.parametrize("answers", [*FOUND_WRONG_ONCE, *DRAWN], ids=range(len(FOUND_WRONG_ONCE) + len(DRAWN)))
def test_remedies_hold_of_the_answer_they_were_made_from_and_notice_what_they_were_made_for(
    answers: tuple[Any, Any],
) -> None:
    by_method = dict(zip(("POST", "GET"), answers, strict=True))
    stage = recorded(BLIND, lambda request: httpx.Response(200, json=by_method[request.method]))
    stage = better = replace(stage, probe=replace(stage.probe, yaml=HEAD + BLIND))
    for step, faults, together in proof_of(stage).remedies():
        better = pasted(better, step, together)
        for one in faults:
            assert one.fault.remedy is not None, one.fault.words
            remedy = merged(step, [one.fault.remedy])
            alone = pasted(stage, step, remedy)
            assert not_good(replay(alone).result) is None, yaml(remedy)
            assert replay(alone, one.fault.change).result.outcome.value in {"failed", "degraded"}, yaml(remedy)
    assert missed(proof_of(better)) == []
