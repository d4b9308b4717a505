"""Recalls, and what deliveries held."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"

DIGEST = sa.LargeBinary(32)
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables of recalls anew: until now nothing was ever written into the one there."""
    op.drop_table("recalls")
    op.create_table(
        "recalls",
        sa.Column("recall_id", TEXT, nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("manifest", DIGEST, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("done_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("recall_id", name="pk_recalls"),
    )
    op.create_index("ix_recalls_cause", "recalls", ["cause"])
    op.create_table(
        "recalled",
        sa.Column("recall_id", TEXT, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("recall_id", "digest", name="pk_recalled"),
    )
    op.create_index("ix_recalled_digest", "recalled", ["digest"])
    op.create_table(
        "delivered",
        sa.Column("delivery_id", TEXT, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "digest", name="pk_delivered"),
    )
    op.create_index("ix_delivered_digest", "delivered", ["digest"])


def downgrade() -> None:
    """Raise RuntimeError: what was recalled would be forgotten, and let in again."""
    raise RuntimeError("there is no way back behind recalls")
