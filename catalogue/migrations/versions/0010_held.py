"""The index of what is held: the console groups it by reason, however much there is."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0009"

HELD = sa.text("stage IN ('held', 'recalled')")
COLUMNS = ["inventory_id", "verdict", "reason", "service"]


def upgrade() -> None:
    """Make the index."""
    name = "ix_entries_inventory_id_verdict_reason_service"
    op.create_index(name, "entries", COLUMNS, sqlite_where=HELD, postgresql_where=HELD)


def downgrade() -> None:
    """Remove the index."""
    op.drop_index("ix_entries_inventory_id_verdict_reason_service", "entries")
