"""E-mail by SMTP, as text and as HTML; the mails of one incident make one thread."""

from __future__ import annotations

import smtplib
import ssl
import threading
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from typing import Annotated

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import Field

from synthmon.alerting import bounded, wording
from synthmon.alerting.context import ChannelContext
from synthmon.alerting.options import Options
from synthmon.errors import ConfigurationError, DeliveryError
from synthmon.model import words
from synthmon.model.incident import Notification, Occasion
from synthmon.model.secret import Scrubber, Secret

WITHIN = 8.0  # seconds for each answer of the server
REMEMBERED = 1000  # mails that some recipients have and others wait for
DOMAIN = "synthmon.invalid"  # of message ids; it receives nothing
SEVEN_BIT = SMTP.clone(cte_type="7bit")  # not every relay on the way leaves eight bits alone
_templates = Environment(loader=PackageLoader("synthmon.alerting"), autoescape=True, undefined=StrictUndefined)

Refused = Mapping[str, tuple[int, bytes]]  # by recipient: the server's code and words


class PartlyDelivered(DeliveryError):
    """Some have the mail, and some are to be tried again."""

    def __init__(self, message: str, waiting: tuple[str, ...]) -> None:
        super().__init__(message)
        self.waiting = waiting


class EmailOptions(Options):
    """Who is written to, through which server."""

    to: Annotated[list[str], Field(min_length=1, description="Who receives it.")]
    smtp: str = Field(description="`host:port` of the server; port 465 speaks TLS from the first byte.")
    sender: str = Field(alias="from", description="The sender's address.")
    username: str | None = Field(None, description="For servers that ask; with `password`.")
    password: str | None = Field(None, description="As `${{ secrets.… }}`.")
    ca_file: str | None = Field(None, description="A bundle of authorities to trust instead of the machine's.")


class Email:
    """TLS is required wherever a password or another machine is involved; a server that offers none gets nothing."""

    def __init__(self, name: str, options: EmailOptions, context: ChannelContext) -> None:
        self.name = name
        self._options = options
        self._host, self._port = server_of(context.fill(options.smtp))
        self._username = context.fill(options.username) if options.username else options.sender
        self._password = context.fill(options.password) if options.password else None
        self._scrubber = Scrubber([Secret("hidden", self._password)] if self._password else [])
        self._waiting: dict[str, list[str]] = {}  # by notification: recipients that do not have it yet
        self._lock = threading.Lock()

    def send(self, notification: Notification) -> str:
        mail = compose(notification, self._options)
        with self._lock:
            to = self._waiting.get(notification.id, self._options.to)
        refused = self._hand_over(mail, to)
        later = [name for name, (code, _) in refused.items() if code < 500]
        self._remember(notification.id, later)
        if later or len(refused) == len(to):
            raise DeliveryError(f"refused for {self._said(refused)}", permanent=not later)
        return f"accepted, but refused for {self._said(refused)}" if refused else "accepted"

    @property
    def sender(self) -> str:
        return self._options.sender

    def post(self, mail: EmailMessage, to: Sequence[str], seconds: float) -> Mapping[str, str]:
        """Hand over a mail that is no notification; by recipient what the server said who takes none, for good.

        Raises `DeliveryError` when nobody has it, and `PartlyDelivered` when some are to be tried again.
        """
        refused = self._hand_over(mail, to, seconds)
        later = tuple(name for name, (code, _) in refused.items() if code < 500)
        if len(refused) == len(to):
            raise DeliveryError(f"refused for {self._said(refused)}", permanent=not later)
        if later:
            raise PartlyDelivered(f"refused for {self._said(refused)}", later)
        return {name: f"{code} {self._words(text)}" for name, (code, text) in refused.items()}

    def _hand_over(self, mail: EmailMessage, to: Sequence[str], seconds: float | None = None) -> Refused:
        """Who was refused; raises `DeliveryError` when the server took nothing at all."""
        try:
            refused: Refused = bounded.within(lambda: self._speak(mail, to), seconds=seconds)
        except smtplib.SMTPRecipientsRefused as error:
            return dict(error.recipients)
        except smtplib.SMTPResponseException as error:
            said = self._words(error.smtp_error)
            permanent = error.smtp_code >= 500
            raise DeliveryError(f"the mail server answered {error.smtp_code}: {said}", permanent=permanent) from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise DeliveryError(f"the mail server was not reached: {_reason(error)}") from error
        return refused

    def _speak(self, mail: EmailMessage, to: Sequence[str]) -> Refused:
        with self._connect() as server:
            return server.send_message(mail, to_addrs=list(to))

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context(cafile=self._options.ca_file)
        if self._port == smtplib.SMTP_SSL_PORT:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=WITHIN, context=context)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=WITHIN)
        try:
            self._open(server, context)
        except BaseException:
            server.close()
            raise
        return server

    def _open(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        server.ehlo()
        needs_tls = self._password is not None or not _is_loopback(self._host)
        if not isinstance(server, smtplib.SMTP_SSL) and (needs_tls or server.has_extn("starttls")):
            if not server.has_extn("starttls"):
                raise DeliveryError("the mail server offers no TLS, and without it nothing is sent")
            server.starttls(context=context)
            server.ehlo()
        if self._password is not None:
            if not server.has_extn("auth"):
                raise DeliveryError("the mail server takes no password")
            server.login(self._username, self._password)

    def _remember(self, notification_id: str, later: list[str]) -> None:
        with self._lock:
            self._waiting.pop(notification_id, None)
            if later:
                self._waiting[notification_id] = later
            while len(self._waiting) > REMEMBERED:
                del self._waiting[next(iter(self._waiting))]

    def _said(self, refused: Refused) -> str:
        lines = (f"{words.printable(name, 80)} ({code} {self._words(text)})" for name, (code, text) in refused.items())
        return words.printable("; ".join(lines), 400)

    def _words(self, said: bytes | str) -> str:
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        return words.printable(" ".join(self._scrubber.text(text).split()), 120)


def server_of(text: str) -> tuple[str, int]:
    """Host and port of `host:port`, `[::1]:port` or `host` (then 587); raises `ConfigurationError`."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, "587"
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ConfigurationError("`smtp` of a channel is not `host:port`", hint="write `smtp: mail.example.com:587`")
    return host.removeprefix("[").removesuffix("]"), int(port)


def compose(notification: Notification, options: EmailOptions) -> EmailMessage:
    """The mail. Its headers come from printable text, so no line of a target becomes a header."""
    message = notification.message
    mail = EmailMessage(policy=SEVEN_BIT)
    mail["Subject"] = wording.title(message)
    mail["From"], mail["To"] = options.sender, ", ".join(options.to)
    mail["Date"] = notification.created_at
    thread = f"<{message.incident_id}@{DOMAIN}>"
    if notification.occasion is Occasion.TRIGGER and notification.sequence == 0:
        mail["Message-ID"] = thread
    else:
        mail["Message-ID"] = f"<{notification.id}@{DOMAIN}>"
        mail["References"] = mail["In-Reply-To"] = thread
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
    mail.set_content(wording.plain(message))
    html = _templates.get_template("mail.html").render(
        title=wording.title(message),
        facts=wording.facts(message),
        reasons=wording.reasons(message),
        resolved=message.occasion is Occasion.RESOLVE,
    )
    mail.add_alternative(html, subtype="html")
    return mail


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({words.printable(error.verify_message, 120)})"
    names: dict[type[Exception], str] = {ConnectionRefusedError: "connection refused", TimeoutError: "it took too long"}
    return names.get(type(error), type(error).__name__)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
