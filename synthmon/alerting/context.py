"""What channels are built from besides their options, and how texts with secrets in them are filled in."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from typing import TextIO

from synthmon.language.expression import Scope
from synthmon.language.template import parse_text, render_text
from synthmon.model.secret import Secret
from synthmon.model.text import Source
from synthmon.nouns import dataclass

_NOWHERE = Source("synthmon.yaml", 0, 0)


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """`secret` raises `SecretUnavailable`; `stream` is where the console is; `now` is wall time in UTC."""

    secret: Callable[[str], Secret]
    now: Callable[[], datetime]
    stream: TextIO

    def fill(self, text: str) -> str:
        """The text with `${{ secrets.name }}` replaced by values; the result is only for the wire."""
        value = render_text(parse_text(text, _NOWHERE), Scope(secret=self.secret))
        return value.reveal() if isinstance(value, Secret) else str(value)

    def authorization(
        self, username: str | None, password: str | None, token: str | None
    ) -> tuple[dict[str, str], tuple[str, ...]]:
        """Headers that identify us, by token or by name and password, and what of them must not be shown."""
        if token:
            value = self.fill(token)
            return {"Authorization": f"Bearer {value}"}, (value,)
        if not password:
            return {}, ()
        name, value = self.fill(username or ""), self.fill(password)
        encoded = b64encode(f"{name}:{value}".encode()).decode()
        return {"Authorization": f"Basic {encoded}"}, (value, encoded)
