"""What every table of ours is known by: the revision of the schema, and how constraints are spelt."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData

SCHEMA = "0019"
"""The revision this version reads and writes. Revisions are four digits and grow: older and newer can be told apart."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite gives numbers by itself only to a column that is spelt INTEGER PRIMARY KEY.
NUMBER = BigInteger().with_variant(Integer, "sqlite")
