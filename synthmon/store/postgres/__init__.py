"""The store's ground on a PostgreSQL server, shared by every replica of the centre.

Admission rule: what is true of PostgreSQL alone: connections and their deadlines, faults, roles, partitions.
"""
