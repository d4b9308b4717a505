"""Whom records are about: keyed codes, and the extracts that they stand in."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0007"

DIGEST = sa.LargeBinary(32)
KEY = sa.LargeBinary(16)
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables of the subject index."""
    op.create_table(
        "subject_extracts",
        sa.Column("shard_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("extract", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("profile", DIGEST, nullable=False),
        sa.Column("contract", TEXT, nullable=False),
        sa.Column("key_id", TEXT, nullable=False),
        sa.Column("nameless", sa.BigInteger, nullable=False),
        sa.Column("unlisted", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("shard_id", "extract", name="pk_subject_extracts"),
    )
    op.create_index("ix_subject_extracts_digest", "subject_extracts", ["digest"])
    op.create_table(
        "subjects",
        sa.Column("code", KEY, nullable=False),
        sa.Column("shard_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("extract", sa.Integer, nullable=False),
        sa.Column("accepted", sa.BigInteger, nullable=False),
        sa.Column("refused", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("code", "shard_id", "line", name="pk_subjects"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Raise RuntimeError: nobody could say any more which patients a loss touches."""
    raise RuntimeError("there is no way back behind the subject index")
