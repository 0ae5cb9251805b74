"""The nouns of synthmon: frozen values that every room may hold and none may change.

Admission rule: declarations, results and decisions as data. No input or output, no clock, no randomness, no library
but the standard one. A declaration never holds the state of a run.
"""
