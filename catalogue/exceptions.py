"""Exceptions as rows and back: every loosening that was ever granted, none of them removed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique
from typing import Any, assert_never

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import in_batches, insert_all
from catalogue.times import from_microseconds, to_microseconds
from custody.digest import Digest
from custody.exception import (
    AnyException,
    Derogation,
    Granted,
    NameWaiver,
    UnscannedWaiver,
    Waiver,
)
from custody.names import from_base64, to_base64


@unique
class ExceptionKind(Enum):
    """The four kinds, as rows name them."""

    WAIVER = "waiver"
    UNSCANNED_WAIVER = "unscanned-waiver"
    DEROGATION = "derogation"
    NAME_WAIVER = "name-waiver"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredException:
    """An exception and the number that it is known by."""

    exception_id: str
    exception: AnyException


def add(connection: sa.Connection, exception_id: str, exception: AnyException) -> None:
    """Store an exception."""
    granted = exception.granted
    row: dict[str, Any] = {
        "exception_id": exception_id,
        "digest": None,
        "scanner": "",
        "rule": "",
        "scope": {},
        "first_person": granted.people[0],
        "second_person": granted.people[1],
        "reason": granted.reason,
        "start": to_microseconds(granted.start),
        "end": to_microseconds(granted.end),
    }
    insert_all(connection, tables.exceptions, [row | _specific(exception)])


def candidates(
    connection: sa.Connection, digests: Iterable[Digest], now: datetime
) -> tuple[AnyException, ...]:
    """Return what holds now and may touch one of some contents.

    That is what was granted for these contents, and all that was granted for names and classes;
    `custody.exception.in_force` says which of it covers one entry.
    """
    columns = tables.exceptions.c
    moment = to_microseconds(now)
    holding = sa.select(tables.exceptions).where(columns.start <= moment, columns.end > moment)
    rows = list(connection.execute(holding.where(columns.digest.is_(None))))
    for batch in in_batches(digests):
        rows += connection.execute(holding.where(columns.digest.in_(batch)))
    return tuple(_exception(row) for row in rows)


def all_exceptions(connection: sa.Connection) -> list[StoredException]:
    """Return everything that was ever granted, oldest first."""
    columns = tables.exceptions.c
    statement = sa.select(tables.exceptions).order_by(columns.start, columns.exception_id)
    return [
        StoredException(exception_id=row.exception_id, exception=_exception(row))
        for row in connection.execute(statement)
    ]


def _specific(exception: AnyException) -> dict[str, Any]:
    match exception:
        case Waiver():
            return {
                "kind": ExceptionKind.WAIVER.value,
                "digest": exception.digest,
                "scanner": exception.scanner,
                "rule": exception.rule,
            }
        case UnscannedWaiver():
            return {
                "kind": ExceptionKind.UNSCANNED_WAIVER.value,
                "digest": exception.digest,
                "scanner": exception.scanner,
            }
        case Derogation():
            return {
                "kind": ExceptionKind.DEROGATION.value,
                "scanner": exception.scanner,
                "rule": exception.rule,
                "scope": {
                    "media_type": exception.media_type,
                    "path_prefix": to_base64(exception.path_prefix),
                    "service": exception.service,
                },
            }
        case NameWaiver():
            return {
                "kind": ExceptionKind.NAME_WAIVER.value,
                "rule": exception.rule,
                "scope": {"name_key": exception.name_key},
            }
        case _:
            assert_never(exception)


def _exception(row: sa.Row[Any]) -> AnyException:
    granted = Granted(
        people=(row.first_person, row.second_person),
        reason=row.reason,
        start=from_microseconds(row.start),
        end=from_microseconds(row.end),
    )
    match ExceptionKind(row.kind):
        case ExceptionKind.WAIVER:
            return Waiver(digest=row.digest, scanner=row.scanner, rule=row.rule, granted=granted)
        case ExceptionKind.UNSCANNED_WAIVER:
            return UnscannedWaiver(digest=row.digest, scanner=row.scanner, granted=granted)
        case ExceptionKind.DEROGATION:
            return Derogation(
                media_type=row.scope["media_type"],
                path_prefix=from_base64(row.scope["path_prefix"]),
                service=row.scope["service"],
                scanner=row.scanner,
                rule=row.rule,
                granted=granted,
            )
        case ExceptionKind.NAME_WAIVER:
            return NameWaiver(name_key=row.scope["name_key"], rule=row.rule, granted=granted)
