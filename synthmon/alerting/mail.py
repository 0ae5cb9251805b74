"""E-mail by SMTP, as text and as HTML; the mails of one incident make one thread."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Annotated

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import Field

from synthmon.alerting import wording
from synthmon.alerting.context import ChannelContext, Options
from synthmon.errors import DeliveryError
from synthmon.model import words
from synthmon.model.incident import Notification, Occasion

WITHIN = 8.0  # seconds for each answer of the server
DOMAIN = "synthmon.invalid"  # of message ids; it receives nothing
_templates = Environment(loader=PackageLoader("synthmon.alerting"), autoescape=True, undefined=StrictUndefined)


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
        host, _, port = context.fill(options.smtp).rpartition(":")
        self._host, self._port = (host, int(port)) if host and port.isdecimal() else (f"{host}{port}", 587)
        self._password = context.fill(options.password) if options.password else None

    def send(self, notification: Notification) -> str:
        mail = compose(notification, self._options)
        try:
            with self._connect() as server:
                refused = server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            raise _refused(error.recipients) from error
        except smtplib.SMTPResponseException as error:
            code, said = error.smtp_code, _words(error.smtp_error)
            raise DeliveryError(f"the mail server answered {code}: {said}", permanent=code >= 500) from error
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryError("the mail server offers no TLS, and without it nothing is sent") from error
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(f"the mail server was not reached: {type(error).__name__}") from error
        if refused:
            return f"accepted, but not for {', '.join(words.printable(name, 80) for name in refused)}"
        return "accepted"

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context(cafile=self._options.ca_file)
        if self._port == smtplib.SMTP_SSL_PORT:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=WITHIN, context=context)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=WITHIN)
            server.ehlo()
            if self._password is not None or not _is_loopback(self._host) or server.has_extn("starttls"):
                server.starttls(context=context)
        if self._password is not None:
            server.login(self._options.username or self._options.sender, self._password)
        return server


def compose(notification: Notification, options: EmailOptions) -> EmailMessage:
    """The mail. Its headers come from printable text, so no line of a target becomes a header."""
    message = notification.message
    mail = EmailMessage()
    mail["Subject"] = wording.title(message)
    mail["From"], mail["To"] = options.sender, ", ".join(options.to)
    thread = f"<{message.incident_id}@{DOMAIN}>"
    if notification.occasion is Occasion.TRIGGER and notification.sequence == 0:
        mail["Message-ID"] = thread
    else:
        mail["Message-ID"] = f"<{notification.id}@{DOMAIN}>"
        mail["References"] = mail["In-Reply-To"] = thread
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
    mail.set_content(wording.plain(message))
    html = _templates.get_template("mail.html").render(
        title=wording.title(message), facts=wording.facts(message), resolved=message.occasion is Occasion.RESOLVE
    )
    mail.add_alternative(html, subtype="html")
    return mail


def _refused(recipients: Mapping[str, tuple[int, bytes]]) -> DeliveryError:
    code = max(code for code, _ in recipients.values())
    said = "; ".join(f"{words.printable(name, 80)}: {code} {_words(text)}" for name, (code, text) in recipients.items())
    return DeliveryError(f"every recipient was refused: {said[:300]}", permanent=code >= 500)


def _words(said: bytes | str) -> str:
    return words.printable(said.decode("utf-8", "replace") if isinstance(said, bytes) else said, 120)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
