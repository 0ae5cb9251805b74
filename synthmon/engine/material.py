"""What is kept of an exchange until it is known whether evidence of it will be wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthmon.nouns import dataclass

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class Material:
    """What evidence is made from: a request as it went out, and the answer if one came."""

    request: httpx.Request
    response: httpx.Response | None
