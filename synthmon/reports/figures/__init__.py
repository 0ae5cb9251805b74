"""How time and runs are counted: rows in, figures out, no world in between.

Admission rule: pure functions of rows, periods and `as_of`. The same rows give the same figures, byte for byte.
"""
