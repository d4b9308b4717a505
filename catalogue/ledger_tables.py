"""The tables of the ledger: what waits for a number, what has one, and where each log stands."""

import sqlalchemy as sa

from catalogue.columns import RowId, Text, Time
from catalogue.tables import metadata

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("row", RowId, primary_key=True, autoincrement=True),
    sa.Column("event_id", Text, nullable=False, unique=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
ledger_entries = sa.Table(
    "ledger_entries",
    metadata,
    sa.Column("origin", Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("event_id", Text, nullable=False, unique=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("leaf", sa.LargeBinary(32), nullable=False),
)
checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("origin", Text, primary_key=True),
    sa.Column("size", sa.BigInteger, primary_key=True),
    sa.Column("note", Text, nullable=False),
    sa.Column("published", sa.Boolean, nullable=False),
)
heads = sa.Table(
    "heads",
    metadata,
    sa.Column("origin", Text, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    sa.Column("opened_at", Time, nullable=False),
    sa.Column("closed_at", Time),
)
