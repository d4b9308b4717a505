"""Registered people: a name, a role and a key of their own."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import insert_all
from catalogue.times import to_microseconds
from custody.errors import UsageError
from custody.look_alikes import reads_as
from custody.people import Person, Role


def add(connection: sa.Connection, person: Person, at: datetime) -> None:
    """Register a person.

    Raises:
        UsageError: the name or the key is registered already; one key is one person.
    """
    columns = tables.people.c
    same = sa.or_(columns.name == person.name, columns.public_key == person.public_key)
    if connection.execute(sa.select(columns.name).where(same)).first() is not None:
        raise _known()
    row = {
        "name": person.name,
        "role": person.role.value,
        "public_key": person.public_key,
        "added_at": to_microseconds(at),
    }
    insert_all(connection, tables.people, [row])


def check_new(connection: sa.Connection, person: Person) -> None:
    """Return when neither the name nor the key of a person is registered.

    Names that look alike are one name: nobody who reads a certificate tells them apart. What a
    ledger already holds is not asked again.

    Raises:
        UsageError: one of them is; one key is one person.
    """
    name = reads_as(person.name)
    for known in all_people(connection):
        if known.name == person.name or known.public_key == person.public_key:
            raise _known()
        if reads_as(known.name) == name:
            raise UsageError(
                f"{person.name} looks like {known.name}, who is registered already",
                next_step="register the person under another name",
            )


def _known() -> UsageError:
    return UsageError(
        "this name or this key is registered already",
        next_step="see `autoclave people list`; a second person needs a key of their own",
    )


def get(connection: sa.Connection, name: str) -> Person | None:
    """Return a person."""
    statement = sa.select(tables.people).where(tables.people.c.name == name)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _person(row)


def all_people(connection: sa.Connection) -> list[Person]:
    """Return everyone, by name."""
    statement = sa.select(tables.people).order_by(tables.people.c.name)
    return [_person(row) for row in connection.execute(statement)]


def revoke(connection: sa.Connection, name: str, at: datetime) -> None:
    """Say that a person's key counts no more.

    Raises:
        RuntimeError: there is no such person, or it counts no more already.
    """
    columns = tables.people.c
    changed = connection.execute(
        sa.update(tables.people)
        .where(columns.name == name, columns.revoked_at.is_(None))
        .values(revoked_at=to_microseconds(at))
    ).rowcount
    if changed != 1:
        raise RuntimeError("only a key that counts is revoked")


def who_decide(connection: sa.Connection) -> list[Person]:
    """Return those whose role may decide, by name.

    Who was revoked is among them: a home that once had two never lets one alone register again.
    """
    return [person for person in all_people(connection) if person.may_decide]


def _person(row: sa.Row[Any]) -> Person:
    return Person(
        name=row.name,
        role=Role(row.role),
        public_key=row.public_key,
        revoked=row.revoked_at is not None,
    )
