"""What an agent is told by its environment: the centre, its token, the size of its spool."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from synthmon.model.secret import Secret
from synthmon.patterns import regular
from synthmon.probefile.excerpt import quoted
from synthmon.settings.environment import Environment, environment_problem
from synthmon.settings.values import AgentSettings, is_loopback

SMALLEST_SPOOL, LARGEST_SPOOL = 1, 1 << 20  # MiB
_TOKEN = regular(r"synthmon_[A-Za-z0-9_-]{43}\Z")
_EXAMPLE = "write it like https://synthmon.example.com"


def build_agent(environment: Environment, cwd: Path) -> AgentSettings:
    """What is set; whether all that an agent needs is there is asked when one starts."""
    token, ca_file = environment.get("SYNTHMON_AGENT_TOKEN"), environment.get("SYNTHMON_CENTRE_CA")
    if token is not None and not _TOKEN.match(token):
        hint = "it is one line, as `synthmon agents add REGION` printed it at the centre"
        _refuse(environment, "SYNTHMON_AGENT_TOKEN is not what a token looks like", hint)
        token = None
    default = AgentSettings()
    return AgentSettings(
        centre_url=_url(environment),
        token=Secret("agent token", token) if token else None,
        ca_file=cwd / ca_file if ca_file else None,
        spool_size=_size(environment, default.spool_size),
    )


def _url(environment: Environment) -> str | None:
    written = environment.get("SYNTHMON_CENTRE_URL")
    plain = environment.get("SYNTHMON_CENTRE_PLAIN")
    if plain not in {None, "0", "1"}:
        _refuse(environment, "SYNTHMON_CENTRE_PLAIN is neither 1 nor 0", "set it to 1, or not at all")
    if written is None:
        return None
    try:
        parts = urlsplit(written)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"} or parts.query or parts.fragment or parts.username:
        _refuse(
            environment, f"SYNTHMON_CENTRE_URL is {quoted(written)}, which is not the address of a centre", _EXAMPLE
        )
        return None
    if parts.scheme == "http" and not is_loopback(host) and plain != "1":
        hint = "use https://, or set SYNTHMON_CENTRE_PLAIN=1 where the network between them is yours alone"
        _refuse(environment, "SYNTHMON_CENTRE_URL is not encrypted: everybody on the way could read the token", hint)
    return written.rstrip("/")


def _size(environment: Environment, default: int) -> int:
    written = environment.get("SYNTHMON_SPOOL_SIZE")
    if written is None:
        return default
    if written.isascii() and written.isdecimal() and SMALLEST_SPOOL <= int(written[:12]) <= LARGEST_SPOOL:
        return int(written) << 20
    _refuse(environment, f"SYNTHMON_SPOOL_SIZE is {quoted(written)}, which is no size in MiB", "write it like 256")
    return default


def _refuse(environment: Environment, message: str, hint: str) -> None:
    environment.problems.append(environment_problem("environment", message, hint))
