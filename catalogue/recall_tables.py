"""The tables of recalls: what was withdrawn, and what deliveries had handed out by then."""

import sqlalchemy as sa

from catalogue.columns import DigestColumn, Text, Time
from catalogue.tables import metadata

__all__ = ["delivered", "metadata", "recalled", "recalls"]

# One act of withdrawal; `cause` is the decision that it rests on.
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
