"""The policy of whom probes may reach, as a table of addresses and names."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.model.reach import METADATA, Allowance, Reach, Trust, as_address, meant

OPERATOR, IMPORTED = Trust.OPERATOR, Trust.IMPORTED
ADDRESSES = st.ip_addresses()


@pytest.mark.parametrize(
    "written",
    [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7F.0.0.1",
        "017700000001",
        "0177.0.0.1",
        "[::ffff:127.0.0.1]",
        "::ffff:7f00:1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_one_address_has_many_spellings(written: str) -> None:
    assert as_address(written) == ipaddress.ip_address("127.0.0.1")


@pytest.mark.parametrize(
    "written", ["shop.example.com", "1.2.3.4.5", "256.0.0.1", "1.2.3.256", "0x1ffffffff", "08", "", "1."]
)
def test_what_is_no_address_is_a_name(written: str) -> None:
    assert as_address(written) is None


@given(ADDRESSES)
def test_an_address_means_itself_once_it_has_no_other_clothes_on(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    assert meant(meant(address)) == meant(address)
    assert as_address(str(address)) == meant(address)


@pytest.mark.parametrize("address", sorted(METADATA))
def test_metadata_services_are_refused_by_address_and_in_every_port(address: str) -> None:
    for trust in Trust:
        assert Reach().refuses(trust, address, 8080) is not None


@pytest.mark.parametrize("name", ["metadata.google.internal", "METADATA.google.internal.", "instance-data"])
def test_metadata_services_are_refused_by_name(name: str) -> None:
    assert "credentials" in (Reach().refuses(OPERATOR, name, 80) or "")


@pytest.mark.parametrize("host", ["10.0.0.7", "192.168.1.1", "127.0.0.1", "[fd00::7]", "shop.internal", "100.64.0.1"])
def test_the_operators_files_reach_what_is_private_and_imported_ones_do_not(host: str) -> None:
    assert Reach().refuses(OPERATOR, host, 443) is None
    assert Reach(imported=(host.strip("[]"),)).refuses(IMPORTED, host, 443) is not None or "internal" in host


@given(ADDRESSES)
def test_an_imported_file_reaches_public_addresses_at_most(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    everything = Reach(allow=(Allowance("0.0.0.0/0", "all", addresses=ipaddress.ip_network("0.0.0.0/0")),))
    if everything.refuses_address(IMPORTED, "api.test", address, 443) is None:
        assert meant(address).is_global


@pytest.mark.parametrize(
    ("address", "reached"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("192.0.0.8", False),
        ("192.88.99.1", False),
        ("::7f00:1", False),  # an IPv4 address in its oldest clothes
        ("::ffff:0:7f00:1", False),
        ("64:ff9b:1::7f00:1", False),  # RFC 8215: through a translator of one's own
        ("fec0::1", False),  # site-local, long deprecated
        ("3fff::1", False),
        ("5f00::1", False),
    ],
)
def test_public_is_what_is_given_to_anybody_whatever_the_interpreter_knows(address: str, reached: bool) -> None:
    refused = Reach().refuses_address(IMPORTED, "api.test", ipaddress.ip_address(address), 443)
    assert (refused is None) is reached
    assert Reach().refuses_address(OPERATOR, "api.test", ipaddress.ip_address(address), 443) is None


def allowed(to: str, port: int | None = None) -> Reach:
    try:
        return Reach(allow=(Allowance(to, "why", addresses=ipaddress.ip_network(to), port=port),))
    except ValueError:
        return Reach(allow=(Allowance(to, "why", host=to, port=port),))


@pytest.mark.parametrize(
    ("reach", "host", "port", "reached"),
    [
        (allowed("169.254.0.0/16"), "169.254.7.7", 80, True),
        (allowed("169.254.0.0/16"), "fe80::1", 80, False),
        (allowed("169.254.7.7", 80), "169.254.7.7", 80, True),
        (allowed("169.254.7.7", 80), "169.254.7.7", 81, False),
        (allowed("metadata.google.internal"), "metadata.google.internal", 80, True),
        (allowed("metadata.google.internal"), "metadata.goog", 80, False),
    ],
)
def test_an_exception_reaches_as_far_as_it_is_written(reach: Reach, host: str, port: int, reached: bool) -> None:
    assert (reach.refuses(OPERATOR, host, port) is None) is reached


def test_an_exception_for_a_host_holds_for_the_address_it_has() -> None:
    address = ipaddress.ip_address("169.254.169.254")
    assert allowed("box.test").refuses_address(OPERATOR, "box.test", address, 80) is None
    assert allowed("box.test").refuses_address(OPERATOR, "other.test", address, 80) is not None


def test_exceptions_open_nothing_for_imported_files() -> None:
    reach = Reach(allowed("10.0.0.0/8").allow, imported=("box.test",))
    assert reach.refuses_address(IMPORTED, "box.test", ipaddress.ip_address("10.0.0.7"), 443) is not None


@pytest.mark.parametrize(
    ("own", "address", "refused"),
    [
        (("127.0.0.1", 8420), "127.0.0.1", True),
        (("0.0.0.0", 8420), "::1", True),
        (("localhost", 8420), "0.0.0.0", True),
        (("127.0.0.1", 8420), "10.0.0.7", True),  # one of this machine's, see below
        (("127.0.0.1", 8420), "10.0.0.8", False),
        (("10.0.0.8", 8420), "127.0.0.1", False),
        (("10.0.0.8", 8420), "10.0.0.8", True),
        (("127.0.0.1", 8421), "127.0.0.1", False),
    ],
)
def test_own_ports_are_refused_at_every_address_that_leads_to_them(
    own: tuple[str, int], address: str, refused: bool
) -> None:
    here = ipaddress.ip_address("10.0.0.7")
    found = ipaddress.ip_address(address)
    reason = Reach(own=(own,)).refuses_address(OPERATOR, "any.test", found, 8420, lambda one: one == here)
    assert (reason is not None) is refused


@pytest.mark.parametrize(
    ("host", "fits"),
    [("api.test", True), ("API.test.", True), ("a.b.wild.test", True), ("wild.test", False), ("xwild.test", False)],
)
def test_hosts_of_imported_files_are_names_or_all_below_one(host: str, fits: bool) -> None:
    reach = Reach(imported=("api.test", "*.wild.test"))
    assert (reach.refuses(IMPORTED, host, 443) is None) is fits
