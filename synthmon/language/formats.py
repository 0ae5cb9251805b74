"""The formats that `format:` knows: the same as in a response schema, judged by the same library."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

FORMATS = (
    "email",  # RFC 5321, section 4.1.2
    "date-time",  # RFC 3339
    "date",  # RFC 3339, full-date
    "uuid",  # RFC 9562
    "uri",  # RFC 3986, with a scheme
    "ipv4",
    "ipv6",  # RFC 4291, without a zone
    "hostname",  # RFC 1123
)
LONGEST = 2000  # characters: longer texts match no format


@cache
def _validator(name: str) -> Draft202012Validator:
    from jsonschema_rs import Draft202012Validator  # here: see `schema`

    return Draft202012Validator({"type": "string", "format": name}, validate_formats=True)


def has_format(name: str, value: object) -> bool:
    """Whether the value is a text of that format; `name` is one of `FORMATS`."""
    if not isinstance(value, str) or len(value) > LONGEST:
        return False
    try:
        return _validator(name).is_valid(value)
    except ValueError:  # half a character, which no format has
        return False
