import pytest
from sqlalchemy.dialects import sqlite

from catalogue import tables
from catalogue.columns import DigestColumn
from custody.digest import digest_of

NAMED = {"path", "name", "filename", "directory", "detail", "patient"}


def test_a_digest_is_32_bytes_inside_and_comes_back():
    """The database keeps the bytes, we see the text."""
    column, dialect = DigestColumn(), sqlite.dialect()
    digest = digest_of(b"x")

    inside = column.process_bind_param(digest, dialect)

    assert bytes.fromhex(digest) == inside
    assert digest == column.process_result_value(inside, dialect)
    assert column.process_bind_param(None, dialect) is None
    assert column.process_result_value(None, dialect) is None


@pytest.mark.parametrize("table", ["entries", "findings", "outcomes", "groups", "artefacts"])
def test_no_table_about_content_has_a_column_for_names(table):
    """Names from hostile disks, and details that may hold them, have no place in these tables."""
    assert set() == NAMED & {column.name for column in tables.metadata.tables[table].columns}


def test_every_table_has_a_key():
    """No row is without a way to name it."""
    assert [] == [t.name for t in tables.metadata.sorted_tables if not t.primary_key.columns]
