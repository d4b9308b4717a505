"""Rule packs that were deployed; of each name one is, and none ever goes away."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import put
from catalogue.times import from_microseconds, to_microseconds
from custody.digest import Digest

DEPLOYED = "deployed"
REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePack:
    """A versioned set of rules, pinned by its digest; `dated` is the age that policy looks at."""

    name: str
    digest: Digest
    version: str
    licence: str
    rules: int
    dated: datetime
    added_at: datetime


def deploy(connection: sa.Connection, pack: RulePack) -> None:
    """Deploy a pack in place of the one of the same name; the old one is kept as replaced."""
    remove(connection, pack.name)
    row = {
        "name": pack.name,
        "digest": pack.digest,
        "version": pack.version,
        "licence": pack.licence,
        "rules": pack.rules,
        "dated": to_microseconds(pack.dated),
        "added_at": to_microseconds(pack.added_at),
        "state": DEPLOYED,
    }
    put(connection, tables.rule_packs, [row])


def remove(connection: sa.Connection, name: str) -> None:
    """Take the pack of a name out of force; it stays in the history as replaced, by none."""
    columns = tables.rule_packs.c
    connection.execute(
        sa.update(tables.rule_packs).where(columns.name == name).values(state=REPLACED)
    )


def deployed(connection: sa.Connection) -> list[RulePack]:
    """Return the packs that are deployed, by name."""
    columns = tables.rule_packs.c
    statement = sa.select(tables.rule_packs).where(columns.state == DEPLOYED)
    return [_pack(row) for row in connection.execute(statement.order_by(columns.name))]


def deployed_as(connection: sa.Connection, name: str) -> RulePack | None:
    """Return the pack that a name stands for."""
    return next((pack for pack in deployed(connection) if pack.name == name), None)


def hits(connection: sa.Connection) -> dict[str, int]:
    """Return in how many contents each rule of YARA found something, whatever judged them."""
    columns = tables.findings.c
    statement = (
        sa.select(columns.rule, sa.func.count(columns.digest.distinct()))
        .where(columns.scanner == "yara_rules")
        .group_by(columns.rule)
    )
    return {rule: int(count) for rule, count in connection.execute(statement)}


def history(connection: sa.Connection, name: str) -> list[RulePack]:
    """Return every pack that a name ever stood for, oldest first."""
    columns = tables.rule_packs.c
    statement = sa.select(tables.rule_packs).where(columns.name == name)
    rows = connection.execute(statement.order_by(columns.added_at, columns.digest))
    return [_pack(row) for row in rows]


def _pack(row: sa.Row[Any]) -> RulePack:
    return RulePack(
        name=row.name,
        digest=row.digest,
        version=row.version,
        licence=row.licence,
        rules=row.rules,
        dated=from_microseconds(row.dated),
        added_at=from_microseconds(row.added_at),
    )
