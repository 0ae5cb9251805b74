"""The console: a few lines on standard output, for a terminal that somebody watches or a log that somebody keeps."""

from __future__ import annotations

import threading

from synthmon.alerting import wording
from synthmon.alerting.context import ChannelContext
from synthmon.errors import DeliveryError
from synthmon.model.incident import Notification, Occasion

_COLOURS = {Occasion.TRIGGER: "\x1b[1;31m", Occasion.RESOLVE: "\x1b[1;32m"}
_PLAIN = "\x1b[0m"
_lock = threading.Lock()


class Console:
    """Writes each notification whole, never amid another one."""

    def __init__(self, name: str, _options: object, context: ChannelContext) -> None:
        self.name = name
        self._stream = context.stream

    def send(self, notification: Notification) -> str:
        head, _, rest = wording.plain(notification.message).partition("\n")
        colour = _COLOURS.get(notification.occasion, "\x1b[1m") if self._stream.isatty() else ""
        lines = "".join(f"  {line}\n" for line in rest.splitlines() if line)
        text = f"\n{colour}■ {head}{_PLAIN if colour else ''}\n{lines}\n"
        try:
            with _lock:
                self._stream.write(self._writable(text))
                self._stream.flush()
        except (OSError, ValueError) as error:
            raise DeliveryError("standard output is closed") from error
        return "written"

    def _writable(self, text: str) -> str:
        """The text in the stream's own alphabet: a terminal without UTF-8 must not cost the message."""
        alphabet = self._stream.encoding or "utf-8"
        return text.encode(alphabet, "replace").decode(alphabet)
