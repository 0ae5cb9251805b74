"""Which broker carries the orders of a region to its workers: the variable SYNTHMON_BROKER_URL, never shown."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from synthmon.model.secret import Secret
from synthmon.settings.environment import Environment, environment_problem

VARIABLE = "SYNTHMON_BROKER_URL"
SCHEMES = ("redis", "rediss", "amqp", "amqps")
_HELP = "write it like rediss://:password@redis.example.com:6379/0 or amqps://user:password@rabbit.example.com/synthmon"


def broker_url(environment: Environment) -> Secret | None:
    """The address with its password, or None: the agent makes its runs itself."""
    written = environment.get(VARIABLE)
    if written is None:
        return None
    if (why := _what_is_wrong(written)) is not None:
        environment.problems.append(environment_problem("broker", f"{VARIABLE} {why}", _HELP))
        return None
    return Secret("broker address", written)


def _what_is_wrong(written: str) -> str | None:
    """Without a word of the address itself, which may hold a password at any place of a mistyped one."""
    try:
        parts = urlsplit(written)
        port, query = parts.port, parse_qs(parts.query)
    except ValueError:
        return "is not an address"
    if parts.scheme not in SCHEMES:
        return f"does not begin with one of {', '.join(f'{scheme}://' for scheme in SCHEMES)}"
    if not parts.hostname or port == 0:
        return "names no host"
    if any(value.lower() not in {"required", "cert_required"} for value in query.get("ssl_cert_reqs", ())):
        return "asks for a connection whose certificate nobody checks (ssl_cert_reqs)"
    if any(value.lower() == "false" for value in query.get("ssl_check_hostname", ())):
        return "asks for a connection whose certificate may be another host's (ssl_check_hostname)"
    return None
