"""What is in the clean zone, on which manifest, and what was recalled from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import in_batches, put
from catalogue.times import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
    to_microseconds_or_none,
)
from custody.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A content's object in the clean zone and the manifest whose receipt let it in."""

    digest: Digest
    key: str
    version: str
    run_id: str
    manifest: Digest
    promoted_at: datetime
    recalled_at: datetime | None = None


def known(connection: sa.Connection, digests: Iterable[Digest]) -> dict[Digest, Promotion]:
    """Return those of some contents that stand in the clean zone now; recalled ones do not."""
    columns = tables.promotions.c
    found: dict[Digest, Promotion] = {}
    for batch in in_batches(digests):
        statement = sa.select(tables.promotions).where(
            columns.digest.in_(batch), columns.recalled_at.is_(None)
        )
        found.update({row.digest: _promotion(row) for row in connection.execute(statement)})
    return found


def add(connection: sa.Connection, promoted: Sequence[Promotion]) -> None:
    """Store promotions. One that stands is left; a recalled content that returns stands again."""
    standing = known(connection, [new.digest for new in promoted])
    rows = [
        {
            "digest": new.digest,
            "key": new.key,
            "version": new.version,
            "run_id": new.run_id,
            "manifest": new.manifest,
            "promoted_at": to_microseconds(new.promoted_at),
            "recalled_at": to_microseconds_or_none(new.recalled_at),
        }
        for new in promoted
        if new.digest not in standing
    ]
    put(connection, tables.promotions, rows)


def get(connection: sa.Connection, digest: Digest) -> Promotion | None:
    """Return the last promotion of a content, recalled or not."""
    statement = sa.select(tables.promotions).where(tables.promotions.c.digest == digest)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _promotion(row)


def withdraw(connection: sa.Connection, digests: Iterable[Digest], at: datetime) -> None:
    """Say of those of some contents that stand in the clean zone that they do no more."""
    columns = tables.promotions.c
    for batch in in_batches(digests):
        connection.execute(
            sa.update(tables.promotions)
            .where(columns.digest.in_(batch), columns.recalled_at.is_(None))
            .values(recalled_at=to_microseconds(at))
        )


def _promotion(row: sa.Row[Any]) -> Promotion:
    return Promotion(
        digest=row.digest,
        key=row.key,
        version=row.version,
        run_id=row.run_id,
        manifest=row.manifest,
        promoted_at=from_microseconds(row.promoted_at),
        recalled_at=from_microseconds_or_none(row.recalled_at),
    )
