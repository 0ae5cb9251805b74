"""OpenAPI documents (3.0, 3.1) -> probes with a step for each operation.

Admission rule: what a document says of servers, operations, parameters, bodies, answers and security. References lead
to places of the document or to files beside it, never elsewhere.
"""
