"""The address of a PostgreSQL database: read once, completed with what safety asks for, shown without its password."""

from __future__ import annotations

from ipaddress import ip_address

import certifi
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from synthmon.errors import ConfigurationError

EXAMPLE = "postgresql+psycopg://synthmon:PASSWORD@db.example.com:5432/synthmon"
SCHEMES = ("postgresql+psycopg://", "postgresql://", "postgres://")


def read(address: str) -> URL:
    """Raises `ConfigurationError`, without the address: a password may stand anywhere in what cannot be read."""
    rest = address.partition("://")[2]
    try:
        url = make_url(f"postgresql+psycopg://{rest}")
    except (ArgumentError, ValueError) as error:
        raise _unreadable("it cannot be read") from error
    if not url.database:
        raise _unreadable("it names no database")
    return url if _is_here(url) else url.update_query_dict(_verified(url))


def shown(url: URL) -> str:
    """The address for messages and logs."""
    return URL.create("postgresql", url.username, None, url.host, url.port, url.database).render_as_string()


def _unreadable(what: str) -> ConfigurationError:
    hint = f"such as {EXAMPLE}; in user and password write % and each of :/?#[]@ as %25, %3A and so on"
    return ConfigurationError(f"the address of the PostgreSQL database: {what}", hint=hint)


def _is_here(url: URL) -> bool:
    """Whether it is reached through this machine's kernel alone: a socket's folder, or loopback."""
    named = url.query.get("host") or url.host or "/"
    hosts = [host for one in ([named] if isinstance(named, str) else named) for host in one.split(",")]
    return all(host.startswith("/") or host == "localhost" or _is_loopback(host) for host in hosts)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _verified(url: URL) -> dict[str, str]:
    """libpq would by itself take any certificate, or none at all."""
    if "sslmode" in url.query:
        return {}
    root = {} if "sslrootcert" in url.query else {"sslrootcert": certifi.where()}
    return {"sslmode": "verify-full", **root}
