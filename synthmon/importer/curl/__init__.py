"""Command lines of cURL -> a probe with a step for each.

Admission rule: how a shell and cURL read their words. Nothing is executed and no file that a command names is opened.
"""
