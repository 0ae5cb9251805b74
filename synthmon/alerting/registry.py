"""The kinds of channel. A new one is a file beside this and a line in each of these tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from synthmon.alerting.alertmanager import Alertmanager, AlertmanagerOptions
from synthmon.alerting.channel import Channel
from synthmon.alerting.console import Console, ConsoleOptions
from synthmon.alerting.context import ChannelContext
from synthmon.alerting.jsm import JiraServiceManagement, JiraServiceManagementOptions
from synthmon.alerting.mail import Email, EmailOptions
from synthmon.alerting.other import Apprise, AppriseOptions
from synthmon.alerting.pagerduty import PagerDuty, PagerDutyOptions
from synthmon.alerting.slack import Slack, SlackOptions
from synthmon.alerting.teams import Teams, TeamsOptions
from synthmon.alerting.ticket import TicketChannel, TicketOptions
from synthmon.alerting.webhook import Webhook, WebhookOptions

CHANNEL_OPTIONS: Mapping[str, type[BaseModel]] = {
    "console": ConsoleOptions,
    "webhook": WebhookOptions,
    "slack": SlackOptions,
    "pagerduty": PagerDutyOptions,
    "alertmanager": AlertmanagerOptions,
    "jira_service_management": JiraServiceManagementOptions,
    "teams": TeamsOptions,
    "ticket": TicketOptions,
    "email": EmailOptions,
    "apprise": AppriseOptions,
}

_CHANNELS: Mapping[str, Callable[[str, Any, ChannelContext], Channel]] = {
    "console": Console,
    "webhook": Webhook,
    "slack": Slack,
    "pagerduty": PagerDuty,
    "alertmanager": Alertmanager,
    "jira_service_management": JiraServiceManagement,
    "teams": Teams,
    "ticket": TicketChannel,
    "email": Email,
    "apprise": Apprise,
}


def build_channel(kind: str, name: str, options: BaseModel, context: ChannelContext) -> Channel:
    """A channel ready to send; raises `SecretUnavailable` when one of its secrets cannot be had."""
    return _CHANNELS[kind](name, options, context)


__all__ = ["CHANNEL_OPTIONS", "ChannelContext", "build_channel"]
