"""Known-good digests and indicators: which sets are in force."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0002"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table of sets."""
    op.create_table(
        "known_sets",
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("tlp", TEXT, nullable=False),
        sa.Column("entries", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("added_at", sa.BigInteger, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", "digest", name="pk_known_sets"),
    )


def downgrade() -> None:
    """Raise RuntimeError: what a CERT warned of would be forgotten."""
    raise RuntimeError("there is no way back behind the sets of indicators")
