"""Record validation in the main job: what schemas said, by reason code, and what supersedes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"

DIGEST = sa.LargeBinary(32)
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables of validations anew: until now nothing was ever written into them."""
    op.drop_table("records")
    op.create_table(
        "records",
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("profile", DIGEST, nullable=False),
        sa.Column("contract", TEXT, nullable=False),
        sa.Column("schema", TEXT, nullable=False),
        *(
            sa.Column(name, sa.BigInteger, nullable=False)
            for name in ("read", "accepted", "refused", "flagged")
        ),
        sa.Column("unread", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("digest", "profile", "contract", name="pk_records"),
    )
    op.create_table(
        "record_reasons",
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("profile", DIGEST, nullable=False),
        sa.Column("contract", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("refuses", sa.Boolean, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("whole", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint(
            *("digest", "profile", "contract", "code", "refuses"), name="pk_record_reasons"
        ),
    )
    op.add_column("entries", sa.Column("superseded_by", DIGEST))
    op.add_column("entries", sa.Column("contract", TEXT))


def downgrade() -> None:
    """Raise RuntimeError: what was validated would be forgotten, and promoted all the same."""
    raise RuntimeError("there is no way back behind the validation of records")
