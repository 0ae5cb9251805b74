"""docs/proving.md lists exactly the mutations that there are, in their order."""

from __future__ import annotations

import re

from synthmon.prove.mutations import IDS, MUTATIONS
from tests.docs.pages import page

PAGE = page("proving.md")


def test_the_page_lists_every_mutation_in_its_order() -> None:
    table = PAGE.text.partition("## The faults")[2].partition("## What does not apply")[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE) == list(IDS)


def test_mutations_have_names_of_their_own_and_say_what_they_are() -> None:
    assert len(set(IDS)) == len(IDS)
    assert all(mutation.what for mutation in MUTATIONS)
