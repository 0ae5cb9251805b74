"""Workflows (Arazzo 1.0) with the OpenAPI documents beside them -> one probe for each workflow.

Admission rule: what a workflow says of its steps, inputs, outputs and criteria. Jumps are not made, nothing is fetched.
"""
