"""All tables of the catalogue together, wherever each is declared."""

from catalogue import (
    known_tables,
    ledger_tables,
    recall_tables,
    record_tables,
    restore_tables,
    subject_tables,
)
from catalogue.tables import metadata

__all__ = [
    "known_tables",
    "ledger_tables",
    "metadata",
    "recall_tables",
    "record_tables",
    "restore_tables",
    "subject_tables",
]
