"""Restore sets with their signatures, what cases are, and references of what is expected."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"

DIGEST = sa.LargeBinary(32)
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables of restore sets anew: nothing was ever written into the one there."""
    op.add_column("cases", sa.Column("cut_off_at", sa.BigInteger))
    op.add_column("sources", sa.Column("volume", TEXT))
    op.add_column("sources", sa.Column("decryptor", TEXT))
    op.add_column("people", sa.Column("revoked_at", sa.BigInteger))
    op.drop_table("restore_sets")
    op.create_table(
        "restore_sets",
        *(sa.Column(name, TEXT, nullable=False) for name in ("set_id", "case_id", "kind")),
        sa.Column("service", TEXT, nullable=False),
        *(sa.Column(name, DIGEST, nullable=False) for name in ("document", "manifest")),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("files", "bytes")),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("at", "until")),
        sa.Column("opened_at", sa.BigInteger),
        sa.Column("certificate", DIGEST),
        sa.Column("countersign_by", sa.BigInteger),
        sa.PrimaryKeyConstraint("set_id", name="pk_restore_sets"),
    )
    op.create_table(
        "restore_members",
        sa.Column("set_id", TEXT, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.PrimaryKeyConstraint("set_id", "digest", name="pk_restore_members"),
    )
    op.create_index("ix_restore_members_digest", "restore_members", ["digest"])
    op.create_table(
        "restore_signatures",
        *(sa.Column(name, TEXT, nullable=False) for name in ("set_id", "person", "role")),
        *(sa.Column(n, TEXT, nullable=False) for n in ("public_key", "reason", "signature")),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("set_id", "person", name="pk_restore_signatures"),
    )
    op.create_table(
        "expected",
        *(sa.Column(n, TEXT, nullable=False) for n in ("reference_id", "case_id", "host")),
        sa.Column("volume", TEXT, nullable=False),
        sa.Column("paths", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.JSON, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("reference_id", name="pk_expected"),
    )


def downgrade() -> None:
    """Raise RuntimeError: who signed what would be forgotten."""
    raise RuntimeError("there is no way back behind restore sets")
