"""The store's ground in a file.

Admission rule: what is true of SQLite alone: connections, faults, how its file is made, locked and trusted again.
"""
