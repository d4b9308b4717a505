"""What re-scans propose to recall, until a person confirms it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"

DIGEST = sa.LargeBinary(32)
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table of proposals."""
    op.create_table(
        "proposed",
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("rescan_id", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_proposed"),
    )


def downgrade() -> None:
    """Raise RuntimeError: what waits for a person would be delivered."""
    raise RuntimeError("there is no way back behind proposals")
