"""Asking over plain loopback: reading all public authorities, as httpx does for each client, costs more than asking."""

from __future__ import annotations

import ssl

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody; http:// never asks it
