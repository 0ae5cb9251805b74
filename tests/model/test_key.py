"""The id of a run follows from what it was: a UUID that begins with its slot, as anybody can work it out."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha1
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given, settings

from synthmon.model.run import RunKey, slot_in, to_millis
from tests.depth import times
from tests.wire import strategies

NAMESPACE = UUID("b2f1c3de-6a0e-5d55-8f36-3d1a5a2d9a11")


@settings(max_examples=times(10), deadline=None)
@given(strategies.keys)
def test_behind_the_slot_it_is_a_hash_of_everything(key: RunKey) -> None:
    words = "\x1f".join((key.environment, key.probe, key.region, str(to_millis(key.slot)), str(key.kind), str(key.n)))
    hashed = int.from_bytes(sha1(NAMESPACE.bytes + words.encode(), usedforsecurity=False).digest()[:10])
    found = UUID(key.id)
    assert (8, RFC_4122) == (found.version, found.variant)
    assert to_millis(key.slot) % 2**48 == found.int >> 80
    kept = (1 << 80) - 1 & ~(0xF << 76) & ~(0b11 << 62)  # but for the version and the variant
    assert hashed & kept == found.int & kept


@settings(max_examples=times(10), deadline=None)
@given(strategies.keys)
def test_who_has_an_id_knows_the_slot(key: RunKey) -> None:
    if to_millis(key.slot) >= 0:
        found = slot_in(key.id)
        assert found is not None
        assert timedelta() <= key.slot - found < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "7",
        "no-id",
        "../../etc/passwd",
        "9b2f4c1e-6f0a-5d55-8f36-3d1a5a2d9a11",  # a UUID of another version
        "019AF4C1-E6F0-8D55-8F36-3D1A5A2D9A11",  # not as it is written
        "ffffffff-ffff-8d55-8f36-3d1a5a2d9a11",  # beyond the year 9999
        "019af4c1-e6f0-8d55-8f36-3d1a5a2d9a11\n",
        "٠19af4c1-e6f0-8d55-8f36-3d1a5a2d9a11",
    ],
)
def test_what_can_be_no_id_of_a_run_has_no_slot(typed: str) -> None:
    assert slot_in(typed) is None
