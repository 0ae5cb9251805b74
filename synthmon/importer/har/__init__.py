"""Recordings of a browser (HTTP Archive 1.2) -> one probe that does what was recorded.

Admission rule: which exchanges matter, and what of an answer comes back in a later request.
"""
