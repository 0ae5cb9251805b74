"""What a browser calls itself, as people know it."""

from __future__ import annotations

# The first that fits: nearly every browser also names those whose pages it wants to be given.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("HeadlessChrome/", "headless Chrome"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def known_as(said: str) -> str:
    """`Firefox on Linux`; its own words where they are none of these."""
    browser, system = (next((name for sign, name in signs if sign in said), None) for signs in (_BROWSERS, _SYSTEMS))
    if browser is None:
        return said[:40] or "–"
    return f"{browser} on {system}" if system else browser
