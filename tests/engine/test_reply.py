"""An answer's header is looked up by names, and is not remembered when the answer is gone."""

from __future__ import annotations

import httpx
import pytest

from synthmon.engine import reply
from synthmon.engine.reply import Reply


@pytest.mark.parametrize(("letters", "remembered"), [(20, 1), (60_000, 0)])
def test_only_names_of_a_short_header_are_remembered(letters: int, remembered: int) -> None:
    reply._lowered.cache_clear()
    name = f"X-{'A' * letters}"
    assert Reply(httpx.Response(200, headers={name: "b"}), {}).header(name.lower()) == "b"
    assert reply._lowered.cache_info().currsize == remembered
