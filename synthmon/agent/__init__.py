"""The loop of a region: what is due is walked, and each result is handed on until it is kept.

Admission rule: when runs start and stop, and how their results reach whoever keeps them. What a run does is the
engine's; what its result means is the judge's.
"""
