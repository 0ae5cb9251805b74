"""Collections of Postman (2.0 and 2.1) -> one probe with a step for each request.

Admission rule: how a collection is put together and what its scripts say. No script is executed.
"""
