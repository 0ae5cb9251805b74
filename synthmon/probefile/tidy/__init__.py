"""A probe file laid out as the documentation does it, with the same meaning and every comment.

Admission rule: from the text of a file to another text of it. What would change a value or lose a comment is not done;
ruamel.yaml, which is slow to load, is imported in `emit` and nowhere else.
"""
