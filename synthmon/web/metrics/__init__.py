"""What Prometheus scrapes.

Admission rule: `counters` grow as things happen in this process, everything else is read when somebody scrapes, so that
nothing is told after a restart that is not so. A label holds what is declared, or one of a few words: never what a
target, an agent or a reader sent. What cannot be read is absent, not zero.
"""

from synthmon.web.metrics.registry import CONTENT_TYPE, Metrics

__all__ = ["CONTENT_TYPE", "Metrics"]
