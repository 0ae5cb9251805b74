"""The id of a run follows from what it was: a UUID of version 5, as anybody can work it out."""

from __future__ import annotations

from uuid import UUID, uuid5

from hypothesis import given, settings

from synthmon.model.run import RunKey, to_millis
from tests.depth import times
from tests.wire import strategies

NAMESPACE = UUID("b2f1c3de-6a0e-5d55-8f36-3d1a5a2d9a11")


@settings(max_examples=times(10), deadline=None)
@given(strategies.keys, strategies.identifiers)
def test_it_is_what_the_library_makes_of_the_same_words(key: RunKey, region: str) -> None:
    parts = ("production", key.probe, region, str(to_millis(key.slot)), str(key.kind), str(key.n))
    found = RunKey(key.environment, key.probe, region, key.slot, key.kind, key.n)
    assert str(uuid5(NAMESPACE, "\x1f".join(parts))) == found.id
