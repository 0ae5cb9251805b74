"""Journey in, run result out: rendering, the wire, assertions, captures, authentication.

Admission rule: what happens between a run's start and its result. `client` and `transport` are the only door to the
target's network. Token cache, secrets and clock are ports handed in; nothing here knows schedules, stores or people.
"""
