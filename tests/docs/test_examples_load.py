"""Every probe in the pages can be copied as it stands: it loads without a word and fits the published schema."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from shutil import copy, copytree

import jsonschema_rs
import pytest

from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.builder import parse_probe
from synthmon.probefile.problem import Problem, render
from synthmon.probefile.reader import read
from tests.docs.pages import DOCS, ROOT, Block, Page, page
from tests.docs.test_probe_format import EXAMPLES, OF_BLOCKS, completed
from tests.probefile.installation import DATA, INSTALLATION

WHOLE = [
    (found, block)
    for found in (page("../README.md"), *(page(str(path.relative_to(DOCS))) for path in sorted(DOCS.rglob("*.md"))))
    for block in found.blocks
    if block.language == "yaml" and "synthmon: 1\n" in block.text and "synthmon_config" not in block.text
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own schemas, and the page's block where the page says it lies."""
    made = tmp_path_factory.mktemp("examples") / "probes"
    copytree(ROOT / "probes", made)
    (made / "blocks").mkdir()
    (made / "blocks" / "log_in.yaml").write_text(OF_BLOCKS[0].text)
    copytree(DATA / "good" / "bodies", made / "bodies")
    copy(DATA / "good" / "schemas" / "shop.openapi.yaml", made / "schemas")
    copy(DATA / "good" / "schemas" / "money.schema.yaml", made / "schemas")
    copy(DATA / "good" / "schemas" / "currency.schema.json", made / "schemas")
    return made


def _problems(text: str, folder: Path) -> tuple[Problem, ...]:
    return parse_probe(text.encode(), "example.yaml", INSTALLATION, SchemaShelf(folder))[1]


@pytest.mark.parametrize(("where", "block"), WHOLE, ids=lambda value: str(getattr(value, "line", "")))
def test_a_whole_probe_loads_without_a_word(where: Page, block: Block, folder: Path) -> None:
    assert (where.path.name, render(_problems(block.text, folder))) == (where.path.name, "")


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: f"line {block.line}")
def test_a_part_of_a_probe_has_no_error_when_it_is_completed(block: Block, folder: Path) -> None:
    """Only that a part defines things which nothing uses is left to the reader's imagination."""
    problems = [problem for problem in _problems(completed(block.text), folder) if problem.is_error]

    assert render(problems) == ""


def test_the_schema_that_the_command_prints_accepts_every_whole_probe() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "synthmon", "schema"], check=True, capture_output=True, timeout=60, cwd=ROOT
    )
    validator = jsonschema_rs.validator_for(json.loads(printed.stdout), offline=True)

    assert WHOLE
    for where, block in WHOLE:
        document = read(block.text.encode(), where.path.name).document
        assert document is not None
        assert [error.message for error in validator.iter_errors(document.data)] == []
