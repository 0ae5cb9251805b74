"""Builds and joins the rooms: the daemon, one-off runs, reports.

Admission rule: construction and wiring, and `clock.py`, the only reader of the wall clock and the only source of
randomness. What a part does belongs into its own room.
"""
