"""Everything else that apprise reaches: Telegram, ntfy, Matrix, Teams and some hundred and seventy more."""

from __future__ import annotations

import logging

import apprise
from pydantic import Field

from synthmon.alerting import bounded, wording
from synthmon.alerting.context import ChannelContext
from synthmon.alerting.options import Options
from synthmon.errors import DeliveryError
from synthmon.model.incident import Notification, Occasion

# apprise's log names addresses that it cannot read, urllib3's every path: both hold the token, at whatever level.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
logging.getLogger("urllib3").setLevel(logging.WARNING)

_TYPES = {
    Occasion.RESOLVE: apprise.NotifyType.SUCCESS,
    Occasion.ACKNOWLEDGE: apprise.NotifyType.INFO,
    Occasion.TEST: apprise.NotifyType.INFO,
}


class AppriseOptions(Options):
    """One address in apprise's form."""

    url: str = Field(description="apprise's address, such as `${{ secrets.… }}`: it usually holds a token.")


class Apprise:
    """apprise answers true or false and logs the rest; false is a failure that is tried again."""

    def __init__(self, name: str, options: AppriseOptions, context: ChannelContext) -> None:
        self.name = name
        self._apprise = apprise.Apprise()
        self._known = self._apprise.add(context.fill(options.url))

    def send(self, notification: Notification) -> str:
        if not self._known:
            raise DeliveryError("apprise does not know this kind of address", permanent=True)
        done = bounded.within(lambda: self._notify(notification))
        # None: nothing to notify; False: at least one did not take it. Why is in apprise's log only.
        if not done:
            raise DeliveryError("apprise could not deliver it")
        return "accepted"

    def _notify(self, notification: Notification) -> bool:
        message = notification.message
        done = self._apprise.notify(
            title=wording.title(message),
            body=wording.body(message),
            notify_type=_TYPES.get(notification.occasion, apprise.NotifyType.FAILURE),
            body_format=apprise.NotifyFormat.TEXT,
        )
        return bool(done)
