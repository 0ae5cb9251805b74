"""docs/api.md tells of every call and what it needs; its examples are asked, and answered as they say."""

from __future__ import annotations

import json
from typing import Any

from synthmon.web.api import openapi
from synthmon.web.api.routes import OPERATIONS
from tests.docs.pages import page
from tests.web.conftest import API_TOKEN, Site, make_site, site

__all__ = ["make_site", "site"]
PAGE = page("api.md")
BLOCKS = PAGE.blocks


def test_every_call_is_in_the_table_with_what_it_needs() -> None:
    rows = [line.split("|") for line in PAGE.prose.splitlines() if line.startswith(("| `GET ", "| `POST "))]
    assert {(f"{one.method} {one.path}", one.need.name.lower()) for one in OPERATIONS} == {
        (row[1].strip().strip("`"), row[2].strip()) for row in rows
    }


def test_every_filter_of_a_list_is_named() -> None:
    document = openapi.document(OPERATIONS)
    for one in OPERATIONS:
        described = document["paths"][one.path][one.method.lower()]["parameters"]
        row = next(line for line in PAGE.prose.splitlines() if line.startswith(f"| `{one.method} {one.path}`"))
        for parameter in described:
            if parameter["in"] == "query" and parameter["name"] not in {"limit", "after"}:
                assert f"`{parameter['name']}`" in row, row


def test_every_status_that_the_api_answers_is_explained() -> None:
    document = openapi.document(OPERATIONS)
    answered = {code for methods in document["paths"].values() for one in methods.values() for code in one["responses"]}
    assert {code for code in answered if code >= "400"} == set(PAGE.keys("Errors"))


def alike(said: Any, told: Any, place: str = "") -> None:
    """The same fields and kinds of values; and the same values, but where the page has `…`."""
    if isinstance(told, dict):
        assert set(told) == set(said), place
        for name, value in told.items():
            alike(said[name], value, f"{place}.{name}")
    elif isinstance(told, list):
        assert len(told) == len(said), place
        for mine, theirs in zip(said, told, strict=True):
            alike(mine, theirs, place)
    elif told == "…":
        assert isinstance(said, str), place
    else:
        assert (place, told) == (place, said)


def test_each_example_is_answered_as_it_says(site: Site) -> None:
    examples = [index for index, block in enumerate(BLOCKS) if block.language == "http"]
    assert len(examples) >= 5
    for index in examples:
        head, _, body = BLOCKS[index].text.partition("\n\n")
        method, path = head.split()
        headers = {"authorization": f"Bearer {API_TOKEN}", "content-type": "application/json"}
        answer = site.client.request(method, path, headers=headers, content=body)
        if index + 1 < len(BLOCKS) and BLOCKS[index + 1].language == "json":
            alike(answer.json(), json.loads(BLOCKS[index + 1].text), head)
