"""What only a catalogue on a server has: other machines, a network, a password, other sessions."""

import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from catalogue import cases, erasure, leases, ledger_tables, tables
from catalogue.engine import Catalogue, database_at
from catalogue.postgresql import Server, lock_number
from catalogue.shards import Step
from catalogue.statements import insert_tuples
from custody.errors import CatalogueError
from tests.corpus.catalogue_rows import NOON, shards_of


@pytest.fixture
def catalogue(server_url):
    """A new catalogue on a server."""
    with Catalogue.open(server_url) as opened:
        yield opened


@pytest.fixture
def other(server_url, catalogue):
    """The same catalogue as another machine has it open; the fixture before it has made it."""
    with Catalogue.open(server_url, busy_seconds=0.2) as opened:
        opened._lock = type(opened._lock)()  # another process shares no lock of this one
        yield opened


def test_every_session_syncs_and_keeps_to_its_schema(catalogue, server_url):
    """What a commit promises does not depend on how the server was set up."""
    with catalogue.read() as connection:
        shown = [
            connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in ("synchronous_commit", "search_path", "transaction_isolation")
        ]

    assert ["on", server_url.rpartition("=")[2], "repeatable read"] == shown


def test_a_writer_elsewhere_is_waited_for_and_then_said(catalogue, other):
    """Two machines never write at once; who waits too long is told to wait."""
    with catalogue.write(), pytest.raises(CatalogueError, match="locked") as raised, other.write():
        pass

    assert "wait" in raised.value.next_step
    with other.write() as connection:
        cases.open_case(connection, "vivalia", "attack", NOON)


def test_a_lease_is_taken_beside_a_writer_and_a_reader(catalogue, other):
    """Who commits a large step keeps nobody from renewing a lease."""
    with catalogue.write() as connection:
        shards_of(connection, [3])
    with catalogue.write() as writing, other.write_rows() as connection:
        cases.open_case(writing, "vivalia", "attack", NOON)
        run_id = connection.execute(sa.select(tables.shards.c.run_id)).scalars().first()
        assert claimed(connection, run_id) is not None


def claimed(connection, run_id, owner="one"):
    """Lease a shard."""
    return leases.claim(
        connection,
        run_id=run_id,
        step=Step.INSPECT,
        owner=owner,
        now=NOON,
        ttl=timedelta(minutes=1),
    )


def test_many_claim_at_once_and_no_shard_is_leased_twice(catalogue):
    """Claims that overlap skip each other's rows: nobody waits, and each shard has one owner."""
    with catalogue.write() as connection:
        shards_of(connection, [1] * 40)
        run_id = connection.execute(sa.select(tables.shards.c.run_id)).scalars().first()
    found, gate = [], threading.Barrier(4)

    def work(owner):
        gate.wait()
        while True:
            with catalogue.write_rows() as connection:
                lease = claimed(connection, run_id, owner)
                time.sleep(0.002)
            if lease is None:
                return
            found.append((lease.shard_id, lease.epoch))

    threads = [threading.Thread(target=work, args=(f"owner {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 40 == len(found) == len(set(found))
    assert {1} == {epoch for _, epoch in found}


def test_two_open_claims_have_two_shards(catalogue, other):
    """A claim that is not committed yet is passed over, not waited for."""
    with catalogue.write() as connection:
        shards_of(connection, [1, 1])
        run_id = connection.execute(sa.select(tables.shards.c.run_id)).scalars().first()
    with catalogue.write_rows() as one, other.write_rows() as two:
        first, second = claimed(one, run_id), claimed(two, run_id)
        assert first.shard_id != second.shard_id
        with catalogue.write_rows() as three:
            assert claimed(three, run_id) is None


def test_named_locks_keep_machines_apart(catalogue, other):
    """One holds alone or several together; who is turned away learns which lock it was."""
    with catalogue.holding(["source b"]), other.holding(["source a", "source b"], wait=False) as no:
        assert "source b" == no
    with (
        catalogue.holding(["work"], shared=True),
        other.holding(["work"], shared=True, wait=False) as together,
        catalogue.holding(["work"], wait=False) as alone,
    ):
        assert (None, "work") == (together, alone)
    with other.holding(["work", "source a"], wait=False) as free:
        assert free is None


def test_a_lock_that_the_server_took_away_is_not_held_in_silence(catalogue, shared_database):
    """A session that was cut has lost its locks: what was done under them is not believed."""
    with pytest.raises(CatalogueError), catalogue.holding(["sequencer"]):
        shared_database.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
            f"AND objid = {lock_number(catalogue._database.schema, 'sequencer') & 0xFFFFFFFF}"
        )


def test_catalogues_in_one_database_do_not_lock_each_other(catalogue, shared_database):
    """Locks belong to a schema."""
    url = f"{shared_database.full_url}?schema=another"
    with Catalogue.open(url) as another, catalogue.write(), another.write():
        pass
    Server.at(sa.make_url(url)).drop()


def test_rows_come_in_by_copy_as_they_are(catalogue):
    """Bytes, texts with every separator, and nothing at all survive the fastest way in."""
    hard = "tab\t, line\n, back\\slash, \\N, \\., «é» \U0001f9ea"
    rows = [(f"h{n}", text, n) for n, text in enumerate([hard, "", "\\N"])]
    with catalogue.write() as connection:
        insert_tuples(connection, tables.cases, ("case_id", "kind", "opened_at"), rows)
        insert_tuples(
            connection,
            ledger_tables.outbox,
            ("event_id", "body"),
            [("e", bytes(range(256))), ("f", b"")],
        )

    with catalogue.read() as connection:
        columns = tables.cases.c
        kinds = sa.select(columns.case_id, columns.kind, columns.opened_at, columns.intrusion_at)
        assert [(*r, None) for r in rows] == list(connection.execute(kinds).tuples())
        bodies = connection.execute(sa.select(ledger_tables.outbox.c.body)).scalars()
        assert [bytes(range(256)), b""] == list(map(bytes, bodies))


def test_a_row_that_is_refused_by_copy_is_an_error_of_ours(catalogue):
    """The second row of one key is named as a contradiction, without its values."""
    rows = [("Mme Secret", "attack", 1)] * 2
    with pytest.raises(CatalogueError, match="contradicts") as raised, catalogue.write() as writing:
        insert_tuples(writing, tables.cases, ("case_id", "kind", "opened_at"), rows)

    assert "Secret" not in str(raised.value)


def test_a_server_that_is_gone_is_said_and_found_again(postgres_server, catalogue):
    """While it is down every command is told so; when it is back the same catalogue goes on."""
    with catalogue.write() as connection:
        cases.open_case(connection, "vivalia", "attack", NOON)
    postgres_server.stop()
    try:
        with pytest.raises(CatalogueError, match="cannot be opened"), catalogue.read():
            pass
        with pytest.raises(CatalogueError, match="cannot be opened"):
            catalogue.holding(["work"]).__enter__()
    finally:
        postgres_server.start()

    with catalogue.read() as connection:
        assert cases.get(connection, "vivalia") is not None


def test_a_wrong_password_is_said_and_shown_nowhere(shared_database):
    """The error names neither the password nor the account, and no text of the server."""
    wrong = shared_database.full_url.replace(shared_database.password, "s3cr3t-and-wrong")

    with pytest.raises(CatalogueError, match="cannot be opened") as raised:
        Catalogue.open(wrong)

    assert "s3cr3t" not in str(raised.value) + repr(database_at(wrong))
    assert shared_database.user not in str(raised.value)


def test_a_database_that_would_change_texts_is_refused(postgres_server):
    """In another encoding a name would not come back as it was."""
    account = postgres_server.account()
    postgres_server.ask(f"DROP DATABASE {account.name}")
    postgres_server.ask(
        f"CREATE DATABASE {account.name} OWNER {account.user} ENCODING 'SQL_ASCII' "
        "LOCALE 'C' TEMPLATE template0"
    )
    try:
        with pytest.raises(CatalogueError, match="SQL_ASCII"):
            Catalogue.open(account.full_url)
    finally:
        postgres_server.drop(account)


def test_texts_are_ordered_by_their_bytes(catalogue):
    """As in a file, whatever language the server speaks."""
    names = ["a", "B", "é", "Z", "_", "ab"]
    with catalogue.write() as connection:
        connection.execute(tables.sites.insert(), [{"site": name} for name in names])
        ordered = connection.execute(sa.select(tables.sites.c.site).order_by("site")).scalars()

        assert sorted(names, key=str.encode) == list(ordered)


def test_rows_that_came_in_bulk_are_counted_and_answered_for_by_indexes(database):
    """Straight after, not when the server gets round to it."""
    with Catalogue.open(database.full_url) as catalogue:
        with catalogue.write() as connection:
            shards_of(connection, [1] * 40)
        catalogue.settle()
    known = database.ask(
        "SELECT reltuples::integer, relallvisible > 0 FROM pg_class "
        "WHERE oid = 'autoclave.shards'::regclass"
    )
    assert "40|t" == known.strip()


def test_without_amcheck_it_is_said_that_indexes_were_not_looked_at(database):
    """Nothing that was not checked counts as right."""
    with Catalogue.open(database.full_url) as catalogue, catalogue.read() as connection:
        assert "amcheck is not installed" in catalogue.unchecked(connection)
        assert [] == catalogue.integrity_faults(connection)
    database.ask("CREATE EXTENSION amcheck")

    with Catalogue.open(database.full_url) as catalogue, catalogue.read() as connection:
        assert "may not use" in catalogue.unchecked(connection)
    database.ask(f"GRANT EXECUTE ON FUNCTION bt_index_check(regclass, boolean) TO {database.user}")

    with Catalogue.open(database.full_url) as catalogue, catalogue.read() as connection:
        assert "" == catalogue.unchecked(connection)
        assert [] == catalogue.integrity_faults(connection)


def test_an_index_that_does_not_agree_with_its_table_is_found(database):
    """Queries believe the index; amcheck does not."""
    database.ask("CREATE EXTENSION amcheck")
    database.ask(f"GRANT EXECUTE ON FUNCTION bt_index_check(regclass, boolean) TO {database.user}")
    with Catalogue.open(database.full_url) as catalogue:
        with catalogue.write() as connection:
            cases.open_case(connection, "vivalia", "attack", NOON)
        # As if the row had never come into the index: it is not asked while a row is put there.
        index = "'autoclave.pk_cases'::regclass"
        database.ask(f"UPDATE pg_index SET indisready = false WHERE indexrelid = {index}")
        database.ask("INSERT INTO autoclave.cases VALUES ('dax', 'attack', 1)")
        database.ask(f"UPDATE pg_index SET indisready = true WHERE indexrelid = {index}")

        with catalogue.read() as connection:
            faults = catalogue.integrity_faults(connection)

    assert ["the index pk_cases and its table do not agree"] == faults


def test_a_scrub_waits_for_old_views_and_leaves_no_replaced_code(database, monkeypatch):
    """No file of a table holds an erased code; while somebody reads an old view it says so."""
    monkeypatch.setattr("catalogue.postgresql.SCRUB_SECONDS", 0.2)
    with Catalogue.open(database.full_url) as catalogue:
        with catalogue.write() as connection:
            shards_of(connection, [2])
            code = b"code of one name"
            own = tables.entries.c.entry_id == 1
            connection.execute(tables.entries.update().where(own).values(name_key=code))
        assert code in files_of(database)
        with catalogue.read() as reading:
            reading.execute(tables.entries.select()).first()
            with catalogue.write() as connection:
                assert 1 == erasure.replace_names(connection, [code])
            assert not catalogue.scrub()

        assert catalogue.scrub()

    assert code not in files_of(database)


def files_of(database):
    """All that the files of a database hold."""
    database.ask("CHECKPOINT")
    oid = database.ask(f"SELECT oid FROM pg_database WHERE datname = '{database.name}'")
    folder = database.server._folder / "data" / "base" / oid
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_one_schema_takes_the_place_of_another_at_once(server_url):
    """The new one has the old name, and nothing of the old one is left."""
    old = Server.at(sa.make_url(server_url))
    new = Server(old.url, f"{old.schema}_rebuilt")
    for server, case in ((old, "old"), (new, "new")):
        url = server.url.update_query_dict({"schema": server.schema})
        with Catalogue.open(url) as opened, opened.write() as connection:
            cases.open_case(connection, case, "attack", NOON)

    old.swap(new)

    with Catalogue.open(server_url) as opened, opened.read() as connection:
        assert [None, "new"] == [
            found and found.case_id for found in (cases.get(connection, n) for n in ("old", "new"))
        ]
