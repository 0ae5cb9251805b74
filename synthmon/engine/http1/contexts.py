"""How TLS is spoken over our own sockets: whom we trust, from which version on, and what we offer. Loaded by the first
exchange that needs it.
"""

from __future__ import annotations

import ssl
import threading
from functools import lru_cache

from synthmon.engine.route import Secured
from synthmon.engine.trusted import looked_at

OFFERED = ["h2", "http/1.1"]
_CIPHERS = "DEFAULT:@SECLEVEL=2"  # as OpenSSL has them, and as libcurl takes them
_VERSIONS = {None: ssl.TLSVersion.TLSv1_2, "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_making = threading.Lock()
"""To read a bundle takes tens of milliseconds, and what many threads read at once, all but one would throw away."""


def context_for(tls: Secured, ca_file: str) -> ssl.SSLContext:
    """One for all connections of a kind. Raises `OSError` where the authorities cannot be read."""
    bundle = None if tls.authorities is not None else (ca_file, *looked_at(ca_file))
    with _making:
        return _context(tls.authorities, bundle, tls.min_version)


@lru_cache(maxsize=32)  # a bundle of authorities takes a megabyte
def _context(texts: str | None, bundle: tuple[str, int, int] | None, version: str | None) -> ssl.SSLContext:
    """`bundle`: a file, and how it was when it was read, so that another one is read anew."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = _VERSIONS[version]
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_COMPRESSION
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # whoever ends without a goodbye may not have ended at all
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # whoever trusts one in the middle trusts what is below it
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(OFFERED)
    context.load_verify_locations(cafile=None if bundle is None else bundle[0], cadata=texts)
    return context
