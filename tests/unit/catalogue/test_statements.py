import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from catalogue import tables
from catalogue.statements import _insert, in_batches, is_postgresql


class Speaking:
    """A connection as far as it says which database it speaks to."""

    def __init__(self, dialect):
        self.dialect = dialect


@given(st.lists(st.integers()), st.integers(min_value=1, max_value=7))
def test_batches_hold_everything_once_and_in_order(values, size):
    """No value is lost or repeated, and no batch is empty or too large."""
    batches = list(in_batches(values, size))

    assert values == [value for batch in batches for value in batch]
    assert all(1 <= len(batch) <= size for batch in batches)


def test_do_nothing_is_written_in_the_words_of_each_database():
    """Both databases understand the insert that leaves known rows alone."""
    for dialect in (sqlite.dialect(), postgresql.dialect()):
        statement = _insert(Speaking(dialect), tables.sites).on_conflict_do_nothing()
        assert "ON CONFLICT DO NOTHING" in str(statement.compile(dialect=dialect))


def test_rows_are_locked_one_by_one_only_where_that_exists():
    """PostgreSQL skips rows that others claim; SQLite has one writer."""
    assert is_postgresql(Speaking(postgresql.dialect()))
    assert not is_postgresql(Speaking(sqlite.dialect()))


def test_every_table_can_be_made_on_postgresql():
    """No table needs what only SQLite has."""
    made = [
        str(sa.schema.CreateTable(table).compile(dialect=postgresql.dialect()))
        for table in tables.metadata.sorted_tables
    ]

    assert len(tables.metadata.tables) == len(made)
    assert all("CREATE TABLE" in statement for statement in made)


def test_row_numbers_are_wide_on_postgresql_and_own_on_sqlite():
    """A row number is BIGSERIAL there and the INTEGER key that SQLite counts here."""
    there = str(sa.schema.CreateTable(tables.entries).compile(dialect=postgresql.dialect()))
    here = str(sa.schema.CreateTable(tables.entries).compile(dialect=sqlite.dialect()))

    assert "entry_id BIGSERIAL" in there
    assert "entry_id INTEGER" in here
