"""The tables of re-scans and recalls: what was looked at again, and what was withdrawn for it."""

import sqlalchemy as sa

from catalogue.columns import DigestColumn, Text, Time
from catalogue.tables import metadata

__all__ = ["delivered", "metadata", "proposed", "recalled", "recalls", "rescanned", "rescans"]

rescans = sa.Table(
    "rescans",
    metadata,
    sa.Column("rescan_id", Text, primary_key=True),
    sa.Column("state", Text, nullable=False),  # running | done | failed
    sa.Column("policy", DigestColumn, nullable=False),
    sa.Column("profile", DigestColumn, nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("started_at", Time, nullable=False),
    sa.Column("ended_at", Time),
)
# A content that a re-scan had inspected anew; all others are said to be as they were.
rescanned = sa.Table(
    "rescanned",
    metadata,
    sa.Column("rescan_id", Text, primary_key=True),
    sa.Column("digest", DigestColumn, primary_key=True),
)
# What a re-scan condemned and a person has to confirm: all of what waits now, nothing older.
proposed = sa.Table(
    "proposed",
    metadata,
    sa.Column("digest", DigestColumn, primary_key=True),
    sa.Column("rescan_id", Text, nullable=False),
    sa.Column("reason", Text, nullable=False),
)
# One act of withdrawal; `cause` is the re-scan or the decision that it rests on.
recalls = sa.Table(
    "recalls",
    metadata,
    sa.Column("recall_id", Text, primary_key=True),
    sa.Column("cause", Text, nullable=False, index=True),
    sa.Column("manifest", DigestColumn, nullable=False),
    sa.Column("at", Time, nullable=False),
    # Until then objects may still stand in the clean zone.
    sa.Column("done_at", Time),
)
recalled = sa.Table(
    "recalled",
    metadata,
    sa.Column("recall_id", Text, primary_key=True),
    sa.Column("digest", DigestColumn, primary_key=True),
    sa.Column("reason", Text, nullable=False),
    sa.Index(None, "digest"),
)
# Which contents a delivery handed over: whoever recalls one names the delivery.
delivered = sa.Table(
    "delivered",
    metadata,
    sa.Column("delivery_id", Text, primary_key=True),
    sa.Column("digest", DigestColumn, primary_key=True),
    sa.Index(None, "digest"),
)
