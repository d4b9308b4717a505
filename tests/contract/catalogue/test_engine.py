import stat
import threading

import pytest
import sqlalchemy as sa

from catalogue import cases
from catalogue.engine import Catalogue
from custody.errors import CatalogueError
from tests.corpus.catalogue_rows import NOON


def test_what_a_transaction_wrote_is_there_when_it_ends(catalogue):
    """A write is seen by the reads after it."""
    with catalogue.write() as connection:
        cases.open_case(connection, "vivalia", "attack", NOON)

    with catalogue.read() as connection:
        assert NOON == cases.get(connection, "vivalia").opened_at


def open_and_fail(connection):
    """Write something and raise an error that is nobody's but the caller's."""
    cases.open_case(connection, "vivalia", "attack", NOON)
    raise KeyError("late")


def test_a_transaction_that_raises_changes_nothing(catalogue):
    """Everything that a failed transaction did is undone, and its error is not dressed up."""
    with pytest.raises(KeyError), catalogue.write() as connection:
        open_and_fail(connection)

    with catalogue.read() as connection:
        assert cases.get(connection, "vivalia") is None


def test_a_read_is_a_view_of_one_moment(catalogue):
    """A write during a read neither waits for it nor shows in it."""
    with catalogue.read() as reading:
        assert cases.get(reading, "vivalia") is None
        with catalogue.write() as writing:
            cases.open_case(writing, "vivalia", "attack", NOON)
        assert cases.get(reading, "vivalia") is None


def test_a_read_cannot_write(catalogue):
    """A connection for reading refuses every change."""
    with pytest.raises(CatalogueError, match="read-only"), catalogue.read() as connection:
        cases.open_case(connection, "vivalia", "attack", NOON)


def test_a_connection_that_read_can_write_later(catalogue):
    """Reading leaves no mark on the pooled connection."""
    with catalogue.read() as connection:
        connection.execute(sa.text("SELECT 1"))
    with catalogue.write() as connection:
        cases.open_case(connection, "vivalia", "attack", NOON)


def test_a_write_inside_a_write_is_a_bug(catalogue):
    """A thread that would wait for itself is told so."""
    with (
        catalogue.write(),
        pytest.raises(RuntimeError, match="inside another"),
        catalogue.write(),
    ):
        pass


def test_writers_of_one_process_take_turns(catalogue_url):
    """Threads that write through several openings of one catalogue never meet a lock error."""
    failures = []

    def work(name):
        try:
            with Catalogue.open(catalogue_url) as own:
                for turn in range(20):
                    with own.write() as connection:
                        cases.open_case(connection, f"{name}-{turn}", "attack", NOON)
        except CatalogueError as error:
            failures.append(error)

    Catalogue.open(catalogue_url).close()
    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == failures
    with Catalogue.open(catalogue_url) as opened, opened.read() as connection:
        assert 80 == connection.execute(sa.text("SELECT count(*) FROM cases")).scalar_one()


def test_every_opening_has_the_journal_and_the_syncs_that_commits_rely_on(tmp_path):
    """SQLite writes ahead and syncs fully on every connection."""
    with Catalogue.open(tmp_path / "c.db") as catalogue, catalogue.read() as connection:
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()

    assert ("wal", 2) == (journal, synchronous)


def test_the_file_belongs_to_its_owner_only(tmp_path):
    """Nobody else on the machine reads the catalogue."""
    Catalogue.open(tmp_path / "c.db").close()

    assert 0o600 == stat.S_IMODE((tmp_path / "c.db").stat().st_mode)


def test_opening_a_known_catalogue_keeps_what_it_holds(tmp_path):
    """A path can be opened again, also where creation is refused."""
    with Catalogue.open(tmp_path / "c.db") as opened, opened.write() as connection:
        cases.open_case(connection, "vivalia", "attack", NOON)

    with Catalogue.open(tmp_path / "c.db", create=False) as again, again.read() as connection:
        assert cases.get(connection, "vivalia") is not None


def test_a_missing_catalogue_is_not_made_up(tmp_path):
    """Without `create` a wrong home is an error and stays empty."""
    with pytest.raises(CatalogueError, match="no catalogue"):
        Catalogue.open(tmp_path / "c.db", create=False)

    assert [] == list(tmp_path.iterdir())


def test_an_empty_file_is_no_catalogue(tmp_path):
    """A crash between making the file and its tables leaves what only `create` goes on with."""
    (tmp_path / "c.db").touch()

    with pytest.raises(CatalogueError, match="empty"):
        Catalogue.open(tmp_path / "c.db", create=False)

    Catalogue.open(tmp_path / "c.db").close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_catalogue_in_memory_is_refused(url):
    """What promises durability has to lie on a disk."""
    with pytest.raises(CatalogueError, match="forget"):
        Catalogue.open(url)
