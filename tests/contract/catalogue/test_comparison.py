import pytest
import sqlalchemy as sa

from catalogue import erasure, exceptions, tables
from catalogue.comparison import Difference, differences
from catalogue.engine import Catalogue
from custody.exception import Granted, NameWaiver
from tests.corpus.catalogue_rows import MINUTE, NOON, shards_of


@pytest.fixture
def pair(catalogue_url, tmp_path):
    """Two catalogues with the same rows, one of each kind and one in a file, open for writing."""
    with (
        Catalogue.open(catalogue_url) as one,
        Catalogue.open(tmp_path / "other") as other,
        one.write() as ours,
        other.write() as theirs,
    ):
        for connection in (ours, theirs):
            shards_of(connection, [3])
        yield ours, theirs


def test_equal_catalogues_do_not_differ(pair):
    """The same rows, made twice, are the same."""
    assert [] == list(differences(*pair))


def test_empty_catalogues_do_not_differ(tmp_path):
    """Nothing is equal to nothing."""
    with Catalogue.open(tmp_path / "one") as one, one.read() as ours:
        assert [] == list(differences(ours, ours))


def test_a_changed_a_missing_and_an_added_row_are_told_apart(pair):
    """Each is named with its table and key, and what is wrong with it."""
    ours, theirs = pair
    ours.execute(tables.runs.update().values(state="failed"))
    ours.execute(tables.sites.insert(), [{"site": "nowhere"}])
    ours.execute(tables.services.delete())

    assert [
        Difference(table="sites", row="nowhere", what="the ledger tells of no such row"),
        Difference(table="services", row="radiology", what="the row is missing"),
        Difference(table="runs", row="run-1", what="the row is not as the ledger tells"),
    ] == list(differences(ours, theirs))


def test_leases_are_no_difference(pair):
    """Who works on a shard, and how often it was tried, is no truth of its own."""
    ours, _ = pair
    ours.execute(tables.shards.update().values(owner="somebody", epoch=7, attempts=3))

    assert [] == list(differences(*pair))


def test_numbers_of_entries_are_no_difference(pair):
    """An entry is known by its shard and ordinal, not by the number that the database gave."""
    ours, _ = pair
    number = tables.entries.c.entry_id
    ours.execute(tables.entries.update().values(entry_id=number + 100))

    assert [] == list(differences(*pair))


def test_an_entry_in_a_part_of_its_shard_is_the_same_entry(pair):
    """What a shard was split into says nothing about its entries."""
    ours, theirs = pair
    for connection in (ours, theirs):
        row = dict(connection.execute(tables.shards.select()).mappings().first())
        part = {**row, "shard_id": 50, "parent_id": row["shard_id"]}
        connection.execute(tables.shards.insert(), [part])
    moved = tables.entries.c.ordinal == 1
    ours.execute(tables.entries.update().where(moved).values(shard_id=50))

    assert [] == list(differences(ours, theirs))


def test_listed_entries_that_no_manifest_tells_of_are_expected(pair):
    """A run that is under way has listed more than it has inspected."""
    _, theirs = pair
    theirs.execute(tables.entries.delete())
    theirs.execute(tables.shards.delete())

    assert [] == list(differences(*pair))


def test_an_entry_that_went_on_without_a_manifest_is_a_difference(pair):
    """Promoted, and no manifest says so."""
    ours, theirs = pair
    theirs.execute(tables.entries.delete())
    theirs.execute(tables.shards.delete())
    moved = tables.entries.c.ordinal == 1
    ours.execute(tables.entries.update().where(moved).values(stage="promoted"))

    (found,) = differences(ours, theirs)

    assert "entries" == found.table
    assert "promoted" in found.what


def test_erased_codes_are_alike(pair):
    """Two random codes for one erased name are no difference, in rows and in waivers."""
    code = (1).to_bytes(16, "big")
    granted = Granted(people=("a", "b"), reason="r", start=NOON, end=NOON + MINUTE)
    for connection in pair:
        waiver = NameWaiver(name_key=code.hex(), rule="r", granted=granted)
        exceptions.add(connection, "exception", waiver)
        erasure.replace_names(connection, [code])

    assert [] == list(differences(*pair))


def test_an_erased_name_is_not_a_name(pair):
    """A name that is erased in one catalogue and stands in the other is a difference."""
    ours, theirs = pair
    erasure.replace_names(ours, [(1).to_bytes(16, "big")])

    assert ["entries"] == [found.table for found in differences(ours, theirs)]


def test_what_is_no_json_any_more_is_a_difference(pair):
    """A column that was spoiled is compared as it stands."""
    ours, theirs = pair
    if ours.dialect.name == "postgresql":
        with pytest.raises(sa.exc.DataError):
            ours.exec_driver_sql("update runs set options = 'no json'")
        return
    ours.exec_driver_sql("update runs set options = 'no json'")

    assert ["runs"] == [found.table for found in differences(ours, theirs)]


def test_a_shard_that_is_said_to_come_from_itself_ends_the_comparison(pair):
    """A circle of shards, which only a forger makes, is a difference and no endless loop."""
    ours, theirs = pair
    ours.execute(tables.shards.update().values(parent_id=tables.shards.c.shard_id))

    assert {"shards"} == {found.table for found in differences(ours, theirs)}
