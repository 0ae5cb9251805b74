"""What is said of a name that nothing has."""

from __future__ import annotations

import pytest

from synthmon.app.finding import one_of

MANY = [f"shop-{number:04}" for number in range(1200)]


@pytest.mark.parametrize(
    ("word", "known", "help_"),
    [
        ("chekout", ["checkout", *MANY], "did you mean `checkout`?"),
        ("xyz", [], "there is none"),
        ("xyz", ["login", "checkout"], "there is checkout, login"),
        ("xyz", MANY, f"there is {', '.join(MANY[:10])} and 1,190 more"),
    ],
)
def test_help_for_a_word_that_is_none_of_those_known_names_the_closest_or_some(
    word: str, known: list[str], help_: str
) -> None:
    assert one_of(word, known) == help_
