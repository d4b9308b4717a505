import sys
import time
from importlib import import_module

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations

from catalogue import leases, schema, sources, tables
from catalogue.engine import Catalogue
from catalogue.postgresql import Server
from catalogue.shards import Step
from custody.errors import CatalogueError
from custody.source import LAST_WAVE
from tests.corpus import catalogue_rows as rows


@pytest.fixture
def migrated(catalogue_url):
    """A catalogue whose tables were all made by the migrations, beside any other."""
    url = sa.make_url(catalogue_url)
    if url.get_backend_name() == "sqlite":
        url = url.set(database=f"{url.database}.migrated")
    else:
        url = url.update_query_dict({"schema": f"{url.query['schema']}_migrated"})
    with Catalogue.open(url) as opened:
        with opened.write() as connection:
            for table in tables.metadata.tables:
                connection.exec_driver_sql(f"DROP TABLE {table}")
            connection.exec_driver_sql("DELETE FROM alembic_version")
        opened.migrate()
        yield opened
    if url.get_backend_name() != "sqlite":
        Server.at(url).drop()


INDEXES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%%alembic%%'",
    "postgresql": """
        SELECT indexname, replace(indexdef, current_schema() || '.', '') FROM pg_indexes
        WHERE schemaname = current_schema() AND indexname NOT LIKE '%%alembic%%'
        UNION ALL
        SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = current_schema()::regnamespace AND conname NOT LIKE '%%alembic%%'
    """,
}
COLUMNS = {
    "sqlite": "PRAGMA table_info({table})",
    "postgresql": """
        SELECT column_name, ordinal_position, data_type, collation_name, is_nullable,
            replace(column_default, current_schema() || '.', '')
        FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = '{table}'
        ORDER BY ordinal_position
    """,
}


def statements_of(catalogue):
    """What a database says about its own tables, keys and indexes."""
    with catalogue.read() as connection:
        rows = connection.exec_driver_sql(INDEXES[connection.dialect.name]).all()
        return {name: None if sql is None else " ".join(sql.split()) for name, sql in rows}


def columns_of(catalogue):
    """Every column of every table: name, type, whether it may be empty, place in the key."""
    with catalogue.read() as connection:
        ask = COLUMNS[connection.dialect.name]
        return {
            table: connection.exec_driver_sql(ask.format(table=table)).all()
            for table in tables.metadata.tables
        }


def test_the_migrations_make_exactly_the_tables_of_the_code(migrated):
    """Alembic finds no difference between a migrated database and `tables.py`."""
    with migrated.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, tables.metadata)

    assert [] == differences


def test_a_new_database_and_a_migrated_one_are_the_same(catalogue, migrated):
    """The short way for a new home makes the same columns, keys and indexes as the migrations."""
    fresh, moved = statements_of(catalogue), statements_of(migrated)

    assert columns_of(catalogue) == columns_of(migrated)
    assert len(fresh) > len(tables.metadata.tables)
    assert fresh.keys() == moved.keys()
    assert {n: s for n, s in fresh.items() if n.startswith(("ix_", "pk_", "uq_"))} == {
        n: s for n, s in moved.items() if n.startswith(("ix_", "pk_", "uq_"))
    }
    if "shards" in fresh:
        assert "AUTOINCREMENT" in fresh["shards"]
        assert "AUTOINCREMENT" in moved["shards"]


def test_the_head_of_the_migrations_is_the_version_of_the_code(migrated):
    """A migrated database stands at the version that the code stamps on a new one."""
    with migrated.read() as connection:
        assert schema.Standing.CURRENT is schema.standing(connection)


def test_migrating_a_current_catalogue_changes_nothing(catalogue):
    """A second migration is no migration."""
    before = statements_of(catalogue)

    catalogue.migrate()

    assert before == statements_of(catalogue)


def test_the_first_migration_cannot_be_undone(migrated):
    """There is no way down from the first version."""
    first = import_module("catalogue.migrations.versions.0001_first")

    with pytest.raises(RuntimeError, match="no version before"):
        first.downgrade()


@pytest.mark.parametrize(
    ("version", "reason"),
    [("9999", "newer version"), (None, "older version")],
)
def test_a_catalogue_of_another_version_is_refused(catalogue_url, version, reason):
    """A catalogue that another version made is neither used nor changed without being asked."""
    with Catalogue.open(catalogue_url) as opened, opened.write() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
        if version:
            connection.execute(sa.text("INSERT INTO alembic_version VALUES (:v)"), {"v": version})

    with pytest.raises(CatalogueError, match=reason) as raised:
        Catalogue.open(catalogue_url)

    assert raised.value.next_step


def test_a_newer_catalogue_is_not_migrated(catalogue):
    """Migrating never goes down to an older version."""
    with catalogue.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(CatalogueError, match="newer version"):
        catalogue.migrate()


def test_an_older_catalogue_is_migrated_when_that_is_asked_for(catalogue_url):
    """`migrate=True` brings an older catalogue up to date while it is opened."""
    with Catalogue.open(catalogue_url) as opened, opened.write() as connection:
        for table in tables.metadata.tables:
            connection.exec_driver_sql(f"DROP TABLE {table}")
        connection.exec_driver_sql("DELETE FROM alembic_version")

    with Catalogue.open(catalogue_url, migrate=True) as opened, opened.read() as connection:
        assert schema.Standing.CURRENT is schema.standing(connection)


def test_a_catalogue_from_before_the_waves_has_its_sources_in_none(migrated):
    """What stood in it is kept, comes last, and is leased as ever; and there is a way back."""
    later = ("0012_held_order", "0011_waves")
    with migrated.write() as connection:
        (shard_id,) = rows.shards_of(connection, [1])
        with Operations.context(MigrationContext.configure(connection)):
            for name in later:
                import_module(f"catalogue.migrations.versions.{name}").downgrade()
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0010'")

    migrated.migrate()

    with migrated.write() as connection:
        asked = {"run_id": "run-1", "step": Step.INSPECT, "owner": "anna"}
        lease = leases.claim(connection, now=rows.NOON, ttl=rows.MINUTE, **asked)
        assert LAST_WAVE == sources.get(connection, "pacs").wave
        assert (shard_id, LAST_WAVE) == (lease.shard_id, lease.wave)


def test_a_database_of_another_program_is_left_alone(tmp_path):
    """Nothing is added to a database that holds somebody else's tables."""
    path = tmp_path / "other.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE ledger (row INTEGER)")
    engine.dispose()

    with pytest.raises(CatalogueError, match="another program"):
        Catalogue.open(path)


def test_opening_a_new_home_does_not_wait_for_alembic(tmp_path):
    """A new catalogue is made without importing Alembic anew, in a fraction of a second."""
    loaded = {name for name in sys.modules if name.startswith("alembic")}
    started = time.process_time()

    Catalogue.open(tmp_path / "c.db").close()

    assert loaded == {name for name in sys.modules if name.startswith("alembic")}
    assert time.process_time() - started < 2
