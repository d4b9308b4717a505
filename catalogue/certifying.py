"""The numbers of a readiness certificate: fates by source, coverage, and exceptions that spoke."""

from collections.abc import Collection

import sqlalchemy as sa

from catalogue import exceptions, tables
from catalogue.restore_tables import restore_members
from custody.digest import Digest
from custody.exception import AnyException
from custody.fate import STAGE_FATES, Fate
from custody.lifecycle import Stage


def fates(connection: sa.Connection, inventory_id: int, service: str) -> dict[Fate | None, int]:
    """Return how many entries of an inventory end in each fate; None is unexplained."""
    columns = tables.entries.c
    statement = (
        sa.select(columns.stage, sa.func.count())
        .where(columns.inventory_id == inventory_id)
        .group_by(columns.stage)
    )
    if service:
        statement = statement.where(columns.service == service)
    found: dict[Fate | None, int] = {}
    for stage, count in connection.execute(statement):
        fate = STAGE_FATES.get(Stage(stage))
        found[fate] = found.get(fate, 0) + count
    return found


def coverages(connection: sa.Connection, set_id: str) -> list[tuple[str, str, str, int]]:
    """Return what was not scanned whole in a set: scanner, outcome, how, number of contents."""
    outcome, member = tables.outcomes.c, restore_members.c
    by = (outcome.scanner, outcome.outcome, outcome.coverage, outcome.reason)
    statement = (
        sa.select(*by, sa.func.count(outcome.digest.distinct()))
        .join(restore_members, member.digest == outcome.digest)
        .where(
            member.set_id == set_id,
            sa.or_(outcome.coverage.is_(None), outcome.coverage != "whole"),
        )
        .group_by(*by)
        .order_by(*by)
    )
    return [
        (row[0], row[1], row[2] or row[3] or "", row[4]) for row in connection.execute(statement)
    ]


def exceptions_on(
    connection: sa.Connection, digests: Collection[Digest]
) -> list[tuple[str, AnyException]]:
    """Return the waivers that were granted on some contents, by their ids, oldest first."""
    return [
        (stored.exception_id, stored.exception)
        for stored in exceptions.all_exceptions(connection)
        if getattr(stored.exception, "digest", None) in digests
    ]
