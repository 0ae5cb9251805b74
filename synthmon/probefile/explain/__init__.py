"""A probe in plain sentences that can be read aloud on call.

Admission rule: from a `Probe` to words. Everything that a file can say is told, with the defaults that were filled in;
secrets by their names. A sentence says what is done or what must be true, never how it is implemented.
"""
