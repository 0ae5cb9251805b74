"""Drawings as numbers for templates and pictures: the geometry of charts.

Admission rule: pure functions of plain figures. They give positions, labels and a sentence that says what the drawing
says; colours and patterns are the stylesheet's, tags are the macros' in `templates/charts.html`. Positions along are
per cent of the drawing, so that it fits a desk and a telephone; positions down are pixels.
"""

from synthmon.reports.charts.states import Strip, strip

__all__ = ["Strip", "strip"]
