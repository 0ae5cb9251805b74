"""The request of a broken step as a command, for whoever wants to try it by hand; it may be kept like evidence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from synthmon.engine.body import Unreadable, parse
from synthmon.engine.command import Sent, commands
from synthmon.engine.evidence import KEPT
from synthmon.engine.redaction import Redaction
from synthmon.model import words
from synthmon.model.secret import CREDENTIAL_HEADERS, HIDDEN, Secret

LONGEST = 7500  # characters; a command that is cut somewhere is none


def by_hand(sent: Sent, secrets: Iterable[Secret], plain: Mapping[str, str], redaction: Redaction) -> str | None:
    """The command, after a remark for each variable it needs; None where it would be too long.

    Credentials that are written into the probe are hidden as they are in evidence, and so is what `redact` names. A
    body that evidence would cut is left out.
    """
    known = tuple(secrets)
    content, remark = _content(sent, redaction)
    shown = replace(sent, headers=tuple(_header(name, value, known) for name, value in sent.headers), content=content)
    [command] = commands([shown], known, plain)
    remarks = [f"set {name} first: {what}" for name, what in command.needs]
    lines = [f"# {words.printable(line)}" for line in (*remarks, *([remark] if remark else ()))]
    text = "\n".join((*lines, command.text))
    return text if len(text) <= LONGEST else None


def _header(name: str, value: str, known: Iterable[Secret]) -> tuple[str, str]:
    """A credential stays only where it is made of a secret, which a variable stands for."""
    lowered = name.lower()
    if lowered not in CREDENTIAL_HEADERS or any(secret.reveal() and secret.reveal() == value for secret in known):
        return name, value
    scheme, _, rest = value.partition(" ")
    if lowered == "authorization" and any(secret.reveal() == rest for secret in known if secret.reveal()):
        return name, value
    return name, f"{scheme} {HIDDEN}" if lowered == "authorization" and rest else HIDDEN


def _content(sent: Sent, redaction: Redaction) -> tuple[bytes, str | None]:
    size = len(sent.content)
    if size > KEPT:
        return b"", f"the body of {size} bytes is left out"
    if not (size and redaction):
        return sent.content, None
    document = parse(sent.content)
    if isinstance(document, Unreadable):
        return b"", f"the body of {size} bytes is left out: it may hold what `redact` names"
    redacted = redaction.applied(document)
    if redacted == document:
        return sent.content, None
    return json.dumps(redacted, ensure_ascii=False).encode(), "the body is without what `redact` names"
