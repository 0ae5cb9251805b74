"""Ticket systems: one small file each, which finds, opens, comments and closes.

Admission rule: the words and addresses of one system's public interface. What is done when is decided in
`alerting.ticket`, the same for all.
"""
