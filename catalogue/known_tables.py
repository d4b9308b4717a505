"""The table of known contents: which sets are deployed."""

import sqlalchemy as sa

from catalogue.columns import DigestColumn, Text, Time
from catalogue.tables import metadata

# Known-good digests, indicators and the official definitions of record formats; the sets
# themselves lie in the home, by their digests.
known_sets = sa.Table(
    "known_sets",
    metadata,
    sa.Column("kind", Text, primary_key=True),  # goodware | ioc | definitions
    sa.Column("name", Text, primary_key=True),
    sa.Column("digest", DigestColumn, primary_key=True),
    sa.Column("source", Text, nullable=False),
    sa.Column("tlp", Text, nullable=False),  # of indicators; else empty
    sa.Column("entries", sa.BigInteger, nullable=False),
    sa.Column("until", Time),
    sa.Column("added_at", Time, nullable=False),
    sa.Column("state", Text, nullable=False),  # deployed | replaced
)
