"""What a page complains of while somebody looks at it."""

from __future__ import annotations

from playwright.sync_api import Page


def listened(page: Page) -> list[str]:
    """What the page complains of from now on: errors, refusals by the policy, requests that failed or left."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    # An icon still on its way is given up when the next page is opened: that is no fault of the page.
    page.on(
        "requestfailed",
        lambda request: None if request.failure == "net::ERR_ABORTED" else said.append(f"failed: {request.url}"),
    )
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith(("http://127.0.0.1:", "file:")) else said.append(f"left: {request.url}")
        ),
    )
    return said
