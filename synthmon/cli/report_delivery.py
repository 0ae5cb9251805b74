"""`--archive` and `--send` of `synthmon report`: what the daemon does at its time, done now and by hand."""

from __future__ import annotations

import os
from functools import partial

import click

from synthmon.alerting.mail import Email, EmailOptions
from synthmon.app import clock
from synthmon.app.looking import Window
from synthmon.app.policy import channel_of
from synthmon.app.report_clerk import ClerkPorts, ReportClerk
from synthmon.app.report_letter import LetterWriter
from synthmon.app.report_post import SENDING_MAY_TAKE
from synthmon.app.secretsources import InstalledSecrets
from synthmon.errors import ConfigurationError, DeliveryError
from synthmon.language.suggest import did_you_mean
from synthmon.model.mailing import Mailing
from synthmon.model.quiet import Selection
from synthmon.nouns import dataclass
from synthmon.reports.archive import base_name
from synthmon.reports.figures.period import Period
from synthmon.reports.scope import Scope
from synthmon.settings.format import mail_address


@dataclass(frozen=True, slots=True)
class Post:
    """To whom, through which channel if one was named, as `html` or `text`."""

    to: tuple[str, ...]
    channel: str | None
    form: str


def scope_of(names: tuple[str, ...], tags: tuple[str, ...], owners: tuple[str, ...]) -> Scope:
    """What is kept and sent is about one probe, tag or owner at most, so that it has a name."""
    if len(names) + len(tags) + len(owners) > 1:
        raise click.UsageError("what is kept or sent is about all probes, or about one --probe, --tag or --owner")
    return Scope(Selection(next(iter(names), None), next(iter(tags), None), next(iter(owners), None)))


def keep(window: Window, period: Period, scope: Scope) -> str:
    """Keep it in the archive unless it is there as it is; what was done, in a line or two."""
    now = clock.now()
    if not period.closed(now):
        raise click.UsageError(f"{period.title} is not over: what is kept for ever is whole; leave --archive out")
    desk = window.desk()
    probes = {probe.name: probe for probe in window.loaded.probes}
    clerk = ReportClerk(ClerkPorts(desk, lambda: window.settings.reports.orders, lambda: probes, clock.now))
    edition, is_new = clerk.keep_again(period, scope, now)
    if edition is None:
        return f"no probe of {scope} was in force in {period.title}; nothing was kept"
    said = "kept" if is_new else "kept already, and nothing has changed"
    return f"{edition.subject}\n{desk.folder / str(edition.name)}.html ({said})"


def send(window: Window, period: Period, scope: Scope, post: Post) -> str:
    """Send it now, once; raises `ConfigurationError` where that cannot be done."""
    for address in post.to:
        _check(address)
    name = _channel(window, post.channel)
    channel = channel_of(window.settings, name, InstalledSecrets(os.environ, window.settings).lookup)
    assert isinstance(channel, Email)
    now, desk = clock.now(), window.desk()
    base = base_name(period, scope)
    about = (base, period.kind.value, period.start, period.end, scope.covers)
    mailing = Mailing(*about, name, post.form, post.to, post.to, now, now, now)
    probes = {probe.name: probe for probe in window.loaded.probes}
    writer = LetterWriter(desk, lambda: probes, lambda: window.settings.web.url, clock.now)
    try:
        refused = channel.post(writer(mailing, channel.sender), post.to, SENDING_MAY_TAKE)
    except DeliveryError as error:
        raise ConfigurationError(f"the report was not sent: {error}") from error
    lines = [f"refused for {address}: {why}" for address, why in refused.items()]
    return "\n".join([f"sent to {', '.join(one for one in post.to if one not in refused)} through {name}", *lines])


def _check(address: str) -> None:
    try:
        mail_address(address)
    except ValueError:
        raise click.BadParameter(f"{address!r} is not an e-mail address", param_hint="--send") from None


def _channel(window: Window, named: str | None) -> str:
    """The e-mail channel that is named, or the only one."""
    mail = [name for name, one in window.settings.channels.items() if isinstance(one.options, EmailOptions)]
    refuse = partial(click.BadParameter, param_hint="--channel")
    if named is not None and named not in mail:
        near = did_you_mean(named, mail)
        raise refuse(f"there is no e-mail channel {named!r}" + (f"; did you mean {near}?" if near else ""))
    if named is None and len(mail) != 1:
        there = f"name one of {', '.join(mail)}" if mail else "declare one under `channels:` in synthmon.yaml"
        raise refuse(there)
    return named or mail[0]
