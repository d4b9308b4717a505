"""The orders of what is held: the console walks it page by page, however much there is."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0011"

HELD = sa.text("stage IN ('held', 'recalled')")
INDEXES = (
    ["entry_id", "inventory_id", "verdict", "service"],
    ["reason", "entry_id"],
    ["directory_key", "entry_id"],
)


def upgrade() -> None:
    """Make the indexes."""
    for columns in INDEXES:
        name = f"ix_entries_{'_'.join(columns)}"
        op.create_index(name, "entries", columns, sqlite_where=HELD, postgresql_where=HELD)


def downgrade() -> None:
    """Remove the indexes."""
    for columns in INDEXES:
        op.drop_index(f"ix_entries_{'_'.join(columns)}", "entries")
