"""What an address of the status page picks, and the address that stands for it again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.datastructures import QueryParams

from synthmon.model.incident import Health
from synthmon.model.probe import Probe
from synthmon.web.filters import LONGEST, MOST, Wanted, wanted
from tests.making import probe
from tests.web.conftest import Site

PROBES = {
    "pay": probe("pay", title="Customer can pay", owner="team-payments", tags=("shop", "eu")),
    "log-in": probe("log-in", title="Customer can log in", owner="team-access", tags=("shop",)),
    "sync": probe("sync", title="Contacts arrive", tags=("partner",)),
}


@pytest.mark.parametrize(
    ("asked", "picked"),
    [
        ("", "pay log-in sync"),
        ("q=CUSTOMER+can", "pay log-in"),
        ("q=payments", "pay"),
        ("q=partner", "sync"),
        ("tag=shop", "pay log-in"),
        ("tag=shop&tag=eu", "pay"),
        ("owner=team-access", "log-in"),
        ("owner=team-access&owner=team-payments", "pay log-in"),
        ("tag=partner&owner=team-access", ""),
        ("tag=&owner=&q=+&health=", "pay log-in sync"),
    ],
)
def test_every_word_and_tag_must_fit_and_one_of_the_owners(asked: str, picked: str) -> None:
    found = [name for name, one in PROBES.items() if wanted(QueryParams(asked)).picks(one)]
    assert picked.split() == found


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/?q=a+%26+b&tag=x&tag=y&owner=o&health=down&health=unknown&view=compact&wall=1&page=7",
        "/?health=up&page=2",
    ],
)
def test_what_was_asked_for_can_be_sent_on_as_an_address(address: str) -> None:
    assert address == wanted(QueryParams(address.partition("?")[2])).address


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "", "999999999", "1e3"])
def test_an_address_that_makes_no_sense_shows_everything(page: str) -> None:
    asked = QueryParams({"page": page, "health": "sick", "view": "upside-down", "wall": "yes"})
    assert wanted(asked) == Wanted()


def test_an_address_is_taken_in_only_so_far() -> None:
    asked = wanted(QueryParams([("q", "x" * 5000), *(("tag", f"t{n}") for n in range(500))]))
    assert (LONGEST, MOST) == (len(asked.text), len(asked.tags))


def test_another_choice_begins_at_the_first_page() -> None:
    third = Wanted(tags=("shop",), page=3)
    assert "/?tag=shop&health=down" == third.with_health(Health.DOWN).address
    assert "/?tag=shop&view=compact" == third.as_view("compact").address


def many(number: int) -> Callable[[], dict[str, Probe]]:
    probes = {f"p{n:03}": probe(f"p{n:03}", tags=("odd",) if n % 2 else ()) for n in range(number)}
    return lambda: {"checkout": probe(), **probes}


def test_many_probes_are_short_lines_on_several_pages_the_worst_on_the_first(make_site: Callable[..., Site]) -> None:
    site = make_site(probes=many(300))
    first, second = (site.client.get("/", params={"page": page}).text for page in (1, 2))
    assert "page 1 of 2" in first
    assert 'href="/?page=2"' in first
    assert '<a data-row href="/probes/checkout">' in first
    assert '<a data-row href="/probes/checkout">' not in second
    assert "page 2 of 2" in site.client.get("/", params={"page": 99}).text
    assert len(first) < 300 * 1024


def test_filters_of_the_form_narrow_probes_counts_and_incidents(make_site: Callable[..., Site]) -> None:
    site = make_site(probes=many(8))
    html = site.client.get("/?tag=odd").text
    assert "4 probes of 9" in html
    assert "<title>4 unknown · synthmon test</title>" in html
    assert "No open incident of these probes." in html
    assert "<option selected>odd</option>" in html
    assert "/probes/checkout" not in html
    assert "None of 9 probes is like this." in site.client.get("/?tag=odd&health=down").text


def test_a_wall_shows_the_same_large_and_without_the_ways_out(site: Site) -> None:
    html = site.client.get("/?wall=1").text
    assert 'class="wall"' in html
    assert "<h1>1 down, 1 unknown</h1>" in html
    assert 'href="/" data-wall' in html or 'data-wall href="/"' in html
    assert "Customer can checkout is down" in html
