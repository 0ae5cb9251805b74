"""Words that other tools use for what a key here says, so that a newcomer is told ours."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from synthmon.language.suggest import did_you_mean

_OURS: Mapping[str, tuple[str, ...]] = {
    "cleanup": ("finally", "teardown", "after", "always", "cleanup_steps"),
    "interval": ("every", "schedule", "frequency", "period"),
    "vars": ("variables", "env", "environment", "config"),
    "expect": ("assert", "asserts", "assertions", "checks", "check", "validate", "tests", "response"),
    "capture": ("extract", "store", "save", "register", "captures", "export"),
    "params": ("query", "querystring", "qs"),
    "json": ("body", "data", "payload"),
    "raw": ("text_body", "content"),
    "latency_budget": ("max_latency", "slow", "budget", "response_time", "threshold"),
    "xml": ("xpath", "xpaths"),
    "xpath": ("xml", "xml_path"),
    "namespaces": ("xmlns", "ns", "namespace", "prefixes"),
    "openapi": ("spec", "contract", "oas"),
    "assert": ("that", "asserts", "assertions", "expressions", "script"),
    "warn": ("warning", "warnings", "soft", "soft_expect"),
    "regex": ("regexp", "re", "pattern", "matches"),
    "that": ("expression", "expr", "condition", "if"),
    "degraded": ("slow", "warn", "warning", "soft"),
    "failed": ("error", "fail", "hard", "critical", "max"),
    "first_byte": ("ttfb", "time_to_first_byte", "wait", "waiting"),
    "alerts": ("notifications", "alerting", "on_failure"),
    "notify": ("channels", "channel", "to"),
    "base_url": ("host", "server", "base", "baseurl"),
    "steps": ("journey", "stages", "requests", "scenario"),
    "redirects": ("follow_redirects", "allow_redirects"),
    "method": ("verb",),
    "multipart": ("files", "form_data", "multipart_form", "multipartform", "formdata", "attachments", "upload"),
    "graphql": ("gql",),
    "operation": ("operation_name", "operationname", "operation_id", "operationid", "endpoint"),
    "file": ("path", "from_file", "filepath", "src", "document", "spec"),
    "content_type": ("type", "mime", "mime_type", "mimetype", "media_type"),
    "retry": ("retries", "retry_policy", "repeat", "on_error"),
    "attempts": ("times", "count", "max_attempts", "retries", "limit", "max"),
    "delay": ("wait", "backoff", "sleep", "interval", "pause"),
    "on": ("when", "for", "statuses", "codes", "if"),
    "idempotency_key": ("idempotency", "idempotent", "idempotence_key"),
    "verify": ("insecure", "insecure_skip_verify", "skip_verify", "verify_ssl", "ssl_verify", "reject_unauthorized"),
    "ca": ("cacert", "ca_cert", "ca_file", "root_ca", "trusted_certificates"),
    "client_certificate": ("cert", "client_cert", "certificate", "cert_file"),
    "client_key": ("cert_key", "private_key", "key_file"),
    "server_name": ("sni", "servername"),
    "min_version": ("min_tls_version", "tls_version", "minimum_version"),
    "ip_version": ("ip", "ip_family", "family", "ip_protocol", "preferred_ip_protocol"),
    "hosts": ("resolve", "host_overrides", "extra_hosts", "host_aliases"),
    "resolver": ("dns", "nameserver", "nameservers", "dns_server", "dns_resolver"),
    "slo": ("slos", "objectives"),
    "until": ("retry_until", "wait_for"),
    "every": ("interval", "delay"),
    "equals": ("eq", "is", "equal", "==", "="),
    "not_equals": ("ne", "neq", "is_not", "!=", "<>"),
    "more_than": ("gt", "greater_than", "above", "over", ">"),
    "at_least": ("gte", "ge", "min", "minimum", ">="),
    "less_than": ("lt", "below", "under", "<"),
    "at_most": ("lte", "le", "max", "maximum", "<="),
    "one_of": ("in", "enum"),
    "not_one_of": ("not_in",),
    "matches": ("regex", "match", "pattern"),
    "exists": ("present", "defined"),
    "length": ("size", "len"),
    "description": ("desc", "summary", "about", "comment"),
    "owner": ("team", "responsible", "contact"),
    "synthmon": ("version", "apiversion", "api_version"),
    "request": ("url", "uri", "get", "post", "http", "call"),
    "url": ("path", "uri", "endpoint", "address"),
    "token_url": ("token_endpoint", "endpoint", "tokenurl"),
    "bearer": ("token", "jwt", "access_token"),
    "basic": ("user", "username", "login", "password"),
    "use": ("profile", "name"),
    "allow_failure": ("continue_on_error", "ignore_failure", "ignore_errors", "optional", "soft_fail"),
    "tls": (
        "verify",
        "insecure",
        "ssl",
        "https",
        "mtls",
        "certificates",
        "ssl_verify",
        "verify_tls",
        "skip_tls_verify",
    ),
    "network": ("proxy", "proxies", "dns", "hosts", "resolver", "ip_version"),
    "if": ("when", "condition", "only_if", "skip_if", "unless"),
    "each": ("all", "every"),
}

_OF_A_PROBE = "all steps of a probe or of a region share it: write it under `network:`"
_OF_A_REQUEST = "write it under `request:`, with `method` and `url`"
_ELSEWHERE: Mapping[str, Mapping[str, str]] = {
    "auth": {"oauth2": "declare a profile under `auth:` of the probe, and name it here: `auth: partner`"},
    "steps": {
        **dict.fromkeys(("network", "proxy", "ip_version", "hosts", "resolver"), _OF_A_PROBE),
        **dict.fromkeys(("headers", "params", "form", "raw", "graphql", "multipart", "redirects"), _OF_A_REQUEST),
        "idempotency_key": _OF_A_REQUEST,
        **dict.fromkeys(("status", "schema", "openapi", "assert", "cookies"), "write it under `expect:`"),
        "inputs": "a block declares inputs; a step hands them in: `with: {…}`",
    },
}


def elsewhere(path: Sequence[str | int]) -> str | None:
    """Where a key belongs that was written in a place where it is unknown."""
    words = [part for part in path if isinstance(part, str)]
    inside = "steps" if words[-2:-1] == ["cleanup"] else "".join(words[-2:-1])
    return _ELSEWHERE.get(inside, {}).get(words[-1]) if words else None


def nearest_key(word: str, known: Collection[str]) -> str | None:
    """The key that was probably meant: one that looks alike, or says the same in other tools' words."""
    plain = word.lower().replace("-", "_")
    same = next((ours for ours, others in _OURS.items() if ours in known and plain in others), None)
    return same or did_you_mean(word, known)
