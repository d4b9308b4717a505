"""A catalogue moves from its file to a server whole, or stays where it is."""

import json
import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa

from catalogue import tables
from catalogue.engine import Catalogue
from custody.errors import CatalogueError, SettingsError, UnavailableError, UsageError
from pipeline import listing, moving
from pipeline.database import place_of
from pipeline.proving import verify
from pipeline.rebuilding import rebuild
from pipeline.settings import FILE_NAME, read_settings
from pipeline.wiring import open_runtime
from tests.corpus.homes import a_source, recover
from tests.scenarios.model import events

pytestmark = pytest.mark.file


@pytest.fixture
def settings(settings, database):
    """A home with its catalogue in a file, and the password of a database beside it."""
    database.write_settings(settings.home)
    (settings.home / FILE_NAME).write_text("[run]\nworkers = 1\n")
    return read_settings(settings.home, {})


def listed(settings):
    """What `list` shows of a home."""
    with open_runtime(settings) as runtime:
        return sorted(listing.entries(runtime), key=repr)


def move(settings, database, **options):
    """Move the catalogue of a home to a database."""
    return moving.migrate(settings, database.url, environment={}, **options)


def rows_in(place):
    """Every row of a catalogue, but the ledger's: that has grown since."""
    with Catalogue.open(place) as catalogue, catalogue.read() as connection:
        return {
            table.name: list(map(tuple, connection.execute(_in_order(table))))
            for table in tables.metadata.sorted_tables
            if table.name not in {"ledger_entries", "checkpoints", "heads", "outbox"}
        }


def _in_order(table):
    return table.select().order_by(*table.primary_key.columns)


def test_every_row_is_moved_and_the_home_goes_on_there(settings, database, tmp_path):
    """People see what they saw; the home verifies, recovers more, and is rebuilt on the server."""
    before = listed(settings)
    rows = rows_in(place_of(settings))

    moved = move(settings, database)

    there = read_settings(settings.home, {})
    assert database.url == there.catalogue.url
    assert 1 == there.run.workers
    assert rows == rows_in(place_of(there, {}))
    assert moved.rows > sum(map(len, rows.values()))
    assert before == listed(there)
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / "letter.txt").write_text("Dear colleague\n")
    with open_runtime(there) as runtime:
        told = recover(runtime, a_source(disk, "mail", "mail")).as_json()
        assert 1 == told["promoted"]
        assert () == verify.verify(runtime, deep=True).faults
    after = listed(there)
    rebuild.rebuild(there)
    assert after == listed(there)


def test_the_move_is_on_the_record_and_names_no_user(settings, database):
    """The ledger says that it was moved and by whom; nothing that is told holds the account."""
    told = json.dumps(move(settings, database, actor="engineer").as_json())

    (event,) = (e for e in events(settings.home) if e["type"] == "autoclave.catalogue.moved")
    assert "engineer" == event["actor"]
    assert database.password not in told + (settings.home / FILE_NAME).read_text()
    assert database.user not in told.replace(database.name, "")


def test_the_file_that_stays_is_no_catalogue_any_more(settings, database):
    """Who puts it back, or still has it open, is told where the catalogue went."""
    with Catalogue.open(settings.home / "catalogue.sqlite") as still_open:
        move_while_open = pytest.raises(CatalogueError, match="another process")
        with still_open.read(), move_while_open:
            move(settings, database)
    move(settings, database)
    kept = settings.home / "catalogue.sqlite.moved"

    with pytest.raises(CatalogueError, match="moved to a server"):
        Catalogue.open(kept)
    assert not (settings.home / "catalogue.sqlite").exists()


def test_a_home_in_use_is_not_moved(settings, database):
    """Somebody at work would go on writing into the old file."""
    with open_runtime(settings), pytest.raises(UnavailableError, match="another process"):
        move(settings, database)

    assert "" == read_settings(settings.home, {}).catalogue.url


class PowerCutError(Exception):
    """The machine went off."""


@pytest.mark.parametrize(
    "step", ["transfer.check_same", "name_server", "schema.mark_moved", "_set_aside", "_record"]
)
def test_a_move_that_was_cut_short_goes_on_with_the_same_command(
    settings, database, monkeypatch, step
):
    """Before the settings name the server nothing has changed; afterwards the rest is done."""
    before = listed(settings)

    def cut(*_, **__):
        raise PowerCutError

    monkeypatch.setattr(f"pipeline.moving.{step}", cut)
    with pytest.raises(PowerCutError):
        move(settings, database)
    monkeypatch.undo()

    now = read_settings(settings.home, {})
    assert before == listed(now)
    move(now, database)
    there = read_settings(settings.home, {})
    told = [e["type"] for e in events(settings.home)]
    assert before == listed(there)
    assert 1 == told.count("autoclave.catalogue.moved")
    assert not (settings.home / "catalogue.sqlite").exists()
    with open_runtime(there) as runtime:
        assert () == verify.verify(runtime, deep=True).faults
    with pytest.raises(UsageError, match="already"):
        move(there, database)


def test_a_file_of_another_home_is_not_taken_for_what_was_moved(settings, database, tmp_path):
    """It stands where the moved one stood, and stays: nothing else may know what it holds."""
    move(settings, database)
    with open_runtime(read_settings(tmp_path / "other", {})):
        pass
    (tmp_path / "other" / "catalogue.sqlite").rename(settings.home / "catalogue.sqlite")

    with pytest.raises(CatalogueError, match="another catalogue"):
        move(read_settings(settings.home, {}), database)
    assert (settings.home / "catalogue.sqlite").exists()


def test_a_copy_that_is_not_the_same_is_not_used(settings, database, monkeypatch):
    """A row that comes out as another one stops the move, and nothing stays in the database."""
    copy_all = moving.transfer.copy_all

    def spoiled(old, new):
        count = copy_all(old, new)
        new.execute(sa.update(tables.entries).values(size=tables.entries.c.size + 1))
        return count

    monkeypatch.setattr("pipeline.moving.transfer.copy_all", spoiled)
    with pytest.raises(CatalogueError, match="table entries is not the same"):
        move(settings, database)
    monkeypatch.undo()

    move(settings, database)


def test_a_value_that_is_none_stops_the_move(settings, database):
    """What the file holds and no column may hold is not carried over."""
    place = settings.home / "catalogue.sqlite"
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("update entries set size = 'much' where entry_id = 1")

    with pytest.raises(CatalogueError):
        move(settings, database)

    assert place.exists()


def test_a_database_with_another_catalogue_is_left_alone(settings, database):
    """Two homes never share what is not one home's."""
    with Catalogue.open(database.full_url) as other, other.write() as connection:
        connection.execute(tables.sites.insert(), [{"site": "elsewhere"}])

    with pytest.raises(CatalogueError, match="another catalogue"):
        move(settings, database)

    assert {"sites": [("elsewhere",)]}.items() <= rows_in(database.full_url).items()


def test_what_cannot_be_moved_is_said(settings, database, tmp_path):
    """A catalogue that is not there, or not in a file, and a settings file that names one."""
    with pytest.raises(UsageError, match="no catalogue"):
        move(read_settings(tmp_path / "nowhere", {}), database)
    (settings.home / FILE_NAME).write_text('[catalogue]\nurl = ""\n')
    with pytest.raises(SettingsError, match="already"):
        move(settings, database)
    with pytest.raises(SettingsError, match="password") as caught:
        moving.migrate(settings, database.full_url)

    assert database.password not in str(caught.value)
