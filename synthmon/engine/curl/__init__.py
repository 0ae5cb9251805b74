"""Exchanges by libcurl: everything that is neither plain HTTP/1.1 nor known to be spoken so.

Admission rule: whoever needs libcurl stands here and nowhere else, so that its library is loaded by the first exchange
that needs it. Nothing outside imports this room but `engine.transport`, by name.
"""
