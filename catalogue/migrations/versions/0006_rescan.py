"""Re-scans, and what they said otherwise than before."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"

DIGEST = sa.LargeBinary(32)
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables of re-scans."""
    op.create_table(
        "rescans",
        sa.Column("rescan_id", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("policy", DIGEST, nullable=False),
        sa.Column("profile", DIGEST, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("rescan_id", name="pk_rescans"),
    )
    op.create_table(
        "rescanned",
        sa.Column("rescan_id", TEXT, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.PrimaryKeyConstraint("rescan_id", "digest", name="pk_rescanned"),
    )


def downgrade() -> None:
    """Raise RuntimeError: which contents later rules condemned would be forgotten."""
    raise RuntimeError("there is no way back behind re-scans")
