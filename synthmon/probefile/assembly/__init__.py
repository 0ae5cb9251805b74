"""The meaning of a probe file: from models that have the right shape to a probe whose every reference is checked.

Admission rule: what needs another part of the file, another file or the installation to be judged. A module reads one
part of the file, reports what is wrong at its place, and goes on with the rest.
"""
