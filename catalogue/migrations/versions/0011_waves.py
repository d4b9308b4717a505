"""Waves: what of a hospital is recovered first, on its sources and on the shards of them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"

BEFORE = ["run_id", "step", "state"]
AFTER = [*BEFORE, "wave", "shard_id"]


def upgrade() -> None:
    """Put every source and shard into the last wave, and order the leases' index by waves."""
    for table in ("sources", "shards"):
        last = sa.text("99")
        op.add_column(table, sa.Column("wave", sa.Integer, nullable=False, server_default=last))
    op.drop_index("ix_shards_run_id_step_state", "shards")
    op.create_index("ix_shards_run_id_step_state_wave_shard_id", "shards", AFTER)


def downgrade() -> None:
    """Forget the waves."""
    op.drop_index("ix_shards_run_id_step_state_wave_shard_id", "shards")
    op.create_index("ix_shards_run_id_step_state", "shards", BEFORE)
    for table in ("sources", "shards"):
        op.drop_column(table, "wave")
