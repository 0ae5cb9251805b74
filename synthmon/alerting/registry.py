"""The kinds of channel. A new one is a file beside this and a line in the table.

Each is loaded when one of that kind is declared: a command that tells nobody anything waits for no mail or pager.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from synthmon.alerting.context import ChannelContext

if TYPE_CHECKING:
    from pydantic import BaseModel

    from synthmon.alerting.channel import Channel

# Kind -> module of this room, the channel's class, that of its options; None where it has none.
_KINDS: Mapping[str, tuple[str, str, str | None]] = {
    "console": ("console", "Console", None),
    "webhook": ("webhook", "Webhook", "WebhookOptions"),
    "slack": ("slack", "Slack", "SlackOptions"),
    "pagerduty": ("pagerduty", "PagerDuty", "PagerDutyOptions"),
    "alertmanager": ("alertmanager", "Alertmanager", "AlertmanagerOptions"),
    "jira_service_management": ("jsm", "JiraServiceManagement", "JiraServiceManagementOptions"),
    "teams": ("teams", "Teams", "TeamsOptions"),
    "ticket": ("ticket", "TicketChannel", "TicketOptions"),
    "email": ("mail", "Email", "EmailOptions"),
    "apprise": ("other", "Apprise", "AppriseOptions"),
}


class _Options(Mapping[str, "type[BaseModel]"]):
    """The model of each kind's options, by kind."""

    def __getitem__(self, kind: str) -> type[BaseModel]:
        module, _, options = _KINDS[kind]
        home, model = ("options", "Options") if options is None else (module, options)  # the first of which refuses any
        return cast("type[BaseModel]", getattr(_loaded(home), model))

    def __contains__(self, kind: object) -> bool:
        return kind in _KINDS

    def __iter__(self) -> Iterator[str]:
        return iter(_KINDS)

    def __len__(self) -> int:
        return len(_KINDS)


CHANNEL_OPTIONS: Mapping[str, type[BaseModel]] = _Options()


def build_channel(kind: str, name: str, options: BaseModel | None, context: ChannelContext) -> Channel:
    """A channel ready to send; raises `SecretUnavailable` when one of its secrets cannot be had.

    `options` are None for a kind that has none, where nobody declared it.
    """
    module, channel, _ = _KINDS[kind]
    make = cast("Callable[[str, Any, ChannelContext], Channel]", getattr(_loaded(module), channel))
    return make(name, options, context)


def _loaded(module: str) -> object:
    return import_module(f"synthmon.alerting.{module}")


__all__ = ["CHANNEL_OPTIONS", "ChannelContext", "build_channel"]
