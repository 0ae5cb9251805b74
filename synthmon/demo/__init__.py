"""The shop that `synthmon demo` watches: small, honest, in a process of its own, with faults to switch on.

Admission rule: what the demo needs and nothing that a real installation would. The shop knows nothing of synthmon; it
could have been written by anybody.
"""

from __future__ import annotations

from collections.abc import Mapping


def demo_secrets() -> Mapping[str, str]:
    """Name and value of the secrets that the demo's probes ask for. They open nothing but the demo's shop."""
    return {
        "shop_password": "correct-horse-battery",
        "partner_client_id": "synthmon-demo",
        "partner_client_secret": "s3cret-of-the-demo",
    }
