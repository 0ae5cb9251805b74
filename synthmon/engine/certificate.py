"""After a certificate was refused: a second handshake without verification, only to say whose it is and until when."""

from __future__ import annotations

import time
from dataclasses import replace

import httpx
import pycurl

from synthmon.model import words
from synthmon.model.run import Failure

PATIENCE = 2.0  # seconds
_SHOWN = {"Subject": "for", "Issuer": "from", "Start date": "valid from", "Expire date": "until"}


def describe_certificate(failure: Failure, url: httpx.URL, deadline: float) -> Failure:
    """The failure with the certificate's subject, issuer and dates; as it was if they cannot be had.

    Nothing is sent over the unverified connection.
    """
    remaining = min(PATIENCE, deadline - time.monotonic())
    if remaining <= 0.05:
        return failure
    handle = pycurl.Curl()
    try:
        for option, value in (
            (pycurl.URL, f"https://{url.netloc.decode('ascii')}/"),
            (pycurl.NOSIGNAL, 1),
            (pycurl.PROXY, ""),
            (pycurl.CONNECT_ONLY, 1),
            (pycurl.SSL_VERIFYPEER, 0),
            (pycurl.SSL_VERIFYHOST, 0),
            (pycurl.OPT_CERTINFO, 1),
            (pycurl.TIMEOUT_MS, int(remaining * 1000)),
        ):
            handle.setopt(option, value)
        handle.perform()
        chain = handle.getinfo(pycurl.INFO_CERTINFO)
    except pycurl.error:
        return failure
    finally:
        handle.close()
    fields = dict(chain[0]) if chain else {}
    said = [f"{label} {words.printable(fields[name], 120)}" for name, label in _SHOWN.items() if name in fields]
    return replace(failure, actual=", ".join(said) or None, expected="a certificate that this machine trusts")
