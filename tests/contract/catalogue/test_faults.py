import sqlite3

import pytest

from catalogue import cases
from catalogue.engine import Catalogue
from catalogue.faults import catalogue_error
from custody.errors import CatalogueError
from tests.corpus.catalogue_rows import NOON


def fill(connection, count):
    """Open many cases."""
    for number in range(count):
        cases.open_case(connection, f"case-{number}", "attack", NOON)


def test_a_full_disk_is_said_to_be_full(tmp_path):
    """A database that cannot grow is an error that asks for space."""
    catalogue = Catalogue.open(tmp_path / "c.db")
    with catalogue.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    with (
        pytest.raises(CatalogueError, match="no space is left") as raised,
        catalogue.write() as connection,
    ):
        fill(connection, 5000)

    assert "free space" in raised.value.next_step


def test_a_lock_of_another_process_is_said_to_be_one(tmp_path):
    """A writer elsewhere that does not end is an error that asks to wait."""
    path = tmp_path / "c.db"
    Catalogue.open(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with (
        Catalogue.open(path, busy_seconds=0.01) as opened,
        pytest.raises(CatalogueError, match="locked") as raised,
        opened.write(),
    ):
        pass
    other.close()

    assert "wait" in raised.value.next_step


def test_a_writer_elsewhere_does_not_stop_a_read(tmp_path):
    """Another process that writes is no reason to wait for `status`."""
    path = tmp_path / "c.db"
    Catalogue.open(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with Catalogue.open(path, busy_seconds=0.01) as opened, opened.read() as connection:
        assert cases.get(connection, "vivalia") is None
    other.close()


def test_a_read_only_volume_is_said_to_be_one(tmp_path):
    """A catalogue that may only be read is an error that asks for owner, mode and mount."""
    path = tmp_path / "c.db"
    Catalogue.open(path).close()
    reading = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError) as raised:
        reading.execute("INSERT INTO sites VALUES ('arlon')")
    reading.close()

    error = catalogue_error(raised.value)

    assert "read-only" in error.reason
    assert "mounted" in error.next_step


def test_a_damaged_file_is_said_to_be_damaged(tmp_path):
    """Bytes that are no database are an error that names the way to rebuild."""
    path = tmp_path / "c.db"
    path.write_bytes(b"\xa5" * 8192)

    with pytest.raises(CatalogueError, match="damaged") as raised:
        Catalogue.open(path)

    assert "rebuild" in raised.value.next_step


def test_a_damaged_page_is_said_to_be_damaged(tmp_path):
    """A database whose middle was overwritten is found out when it is read."""
    path = tmp_path / "c.db"
    with Catalogue.open(path) as opened, opened.write() as connection:
        fill(connection, 5000)
    content = bytearray(path.read_bytes())
    content[8192 * 2 :] = b"\xa5" * (len(content) - 8192 * 2)
    path.write_bytes(bytes(content))

    with (
        pytest.raises(CatalogueError, match="damaged"),
        Catalogue.open(path) as opened,
        opened.read() as connection,
    ):
        connection.exec_driver_sql("SELECT count(kind) FROM cases").all()


def test_a_place_that_cannot_be_opened_is_said_to_be_one(tmp_path):
    """A folder that is missing, or stands where the file should, is an error that asks to look."""
    (tmp_path / "folder").mkdir()

    for place in (tmp_path / "missing" / "c.db", tmp_path / "folder"):
        with pytest.raises(CatalogueError, match="cannot be opened") as raised:
            Catalogue.open(place)
        assert "check" in raised.value.next_step


def test_a_row_that_contradicts_another_is_said_to_be_one(catalogue):
    """A second row of one key is an error, and nothing of its transaction stays."""
    with pytest.raises(CatalogueError, match="contradicts"), catalogue.write() as connection:
        connection.exec_driver_sql("INSERT INTO sites VALUES ('arlon'), ('arlon')")

    with catalogue.read() as connection:
        assert [] == connection.exec_driver_sql("SELECT * FROM sites").all()


def test_a_statement_that_cannot_be_leaks_no_values(catalogue):
    """What a fault says holds neither the statement nor its values."""
    with pytest.raises(CatalogueError) as raised, catalogue.write() as connection:
        connection.exec_driver_sql("INSERT INTO nowhere VALUES ('Mme Secret')")

    assert "Secret" not in str(raised.value)
    assert "nowhere" not in str(raised.value)


def test_an_address_that_is_none_is_said_to_be_one():
    """A URL that no database driver understands is an error of ours."""
    with pytest.raises(CatalogueError):
        Catalogue.open("nothing-like-this://host/db")
