"""A mail server on loopback that keeps what it takes, and refuses what it is told to."""

from __future__ import annotations

import socket
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


class AnyPort(Controller):
    """aiosmtpd wants to know its port beforehand; a socket that is bound already knows it, and nobody can take it."""

    def __init__(self, office: Office, **options: Any) -> None:
        self.bound = socket.create_server(("127.0.0.1", 0))
        super().__init__(office, hostname="127.0.0.1", port=self.bound.getsockname()[1], **options)

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self.bound)


class Office:
    """Takes mail. `refusals`: what is answered to a recipient, used up one by one."""

    def __init__(self, refusals: dict[str, list[str]] | None = None, data: str = "250 taken", **options: Any) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[Any] = []
        self._refusals, self._data = refusals or {}, data
        self._controller = AnyPort(self, **options)
        self._controller.start()
        self.port: int = self._controller.port

    def close(self) -> None:
        self._controller.stop()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self._refusals.get(address):
            return self._refusals[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:
        self.envelopes.append((envelope.mail_from, tuple(envelope.rcpt_tos), bool(session.ssl)))
        self.mails.append(message_from_bytes(envelope.content, _class=EmailMessage, policy=default))
        return self._data
