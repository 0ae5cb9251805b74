"""What the centre remembers: runs, missed slots, beliefs, incidents, notifications owed, probe versions.

Admission rule: SQL and its conversions. Nothing here judges, alerts or renders; every public method is one transaction.
"""
