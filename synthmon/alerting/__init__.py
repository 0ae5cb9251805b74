"""Telling people: one small file per kind of channel, and the sender that works off what is owed.

Admission rule: how a notification is put into a receiver's words and protocol. A channel never queries anything: the
notification carries all it needs. A new channel starts as a copy of its nearest relative plus one line in `registry`.
"""
