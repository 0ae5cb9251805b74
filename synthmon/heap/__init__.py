"""Python's collector of cycles, kept away from what it would look through for nothing.

Admission rule: what is told to the collector and to the C library's memory, for the whole process. What takes the
room is a matter of whoever makes it.
"""
