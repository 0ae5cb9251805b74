"""E-mail against a real server on loopback: what arrives, in whose dress, and every way of being refused."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import AuthResult

from synthmon.alerting.mail import server_of
from synthmon.alerting.registry import CHANNEL_OPTIONS, build_channel
from synthmon.errors import ConfigurationError, DeliveryError
from synthmon.model.incident import Occasion
from tests.alerting.offices import Office
from tests.alerting.receivers import HOSTILE, SECRETS, Receiver, Reply, context, notification

Start = Callable[..., Office]


@pytest.fixture
def office() -> Iterator[Start]:
    opened: list[Office] = []

    def start(*arguments: Any, **options: Any) -> Office:
        opened.append(Office(*arguments, **options))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def mail(port: int, to: tuple[str, ...] = ("oncall@example.com",), **options: Any) -> Any:
    settings = {"to": list(to), "smtp": f"127.0.0.1:{port}", "from": "synthmon@example.com", **options}
    return build_channel("email", "mail", CHANNEL_OPTIONS["email"].model_validate(settings), context())


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(made)
    return made


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def check_password(_server: Any, _session: Any, _envelope: Any, mechanism: str, data: Any) -> AuthResult:
    known = data.login == b"synthmon" and data.password == SECRETS["mail_password"].encode()
    return AuthResult(success=known, handled=known)  # not handled: the server says 535 itself


def test_a_mail_says_everything_as_text_and_as_html(office: Start) -> None:
    there = office()
    told = notification()
    assert "accepted" == mail(there.port, ("a@example.com", "b@example.com")).send(told)

    assert [("synthmon@example.com", ("a@example.com", "b@example.com"), False)] == there.envelopes
    (arrived,) = there.mails
    assert 'checkout is down: step "Pay" answered 500, expected 201 [eu-west]' == arrived["subject"]
    assert ("auto-generated", f"<{told.incident_id}@synthmon.invalid>") == (
        arrived["auto-submitted"],
        arrived["message-id"],
    )
    assert "Mon, 02 Mar 2026 12:01:06 +0000" == arrived["date"]
    text, html = arrived.get_body(("plain",)), arrived.get_body(("html",))
    assert text is not None
    assert html is not None
    for part in (text.get_content(), html.get_content()):
        assert "Customer can buy something (checkout)" in part
        assert "eu-west (judged on 1 of 3 regions)" in part
        assert "2026-03-02 12:00:00 UTC" in part
        assert told.message.link in part
    assert f'<a href="{told.message.runbook}">' in html.get_content()


def test_the_mails_of_an_incident_are_one_thread(office: Start) -> None:
    there = office()
    channel = mail(there.port)
    channel.send(notification())
    channel.send(notification(sequence=1))
    channel.send(notification(Occasion.RESOLVE))
    first, second, third = there.mails
    assert [first["message-id"]] * 4 == [
        second["references"],
        second["in-reply-to"],
        third["references"],
        third["in-reply-to"],
    ]
    assert 3 == len({first["message-id"], second["message-id"], third["message-id"]})


def test_the_same_notification_sent_again_is_the_same_mail(office: Start) -> None:
    there = office()
    for _ in range(2):
        mail(there.port).send(notification(Occasion.RESOLVE))
    first, second = there.mails
    assert first["message-id"] == second["message-id"]


def test_what_a_target_sent_becomes_neither_header_nor_markup(office: Start) -> None:
    there = office()
    mail(there.port).send(notification(title=HOSTILE, cause=HOSTILE, actual=HOSTILE, runbook="javascript:alert(1)"))
    (arrived,) = there.mails
    assert (None, ("oncall@example.com",)) == (arrived["bcc"], there.envelopes[0][1])
    html = arrived.get_body(("html",))
    assert html is not None
    shown = html.get_content()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert 'href="javascript:' not in shown


def test_a_mail_is_seven_bit_whatever_is_in_it(office: Start) -> None:
    there = office()
    mail(there.port).send(notification(owner="Ärzte – 医者", probe_title="Größe"))
    (arrived,) = there.mails
    assert "Ärzte – 医者" in arrived.get_body(("plain",)).get_content()  # type: ignore[union-attr] # it has one
    assert {"quoted-printable", "base64", "7bit"} >= {
        str(part["content-transfer-encoding"]) for part in arrived.iter_parts()
    }


def test_a_server_that_offers_tls_is_spoken_to_in_tls(office: Start, tls: ssl.SSLContext, bundle: str) -> None:
    there = office(tls_context=tls)
    mail(there.port, ca_file=bundle).send(notification())
    assert there.envelopes[0][2]


def test_a_password_is_given_only_in_tls_and_opens_the_door(office: Start, tls: ssl.SSLContext, bundle: str) -> None:
    there = office(tls_context=tls, require_starttls=True, auth_required=True, authenticator=check_password)
    channel = mail(there.port, ca_file=bundle, username="synthmon", password="${{ secrets.mail_password }}")
    assert "accepted" == channel.send(notification())
    assert there.envelopes[0][2]
    assert SECRETS["mail_password"] not in there.mails[0].as_string()


def test_a_wrong_password_is_refused_for_good_and_not_repeated(office: Start, tls: ssl.SSLContext, bundle: str) -> None:
    there = office(tls_context=tls, auth_required=True, authenticator=check_password)
    channel = mail(there.port, ca_file=bundle, username="nobody", password="${{ secrets.mail_password }}")
    with pytest.raises(DeliveryError, match="the mail server answered 535") as caught:
        channel.send(notification())
    assert caught.value.permanent
    assert SECRETS["mail_password"] not in str(caught.value)


def test_where_tls_was_stripped_no_password_and_no_mail_goes_out(office: Start) -> None:
    there = office(auth_require_tls=False, authenticator=check_password)
    channel = mail(there.port, username="synthmon", password="${{ secrets.mail_password }}")
    with pytest.raises(DeliveryError, match="offers no TLS") as caught:
        channel.send(notification())
    assert (False, []) == (caught.value.permanent, there.mails)


def test_a_server_nobody_vouches_for_gets_nothing(office: Start, tls: ssl.SSLContext) -> None:
    there = office(tls_context=tls)
    with pytest.raises(DeliveryError, match="its certificate is not trusted") as caught:
        mail(there.port).send(notification())
    assert (False, []) == (caught.value.permanent, there.mails)


def test_a_greylisting_server_is_tried_again(office: Start) -> None:
    there = office({"oncall@example.com": ["451 come back later"]})
    channel = mail(there.port)
    with pytest.raises(DeliveryError, match="451 come back later") as caught:
        channel.send(notification())
    assert not caught.value.permanent
    assert "accepted" == channel.send(notification())


def test_when_every_recipient_is_refused_for_good_it_is_for_good(office: Start) -> None:
    there = office({"a@example.com": ["550 unknown"], "b@example.com": ["553 no"]})
    with pytest.raises(DeliveryError, match="550 unknown") as caught:
        mail(there.port, ("a@example.com", "b@example.com")).send(notification())
    assert caught.value.permanent


def test_one_unknown_recipient_keeps_the_mail_from_no_other(office: Start) -> None:
    there = office({"gone@example.com": ["550 unknown"]})
    said = mail(there.port, ("gone@example.com", "b@example.com")).send(notification())
    assert "accepted, but refused for gone@example.com (550 unknown)" == said
    assert [("b@example.com",)] == [envelope[1] for envelope in there.envelopes]


def test_who_has_the_mail_does_not_get_it_again_while_another_is_greylisted(office: Start) -> None:
    there = office({"slow@example.com": ["451 later", "451 later"]})
    channel = mail(there.port, ("a@example.com", "slow@example.com"))
    for _ in range(2):
        with pytest.raises(DeliveryError, match=r"slow@example\.com") as caught:
            channel.send(notification())
        assert not caught.value.permanent
    assert "accepted" == channel.send(notification())
    assert [("a@example.com",), ("slow@example.com",)] == [envelope[1] for envelope in there.envelopes]


def test_one_greylisted_and_one_unknown_recipient_is_tried_again(office: Start) -> None:
    there = office({"gone@example.com": ["550 unknown"], "slow@example.com": ["451 later"]})
    channel = mail(there.port, ("gone@example.com", "slow@example.com"))
    with pytest.raises(DeliveryError) as caught:
        channel.send(notification())
    assert not caught.value.permanent
    assert "accepted" == channel.send(notification())
    assert [("slow@example.com",)] == [envelope[1] for envelope in there.envelopes]


@pytest.mark.parametrize(("answer", "permanent"), [("452 disk full", False), ("554 looks like spam", True)])
def test_a_server_that_refuses_the_mail_itself_says_whether_to_come_back(
    office: Start, answer: str, permanent: bool
) -> None:
    there = office(data=answer)
    with pytest.raises(DeliveryError, match=f"the mail server answered {answer[:3]}: {answer[4:]}") as caught:
        mail(there.port).send(notification())
    assert permanent == caught.value.permanent


@pytest.mark.usefixtures("impatient")
def test_a_server_that_never_greets_is_given_up_in_time(receiver: Callable[..., Receiver]) -> None:
    with pytest.raises(DeliveryError, match="did not answer within") as caught:
        mail(receiver(Reply(hang=True)).port).send(notification())  # it waits for us, as we wait for it
    assert not caught.value.permanent


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with pytest.raises(DeliveryError, match="connection refused") as caught:
        mail(1).send(notification())
    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("mail.example.com:2525", ("mail.example.com", 2525)),
        ("mail.example.com", ("mail.example.com", 587)),
        ("[::1]:2525", ("::1", 2525)),
        ("[::1]", ("::1", 587)),
    ],
)
def test_where_the_server_is_can_be_said_in_four_ways(text: str, server: tuple[str, int]) -> None:
    assert server == server_of(text)


@pytest.mark.parametrize("text", ["mail.example.com:smtp", ":25", "mail:0", "mail:99999"])
def test_what_is_no_server_is_refused_when_the_channel_is_built(text: str) -> None:
    with pytest.raises(ConfigurationError, match="`smtp` of a channel"):
        server_of(text)
