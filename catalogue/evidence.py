"""What an inventory's entries say about the directories that they stand in."""

from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import tables
from custody.digest import Digest
from custody.finding import FindingKind, Severity
from custody.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryEvidence:
    """Signs of an attack in one directory; times are those of its encrypted entries, in ns."""

    directory_key: bytes
    encrypted: int = 0
    notes: int = 0
    first_ns: int = 0
    last_ns: int = 0


def directories(
    connection: sa.Connection, inventory_id: int, profile: Digest
) -> dict[bytes, DirectoryEvidence]:
    """Return the directories of an inventory that hold encrypted entries or ransom notes."""
    notes = _notes(connection, inventory_id, profile)
    found = {key: DirectoryEvidence(directory_key=key, notes=n) for key, n in notes.items()}
    columns = tables.entries.c
    statement = (
        sa.select(
            columns.directory_key,
            sa.func.count(),
            sa.func.min(columns.mtime_ns),
            sa.func.max(columns.mtime_ns),
        )
        .where(columns.inventory_id == inventory_id, columns.verdict == Verdict.ENCRYPTED.value)
        .group_by(columns.directory_key)
    )
    for directory_key, encrypted, first_ns, last_ns in connection.execute(statement):
        key = bytes(directory_key)
        found[key] = DirectoryEvidence(
            directory_key=key,
            encrypted=encrypted,
            notes=notes.get(key, 0),
            first_ns=first_ns,
            last_ns=last_ns,
        )
    return found


def _notes(connection: sa.Connection, inventory_id: int, profile: Digest) -> dict[bytes, int]:
    columns, findings = tables.entries.c, tables.findings.c
    statement = (
        sa.select(columns.directory_key, sa.func.count(columns.entry_id.distinct()))
        .join_from(tables.entries, tables.findings, columns.digest == findings.digest)
        .where(
            columns.inventory_id == inventory_id,
            findings.profile == profile,
            findings.kind == FindingKind.RANSOM_NOTE.value,
            findings.severity != Severity.INFO.value,
            sa.or_(findings.name_key.is_(None), findings.name_key == columns.name_key),
        )
        .group_by(columns.directory_key)
    )
    return {bytes(key): count for key, count in connection.execute(statement)}
