"""The formats that `format:` knows, each after its standard."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit
from uuid import UUID

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOSTNAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
LONGEST = 2000  # characters: longer texts match no format


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return test


def _email(text: str) -> bool:
    local, at, host = text.rpartition("@")
    return bool(at) and _MAILBOX.fullmatch(local) is not None and _hostname(host) and not local.startswith(".")


def _hostname(text: str) -> bool:
    return len(text) <= 253 and _HOSTNAME.fullmatch(text) is not None


def _date_time(text: str) -> bool:
    # A leap second is written as 60, which Python's datetime does not know.
    plain = re.sub(r"(T\d\d:\d\d:)60", r"\g<1>59", text.upper(), count=1)
    return _DATE_TIME.fullmatch(text) is not None and _parses(datetime.fromisoformat)(plain)


def _date(text: str) -> bool:
    return len(text) == 10 and text[4] == text[7] == "-" and _parses(date.fromisoformat)(text)


def _uri(text: str) -> bool:
    if any(char <= " " or char in '<>"{}|\\^`' for char in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", parts.scheme) is not None and bool(parts.netloc or parts.path)


def _uuid(text: str) -> bool:
    return len(text) == 36 and _parses(UUID)(text)


FORMATS: Mapping[str, Callable[[str], bool]] = {
    "email": _email,  # the mailbox of RFC 5321, section 4.1.2, without quoted strings
    "date-time": _date_time,  # RFC 3339, section 5.6
    "date": _date,  # RFC 3339, full-date
    "uuid": _uuid,  # RFC 9562
    "uri": _uri,  # RFC 3986, with a scheme
    "ipv4": _parses(IPv4Address),
    "ipv6": _parses(IPv6Address),
    "hostname": _hostname,  # RFC 1123
}


def has_format(name: str, value: object) -> bool:
    """Whether the value is a text of that format."""
    return isinstance(value, str) and len(value) <= LONGEST and FORMATS[name](value)
