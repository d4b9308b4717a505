"""What re-scans propose to recall: it stands in the clean zone, and is not handed out meanwhile."""

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from catalogue import recall_tables
from catalogue.statements import in_batches, insert_all
from custody.digest import Digest


def replace(connection: sa.Connection, rescan_id: str, reasons: Mapping[Digest, str]) -> None:
    """Let a re-scan's proposal stand instead of all that was proposed before."""
    connection.execute(sa.delete(recall_tables.proposed))
    rows = [
        {"digest": digest, "rescan_id": rescan_id, "reason": reason}
        for digest, reason in reasons.items()
    ]
    insert_all(connection, recall_tables.proposed, rows)


def take(connection: sa.Connection, digests: Iterable[Digest]) -> None:
    """Forget the proposals about contents that were recalled."""
    columns = recall_tables.proposed.c
    for batch in in_batches(digests):
        connection.execute(sa.delete(recall_tables.proposed).where(columns.digest.in_(batch)))


def waiting(connection: sa.Connection) -> dict[Digest, str]:
    """Return every content whose recall waits for a person, with the reason."""
    columns = recall_tables.proposed.c
    return {
        row.digest: row.reason
        for row in connection.execute(sa.select(columns.digest, columns.reason))
    }


def among(connection: sa.Connection, digests: Iterable[Digest]) -> frozenset[Digest]:
    """Return which of some contents wait to be recalled."""
    columns = recall_tables.proposed.c
    found: set[Digest] = set()
    for batch in in_batches(digests):
        statement = sa.select(columns.digest).where(columns.digest.in_(batch))
        found.update(connection.execute(statement).scalars())
    return frozenset(found)


def count(connection: sa.Connection) -> int:
    """Return how many contents wait to be recalled."""
    statement = sa.select(sa.func.count()).select_from(recall_tables.proposed)
    return int(connection.execute(statement).scalar_one())
