"""What entries say about each other: in one directory, and as the same content elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import in_batches
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


def condemned(
    connection: sa.Connection, digests: Iterable[Digest], inventory_ids: Iterable[int]
) -> frozenset[Digest]:
    """Return those of some contents that are malicious where they stand in some inventories."""
    columns = tables.entries.c
    elsewhere = columns.inventory_id.in_(list(inventory_ids))
    malicious = columns.verdict == Verdict.MALICIOUS.value
    found: set[Digest] = set()
    for batch in in_batches(digests):
        statement = sa.select(columns.digest).where(columns.digest.in_(batch), elsewhere, malicious)
        found.update(connection.execute(statement.distinct()).scalars())
    return frozenset(found)


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
