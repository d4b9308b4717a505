"""Carries what was said under one profile over to the next one, where no rule says otherwise.

Whoever is asked under the new profile later gets a whole answer: a run, a release, a judgement.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from catalogue import name_findings, record_tables, tables
from catalogue.inspections import judged
from catalogue.statements import in_batches, insert_all, insert_new
from catalogue.times import to_microseconds
from custody.digest import Digest

NameAndContent = tuple[bytes, Digest]


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """The two profiles, and in which shard and when the new one was used."""

    old: Digest
    new: Digest
    shard_id: int
    at: datetime


def contents(connection: sa.Connection, digests: Iterable[Digest], between: Between) -> None:
    """Carry over what was said of contents, their parts and their records; what is known stays."""
    wanted = set(digests)
    fresh = wanted - judged(connection, wanted, between.new)
    fixed: dict[str, Any] = {
        "profile": between.new,
        "shard_id": between.shard_id,
        "inspected_at": to_microseconds(between.at),
    }
    for batch in in_batches(sorted(fresh)):
        _copy(connection, tables.inspections, batch, between.old, fixed)
        profile = {"profile": between.new}
        beside = (record_tables.records, record_tables.reasons, tables.expansions, tables.outcomes)
        for table in beside:
            _copy(connection, table, batch, between.old, profile)
        rows = _findings(connection, batch, between.old)
        told = [_under(row, between.new) for row in rows if row.name_key is None]
        insert_all(connection, tables.findings, told)


def names(connection: sa.Connection, pairs: Sequence[NameAndContent], between: Between) -> None:
    """Carry over what was said of some names of contents; what is known stays."""
    fresh = set(pairs) - name_findings.known(connection, pairs, between.new).keys()
    marks = [
        {
            "name_key": name_key,
            "digest": digest,
            "profile": between.new,
            "shard_id": between.shard_id,
        }
        for name_key, digest in sorted(fresh)
    ]
    insert_new(connection, tables.name_inspections, marks)
    for batch in in_batches(sorted({digest for _, digest in fresh})):
        rows = _findings(connection, batch, between.old)
        named = [row for row in rows if row.name_key is not None]
        own = [row for row in named if (bytes(row.name_key), row.digest) in fresh]
        insert_all(connection, tables.findings, [_under(row, between.new) for row in own])


def _copy(
    connection: sa.Connection,
    table: sa.Table,
    digests: Sequence[Digest],
    old: Digest,
    fixed: dict[str, Any],
) -> None:
    """Copy rows of a table to another profile, but for those that are there."""
    new = table.alias()
    others = [c.name for c in table.primary_key.columns if c.name != "profile"]
    there = sa.exists().where(
        new.c.profile == fixed["profile"], *(new.c[n] == table.c[n] for n in others)
    )
    chosen = [sa.literal(fixed[c.name], c.type) if c.name in fixed else c for c in table.columns]
    statement = sa.select(*chosen).where(
        table.c.digest.in_(digests), table.c.profile == old, ~there
    )
    connection.execute(sa.insert(table).from_select([c.name for c in table.columns], statement))


def _findings(
    connection: sa.Connection, digests: Sequence[Digest], profile: Digest
) -> list[sa.Row[Any]]:
    columns = tables.findings.c
    statement = sa.select(tables.findings).where(
        columns.digest.in_(digests), columns.profile == profile
    )
    return list(connection.execute(statement.order_by(columns.finding_id)))


def _under(row: sa.Row[Any], profile: Digest) -> dict[str, Any]:
    columns = [column.name for column in tables.findings.columns if column.name != "finding_id"]
    return {name: getattr(row, name) for name in columns} | {"profile": profile}
