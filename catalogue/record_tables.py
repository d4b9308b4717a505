"""The tables of record validation: counts and reason codes; no value of any record stands here."""

import sqlalchemy as sa

from catalogue.columns import DigestColumn, Text
from catalogue.tables import metadata

# What schemas said of an extract; `contract` is empty where the content decides its schema.
records = sa.Table(
    "records",
    metadata,
    sa.Column("digest", DigestColumn, primary_key=True),
    sa.Column("profile", DigestColumn, primary_key=True),
    sa.Column("contract", Text, primary_key=True),
    sa.Column("schema", Text, nullable=False),
    sa.Column("read", sa.BigInteger, nullable=False),
    sa.Column("accepted", sa.BigInteger, nullable=False),
    sa.Column("refused", sa.BigInteger, nullable=False),
    sa.Column("flagged", sa.BigInteger, nullable=False),
    sa.Column("unread", Text, nullable=False),
)
reasons = sa.Table(
    "record_reasons",
    metadata,
    sa.Column("digest", DigestColumn, primary_key=True),
    sa.Column("profile", DigestColumn, primary_key=True),
    sa.Column("contract", Text, primary_key=True),
    sa.Column("code", Text, primary_key=True),
    sa.Column("refuses", sa.Boolean, primary_key=True),
    sa.Column("records", sa.BigInteger, nullable=False),
    sa.Column("whole", sa.Boolean, nullable=False),
)
