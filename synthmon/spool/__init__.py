"""What an agent remembers until the centre has it: results in the order in which they came, until they are durable.

Admission rule: one file, one connection, one door. What is sent, when and to whom is the agent's; what a result means
is nobody's business here.
"""

from synthmon.spool.file import Spool, SpoolState
from synthmon.spool.records import Record

__all__ = ["Record", "Spool", "SpoolState"]
