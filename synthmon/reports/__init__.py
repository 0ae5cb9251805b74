"""What people read in the morning: figures from rows, and a page from figures.

Admission rule: `figures` is pure and is given rows; `archive` keeps files; the rest puts figures into words, drawings
and HTML. Nothing here reads a database or a setting. A section of a report is a template in `templates/sections`, lines
in `plain` and keys in `fields`, each listed once, in the order in which they are read: in `report.html` (or
`sections/probe.html`), `text` and `document`.
"""
