"""The parts of a report as JSON, one file a section, named like its template in `templates/sections`.

Admission rule: functions from a report (or a probe and its report) to keys and values: figures unrounded, null where
there is none, instants with their offset, durations in seconds.
"""
