"""Numbers: how many entries stand where, and how much of them was taken."""

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import in_batches
from custody.artefact import Derivation
from custody.digest import Digest
from custody.entry import EXPECTED_REASONS, NotTakenReason
from custody.lifecycle import Stage


def stages(connection: sa.Connection, run_id: str) -> dict[Stage, int]:
    """Return how many entries of a run stand at each stage."""
    column = tables.entries.c.stage
    return {Stage(value): count for value, count in _counts(connection, run_id, column)}


def stages_by_source(connection: sa.Connection, run_id: str) -> dict[str, dict[Stage, int]]:
    """Return how many entries of each source of a run stand at each stage."""
    source, stage = tables.inventories.c.source_id, tables.entries.c.stage
    found: dict[str, dict[Stage, int]] = {}
    for source_id, value, count in connection.execute(_grouped(run_id, source, stage)):
        found.setdefault(source_id, {})[Stage(value)] = count
    return found


def verdicts(connection: sa.Connection, run_id: str) -> dict[str, int]:
    """Return how many entries of a run have each verdict; those without one are not counted."""
    column = tables.entries.c.verdict
    return {value: n for value, n in _counts(connection, run_id, column) if value is not None}


def not_taken(connection: sa.Connection, run_id: str) -> dict[NotTakenReason, int]:
    """Return how many entries of a run were not taken, by reason."""
    columns = tables.entries.c
    statement = _grouped(run_id, columns.reason).where(columns.stage == Stage.NOT_TAKEN.value)
    return {NotTakenReason(value): count for value, count in connection.execute(statement)}


def unjudged(connection: sa.Connection, inventories: Iterable[int]) -> int:
    """Return how many entries nobody looked into: excluded, or with content that was not taken."""
    columns = tables.entries.c
    expected = [reason.value for reason in EXPECTED_REASONS]
    missed = sa.or_(
        columns.stage == Stage.EXCLUDED.value,
        sa.and_(columns.stage == Stage.NOT_TAKEN.value, columns.reason.not_in(expected)),
    )
    return sum(
        connection.execute(
            sa.select(sa.func.count()).where(columns.inventory_id.in_(some), missed)
        ).scalar_one()
        for some in in_batches(inventories)
    )


def superseded(connection: sa.Connection, run_id: str) -> int:
    """Return how many contents stand for others in a run, each once."""
    columns = tables.entries.c
    statement = (
        sa.select(sa.func.count(columns.superseded_by.distinct()))
        .select_from(tables.inventories.join(tables.entries, _same_inventory()))
        .where(tables.inventories.c.run_id == run_id, columns.stage == Stage.SUPERSEDED.value)
    )
    return int(connection.execute(statement).scalar_one())


def disarmed(connection: sa.Connection, run_id: str) -> int:
    """Return how many of those are disarmed copies, each once."""
    columns, made = tables.entries.c, tables.expansions.c
    statement = (
        sa.select(sa.func.count(columns.superseded_by.distinct()))
        .select_from(tables.inventories.join(tables.entries, _same_inventory()))
        .where(
            tables.inventories.c.run_id == run_id,
            columns.stage == Stage.SUPERSEDED.value,
            sa.exists().where(
                made.digest == columns.digest,
                made.derived == columns.superseded_by,
                made.how == Derivation.DISARMED.value,
            ),
        )
    )
    return int(connection.execute(statement).scalar_one())


def taken_size(connection: sa.Connection, run_id: str) -> int:
    """Return the bytes of the entries of a run whose content was taken."""
    columns = tables.entries.c
    statement = (
        sa.select(sa.func.coalesce(sa.func.sum(columns.size), 0))
        .select_from(tables.inventories.join(tables.entries, _same_inventory()))
        .where(tables.inventories.c.run_id == run_id, columns.digest.is_not(None))
    )
    return int(connection.execute(statement).scalar_one())


def of_content(connection: sa.Connection, digest: Digest, inventories: Collection[int]) -> int:
    """Return how many entries of some inventories have a content."""
    columns = tables.entries.c
    statement = sa.select(sa.func.count()).where(
        columns.digest == digest, columns.inventory_id.in_(inventories)
    )
    return int(connection.execute(statement).scalar_one())


def _same_inventory() -> sa.ColumnElement[bool]:
    return tables.entries.c.inventory_id == tables.inventories.c.inventory_id


def _grouped(run_id: str, *by: sa.Column[Any]) -> sa.Select[Any]:
    return (
        sa.select(*by, sa.func.count())
        .select_from(tables.inventories.join(tables.entries, _same_inventory()))
        .where(tables.inventories.c.run_id == run_id)
        .group_by(*by)
    )


def _counts(
    connection: sa.Connection, run_id: str, by: sa.Column[Any]
) -> list[tuple[str | None, int]]:
    return [(value, count) for value, count in connection.execute(_grouped(run_id, by))]
