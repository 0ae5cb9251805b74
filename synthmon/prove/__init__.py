"""What a probe would not notice: one good run, replayed offline with one fault at a time.

Admission rule: faults of answers, where they apply, the replay, and the assertion that would notice each. It walks runs
through the engine and opens no socket; clock, chance and secrets are handed in. Recording and printing are elsewhere.
"""
