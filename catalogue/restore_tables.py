"""The tables of restore sets, of who signed them, and of what is expected back."""

import sqlalchemy as sa

from catalogue.columns import DigestColumn, Text, Time
from catalogue.tables import metadata

# `document` is the digest of what is signed, `manifest` the root over the lines of its files.
restore_sets = sa.Table(
    "restore_sets",
    metadata,
    sa.Column("set_id", Text, primary_key=True),
    sa.Column("case_id", Text, nullable=False),
    sa.Column("kind", Text, nullable=False),  # attack | failure, when it was sealed
    sa.Column("service", Text, nullable=False),
    sa.Column("document", DigestColumn, nullable=False),
    sa.Column("manifest", DigestColumn, nullable=False),
    sa.Column("files", sa.BigInteger, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("at", Time, nullable=False),
    sa.Column("until", Time, nullable=False),
    sa.Column("opened_at", Time),
    sa.Column("certificate", DigestColumn),
    # Opened by one signature for urgent care, to be countersigned by then.
    sa.Column("countersign_by", Time),
)
restore_members = sa.Table(
    "restore_members",
    metadata,
    sa.Column("set_id", Text, primary_key=True),
    sa.Column("digest", DigestColumn, primary_key=True),
    sa.Index(None, "digest"),
)
restore_signatures = sa.Table(
    "restore_signatures",
    metadata,
    sa.Column("set_id", Text, primary_key=True),
    sa.Column("person", Text, primary_key=True),
    sa.Column("role", Text, nullable=False),
    sa.Column("public_key", Text, nullable=False),
    sa.Column("reason", Text, nullable=False),
    sa.Column("signature", Text, nullable=False),
    sa.Column("at", Time, nullable=False),
)
# The paths of a reference lie encrypted, beside the names of its host.
expected = sa.Table(
    "expected",
    metadata,
    sa.Column("reference_id", Text, primary_key=True),
    sa.Column("case_id", Text, nullable=False),
    sa.Column("host", Text, nullable=False),
    sa.Column("volume", Text, nullable=False),
    sa.Column("paths", sa.BigInteger, nullable=False),
    sa.Column("sealed", sa.JSON, nullable=False),
    sa.Column("at", Time, nullable=False),
)
