"""Profiles that judged something, so that a verdict's digest can be read back years later."""

import json
from datetime import datetime

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import insert_new
from catalogue.times import to_microseconds
from custody.digest import Digest
from custody.profile import Profile


def add(connection: sa.Connection, profile: Profile, at: datetime) -> None:
    """Store a profile; a known one stays."""
    row = {
        "digest": profile.digest,
        "content": profile.encode(),
        "first_used": to_microseconds(at),
    }
    insert_new(connection, tables.profiles, [row])


def get(connection: sa.Connection, digest: Digest) -> Profile | None:
    """Return a profile."""
    columns = tables.profiles.c
    statement = sa.select(columns.content).where(columns.digest == digest)
    content = connection.execute(statement).scalar()
    return None if content is None else Profile(**json.loads(bytes(content)))
