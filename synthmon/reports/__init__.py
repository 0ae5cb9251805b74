"""What people read in the morning: figures from rows, and a page from figures.

Admission rule: `figures` is pure and is given rows; the rest puts figures into words, drawings and HTML. Nothing here
reads a database or a setting.
"""
