"""What rules about names said of one name with one content; silence is no answer here either."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import tables
from catalogue.findings import finding_of, to_rows
from catalogue.statements import in_batches, insert_all, insert_new_tuples
from custody.digest import Digest
from custody.finding import Finding

NameAndContent = tuple[bytes, Digest]
MARK = ("name_key", "digest", "profile", "shard_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedNameFindings:
    """What the rules about names found for one name with one content."""

    name_key: bytes
    digest: Digest
    findings: tuple[Finding, ...]
    detail_lines: tuple[int | None, ...] | None = None


def known(
    connection: sa.Connection, names: Iterable[NameAndContent], profile: Digest
) -> dict[NameAndContent, tuple[Finding, ...]]:
    """Return what a profile's rules about names said of those names that they have judged."""
    columns, mark = tables.findings.c, tables.name_inspections.c
    found: dict[NameAndContent, tuple[Finding, ...]] = {}
    for batch in in_batches(names):
        wanted = set(batch)
        digests = [digest for _, digest in wanted]
        marks = sa.select(mark.name_key, mark.digest).where(
            mark.name_key.in_([key for key, _ in wanted]), mark.profile == profile
        )
        for key, digest in connection.execute(marks):
            if (bytes(key), digest) in wanted:
                found[bytes(key), digest] = ()
        rows = sa.select(tables.findings).where(
            columns.digest.in_(digests), columns.profile == profile, columns.name_key.is_not(None)
        )
        for row in connection.execute(rows.order_by(columns.finding_id)):
            name = (bytes(row.name_key), row.digest)
            if name in found:
                found[name] += (finding_of(row),)
    return found


def record(
    connection: sa.Connection,
    profile: Digest,
    shard_id: int,
    recorded: Sequence[RecordedNameFindings],
) -> None:
    """Keep what rules about names found, also when that is nothing; what is known stays.

    Raises:
        ValueError: the lines do not fit the findings.
    """
    offered = {(new.name_key, new.digest): new for new in recorded}
    telling = [name for name, new in offered.items() if new.findings]
    judged = known(connection, telling, profile)
    fresh = [offered[name] for name in telling if name not in judged]
    judging = bytes.fromhex(profile)
    marks = [(key, bytes.fromhex(digest), judging, shard_id) for key, digest in offered]
    insert_new_tuples(connection, tables.name_inspections, MARK, marks)
    rows = []
    for new in fresh:
        about = {"digest": new.digest, "profile": profile, "name_key": new.name_key}
        rows += to_rows(about, new.findings, shard_id, new.detail_lines)
    insert_all(connection, tables.findings, rows)
