"""What a probe file may say inside its values: expressions, templates, paths, patterns, operators, durations.

Admission rule: pure meaning of small texts. Each is compiled once, checked before it runs, bounded in its work, and
knows nothing of files, requests or clocks; time and chance come in as functions.
"""
