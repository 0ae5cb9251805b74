"""The parts of a report as plain text, one file a section, named like its template in `templates/sections`.

Admission rule: functions from a report (or a probe and its report) to lines. What every form says is in `wording`.
"""
