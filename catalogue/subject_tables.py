"""The tables of whom records are about: codes only; the identifiers lie encrypted elsewhere."""

import sqlalchemy as sa

from catalogue.columns import DigestColumn, Key, RowId, Text
from catalogue.tables import metadata

# An extract as one shard read it. `nameless` of its records name no patient; for `unlisted`
# identifiers there was no room; `key_id` tells which key its codes were made with.
extracts = sa.Table(
    "subject_extracts",
    metadata,
    sa.Column("shard_id", RowId, primary_key=True, autoincrement=False),
    sa.Column("extract", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("digest", DigestColumn, nullable=False, index=True),
    sa.Column("profile", DigestColumn, nullable=False),
    sa.Column("contract", Text, nullable=False),
    sa.Column("key_id", Text, nullable=False),
    sa.Column("nameless", sa.BigInteger, nullable=False),
    sa.Column("unlisted", sa.BigInteger, nullable=False),
)
# A second index would cost as much again as the rows: who leaves out a shard reads them all.
# One identifier in an extract; `line` is its place in the shard's encrypted object.
subjects = sa.Table(
    "subjects",
    metadata,
    sa.Column("code", Key, primary_key=True),
    sa.Column("shard_id", RowId, primary_key=True, autoincrement=False),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("extract", sa.Integer, nullable=False),
    sa.Column("accepted", sa.BigInteger, nullable=False),
    sa.Column("refused", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
