"""What a probe declares of proxies and TLS, as part of a route: secrets revealed, texts held against what they are."""

from __future__ import annotations

from synthmon.engine.address import address
from synthmon.engine.route import ProxyWay, Secured
from synthmon.engine.values import Values
from synthmon.engine.written import plain_text
from synthmon.errors import TemplateError
from synthmon.model.network import Proxy, Tls
from synthmon.model.text import Text


def secured(tls: Tls, values: Values) -> Secured:
    """Raises `TemplateError` for what is no PEM, and what evaluating raises."""
    return Secured(
        unverified=tls.unverified is not None,
        authorities=_pem("ca", "CERTIFICATE", tls.authorities, values),
        certificate=_pem("client_certificate", "CERTIFICATE", tls.certificate, values),
        key=_pem("client_key", "PRIVATE KEY", tls.key, values),
        min_version=tls.min_version,
        server_name=tls.server_name,
        warn_before=tls.warn_before,
    )


def _pem(key: str, what: str, text: Text | None, values: Values) -> str | None:
    if text is None:
        return None
    found = plain_text(text, values)
    if "-----BEGIN " not in found or f"{what}-----" not in found:
        hint = f"PEM text begins with -----BEGIN {what}-----"
        raise TemplateError(f"`tls.{key}` holds no {what.lower()} as PEM text", hint=hint)
    return found


def proxy_way(proxy: Proxy, values: Values) -> ProxyWay:
    """The proxy with our credentials there; raises `TemplateError`, and what evaluating raises."""
    username, password = (_credential(text, values) for text in (proxy.username, proxy.password))
    return ProxyWay(address(proxy.url), username, password, proxy.trusted)


def _credential(text: Text | None, values: Values) -> str | None:
    if text is None:
        return None
    found = plain_text(text, values)
    if not found.isprintable():
        raise TemplateError("a name or password for the proxy has a line break or another control character in it")
    return found
