"""The link from a run to its trace: an address of http or https, and nothing in it that an agent chose."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthmon.model.trace import link
from synthmon.probefile.problem import render
from synthmon.settings import load_settings

TEMPLATE = "https://traces.example.com/trace/{trace_id}?a=<b>"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_the_trace_stands_where_the_address_has_a_place_for_it() -> None:
    assert f"https://traces.example.com/trace/{TRACE}?a=<b>" == link(TEMPLATE, TRACE)


@pytest.mark.parametrize("sent", [None, "", "x", "../../admin", TRACE.upper(), f"{TRACE}/", f'"{TRACE[2:]}"'])
def test_what_is_no_trace_makes_no_link(sent: str | None) -> None:
    assert link(TEMPLATE, sent) is None
    assert link(None, TRACE) is None


@pytest.mark.parametrize(
    "address", ["javascript:alert('{trace_id}')", "//x/{trace_id}", "ftp://x/{trace_id}", "https://x/"]
)
def test_another_address_is_refused_when_the_file_is_read(tmp_path: Path, address: str) -> None:
    (tmp_path / "synthmon.yaml").write_text(f'synthmon_config: 1\nweb: {{trace_url: "{address}"}}\n')
    _, problems = load_settings({}, None, tmp_path)
    assert "a trace's address is a web address" in render(problems)
