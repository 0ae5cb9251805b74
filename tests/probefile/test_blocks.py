"""Blocks: what a step that uses one becomes, and how a folder of blocks is checked."""

from __future__ import annotations

from pathlib import Path

import jsonschema_rs

from synthmon.model.answer import StatusRange
from synthmon.model.journey import Input
from synthmon.model.text import Template
from synthmon.probefile.builder import load_file, load_probes
from synthmon.probefile.problem import render
from synthmon.probefile.reader import read
from synthmon.probefile.schema import block_schema
from tests.probefile.installation import DATA, INSTALLATION
from tests.probefile.writing import whole

GOOD = DATA / "good"
BLOCK = """
synthmon_block: 1
inputs: {user: {type: string}, count: {default: 1}}
name: Sign in
request: {method: POST, url: /sessions, json: {user: "${{ inputs.user }}", count: "${{ inputs.count }}"}}
timeout: 5s
latency_budget: 1s
expect: {status: 201}
"""


def _folder(tmp_path: Path, probe: str, **blocks: str) -> Path:
    (tmp_path / "blocks").mkdir(parents=True)
    for name, text in blocks.items():
        (tmp_path / "blocks" / f"{name}.yaml").write_text(text.lstrip())
    (tmp_path / "shop.yaml").write_text(whole(probe))
    return tmp_path


def _told(folder: Path) -> list[str]:
    loaded = load_probes(folder, INSTALLATION, folder)
    return [f"{one.source.path}:{one.source.line} {one.code}: {one.message}" for one in loaded.problems]


def test_a_step_takes_its_request_from_the_block_and_keeps_what_it_says_itself() -> None:
    probe = load_file(GOOD / "checkout.yaml", INSTALLATION).probes[0]
    step = probe.journey.steps[0]

    assert (step.id, step.name, step.block) == ("log_in", "Log in", "blocks/log_in.yaml")
    assert (step.request.method, step.request.url) == ("POST", "https://shop.example.com/api/sessions")
    assert step.expect.status == (StatusRange(201, 201),)
    assert (step.timeout, step.latency_budget) == (5.0, 0.8)
    assert [capture.name for capture in step.captures] == ["token"]
    assert step.source.path.endswith("checkout.yaml")
    assert step.expect.json[0][1].source.path.endswith("blocks/log_in.yaml")


def test_inputs_are_what_is_handed_in_or_else_their_default() -> None:
    inputs = load_file(GOOD / "checkout.yaml", INSTALLATION).probes[0].journey.steps[0].inputs

    assert isinstance(inputs["email"].value, Template)
    assert (inputs["remember"].value, inputs["remember"].kind) == (False, "boolean")
    assert isinstance(inputs["device"].value, Template)
    assert (inputs["code"].value, inputs["code"].secret) == (None, True)
    assert isinstance(inputs["password"], Input)
    assert inputs["password"].secret


def test_a_probe_has_another_hash_when_its_block_changes(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "steps: [{id: a, uses: blocks/in.yaml, with: {user: ann}}]", **{"in": BLOCK})
    before = load_probes(folder, INSTALLATION).probes[0].content_hash
    (folder / "blocks" / "in.yaml").write_text(BLOCK.replace("201", "200"))

    assert load_probes(folder, INSTALLATION).probes[0].content_hash != before


def test_a_broken_block_is_told_of_once_with_whoever_uses_it(tmp_path: Path) -> None:
    probe = """
        steps:
          - {id: a, uses: blocks/in.yaml, with: {user: ann}}
          - {id: b, uses: blocks/in.yaml, with: {user: bob}}
        """
    folder = _folder(tmp_path, probe, **{"in": BLOCK.replace("inputs.user }}", "inputs.usr }}")})

    assert _told(folder) == [
        "blocks/in.yaml:4 unknown-input: the block has no input `usr` (used by shop.yaml:6:19 and 1 more)"
    ]
    assert load_probes(folder, INSTALLATION).probes == ()


def test_what_is_wrong_only_in_one_use_is_told_at_the_place_in_the_block(tmp_path: Path) -> None:
    slow = BLOCK.replace("latency_budget: 1s", "latency_budget: 3s").replace("timeout: 5s\n", "")
    probe = "defaults: {timeout: 2s}\nsteps: [{id: a, uses: blocks/in.yaml, with: {user: ann}}]"

    (told,) = _told(_folder(tmp_path, probe, **{"in": slow}))

    assert told.startswith("blocks/in.yaml:5 budget-above-timeout: ")
    assert told.endswith("(used by shop.yaml:6:23)")


def test_a_block_that_nobody_uses_is_checked_all_the_same(tmp_path: Path) -> None:
    broken = BLOCK.replace("status: 201", "status: 999")
    folder = _folder(tmp_path, "steps: [{id: a, request: GET /x}]", right=BLOCK, wrong=broken)

    assert _told(folder) == [
        "blocks/right.yaml:0 unused-block: no probe uses this block",
        "blocks/wrong.yaml:7 status: `999` is not a status",
        "blocks/wrong.yaml:0 unused-block: no probe uses this block",
    ]


def test_the_inputs_of_a_block_are_checked_alone(tmp_path: Path) -> None:
    block = """
synthmon_block: 1
inputs:
  both: {required: true, default: 1}
  number: {type: integer, default: one}
  password: {default: hunter2}
  code: {secret: true, default: hunter2}
  far: {default: "${{ vars.x }}"}
  unused: {}
request:
  url: /x
  params: {a: "${{ inputs.both }}", b: "${{ inputs.number }}", c: "${{ inputs.password }}", d: "${{ inputs.code }}"}
"""
    folder = _folder(tmp_path, "steps: [{id: a, request: GET /x}]", one=block)

    told = [line.partition(" ")[2].partition(":")[0] for line in _told(folder)]
    assert told == ["input", "input", "literal-secret", "literal-secret", "block", "unused-block"]
    assert "hunter2" not in render(load_probes(folder, INSTALLATION).problems)


def test_an_input_that_nothing_uses_is_a_warning(tmp_path: Path) -> None:
    block = BLOCK.replace("count: {default: 1}", "count: {default: 1}, more: {default: 2}")
    folder = _folder(tmp_path, "steps: [{id: a, uses: blocks/in.yaml, with: {user: ann}}]", **{"in": block})

    assert _told(folder) == ["blocks/in.yaml:2 unused-input: nothing uses the input `more`"]
    assert len(load_probes(folder, INSTALLATION).probes) == 1


def test_a_block_can_be_validated_by_its_name() -> None:
    loaded = load_file(GOOD / "blocks" / "log_in.yaml", INSTALLATION)

    assert (loaded.problems, loaded.probes, loaded.files) == ((), (), 1)


def test_the_schema_of_blocks_takes_a_good_one_and_refuses_what_it_can_see() -> None:
    validator = jsonschema_rs.validator_for(block_schema(), offline=True)
    verdicts = {}
    for path in (GOOD / "blocks" / "log_in.yaml", *sorted((DATA / "bad" / "blocks").glob("*.yaml"))):
        document = read(path.read_bytes(), path.name).document
        verdicts[path.stem] = document is not None and validator.is_valid(document.data)

    assert verdicts == {"log_in": True, "right": True, "host": True} | dict.fromkeys(
        ("broken", "nested", "not_yaml"), False
    )
