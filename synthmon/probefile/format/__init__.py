"""What a probe file may look like: one pydantic model per mapping, from which the published JSON Schema is made.

Admission rule: shapes and their descriptions. What has meaning only beside other parts of the file (references,
budgets against timeouts, files on disk) belongs to `build`.
"""
