"""What the options of all kinds of channel have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """Options of a kind of channel: what is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
