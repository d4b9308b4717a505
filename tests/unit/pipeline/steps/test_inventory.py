"""Listing: what the globs leave out, and an inventory that is stored before anything is read."""

from dataclasses import replace

import pytest

from catalogue import entries, inventories, leases, names, runs, shards
from catalogue.inventories import InventoryState
from catalogue.names import NamesKind
from catalogue.shards import Step
from custody.entry import Entry, EntryKind
from custody.errors import InterruptedRunError, SourceEmptyError, SourceError
from custody.lifecycle import Stage
from custody.source import ServiceGlob
from pipeline.recording import Recorder
from pipeline.steps.inventory import Lister, Selection
from pipeline.steps.shard_view import named_entries
from tests.corpus.catalogue_rows import NOON, listed, run, source

NOTHING = Selection()


def a_file(path, size=10, **changes):
    """A file as it is listed."""
    facts = {
        "path": path,
        "kind": EntryKind.FILE,
        "size": size,
        "mtime_ns": 5,
        "mode": 0o100644,
        "inode": 7,
    }
    return Entry(**(facts | changes))


class Listed:
    """A source that is nothing but a list; an error in it is raised when it is reached."""

    def __init__(self, *found):
        self.found = found

    def walk(self):
        """Yield the entries."""
        for item in self.found:
            if isinstance(item, Exception):
                raise item
            yield item


@pytest.fixture
def lister(settings):
    """A lister of a source, in shards of three entries."""
    from pipeline.wiring import open_runtime

    small = replace(settings, run=replace(settings.run, shard_entries=3))
    with open_runtime(small) as runtime:
        with runtime.catalogue.write() as connection:
            inventory_id = listed(connection)
        yield Listing(runtime, inventory_id)


class Listing:
    """One inventory of one source, and what stands in the catalogue of it."""

    def __init__(self, runtime, inventory_id):
        self.runtime = runtime
        self.inventory_id = inventory_id
        self.source = source(service_globs=(ServiceGlob(pattern="lab/*", service="biology"),))

    def list(self, *found, selection=NOTHING, pause=lambda: None):
        """List entries."""
        recorder = Recorder(runtime=self.runtime, case="vivalia", run_id="run-1")
        reader = Listed(*found)
        Lister(self.runtime, recorder, self.source).list(
            self.inventory_id, reader, selection, pause
        )

    def inventory(self):
        """How the inventory stands."""
        with self.runtime.catalogue.read() as connection:
            (found,) = inventories.of_run(connection, "run-1")
        return found

    def shards(self, step=Step.INSPECT):
        """The shards of a step."""
        with self.runtime.catalogue.read() as connection:
            return shards.of_inventory(connection, self.inventory_id, step)

    def entries(self):
        """Every entry with its name, in order."""
        with self.runtime.catalogue.read() as connection:
            return [
                named
                for shard_id in self.shards()
                for named in named_entries(connection, self.runtime.names, shard_id)
            ]


@pytest.mark.parametrize(
    ("only", "exclude", "path", "left_out"),
    [
        ((), (), b"a/b.txt", False),
        (("a/*",), (), b"a/b.txt", False),
        (("a/*",), (), b"c/b.txt", True),
        (("c/*", "a/*"), (), b"a/deep/b.txt", False),
        ((), ("*.log",), b"a/b.log", True),
        ((), ("*.log",), b"a/b.LOG", False),
        (("a/*",), ("*.log",), b"a/b.log", True),
        (("*.txt",), (), b"\xff\xfe.txt", False),
        ((), ("*\n*",), b"line\nbreak", True),
        (("a",), (), b"a/b", True),
    ],
)
def test_globs_are_over_whole_paths(only, exclude, path, left_out):
    """What `exclude` names is left out, and what `only` does not name; case and bytes count."""
    assert left_out is Selection(only=only, exclude=exclude).excludes(path)


def test_every_entry_is_stored_with_its_name_before_anything_is_read(lister):
    """Shards are full one after the other, names come back as bytes, the group waits behind."""
    paths = [b"a", b"b\xff", b"c\n", b"d", b"lab/e"]

    lister.list(*map(a_file, paths))

    found = lister.entries()
    assert paths == [named.name.path for named in found]
    assert [0, 1, 2, 0, 1] == [named.entry.ordinal for named in found]
    assert ["radiology"] * 4 + ["biology"] == [named.entry.service for named in found]
    assert (2, 1) == (len(lister.shards()), len(lister.shards(Step.ASSESS)))
    assert (InventoryState.COMPLETE, 5, 50) == (
        lister.inventory().state,
        lister.inventory().listed,
        lister.inventory().size,
    )


def test_what_has_no_content_and_what_is_left_out_are_counted_at_once(lister):
    """Odd entries are not taken, by their kind; excluded ones stand as such, whatever they are."""
    found = [
        a_file(b"file"),
        a_file(b"left.log"),
        a_file(b"link", kind=EntryKind.SYMLINK),
        a_file(b"pipe", kind=EntryKind.FIFO),
        a_file(b"dark", kind=EntryKind.UNREADABLE_DIRECTORY),
        a_file(b"pipe.log", kind=EntryKind.FIFO),
    ]

    lister.list(*found, selection=Selection(exclude=("*.log",)))

    assert [
        (Stage.LISTED, None),
        (Stage.EXCLUDED, None),
        (Stage.NOT_TAKEN, "symlink"),
        (Stage.NOT_TAKEN, "fifo"),
        (Stage.NOT_TAKEN, "unreadable"),
        (Stage.EXCLUDED, None),
    ] == [(named.entry.stage, named.entry.reason) for named in lister.entries()]


def test_an_empty_source_is_no_success(lister):
    """Nothing listed leaves the inventory open, and nothing to inspect."""
    with pytest.raises(SourceEmptyError) as caught:
        lister.list()

    assert caught.value.next_step
    assert InventoryState.LISTING is lister.inventory().state


@pytest.mark.parametrize("error", [SourceError("the disk failed"), InterruptedRunError("stopped")])
def test_a_listing_that_was_cut_short_is_begun_again(lister, error):
    """Half a list is thrown away, whatever it held; the next one is whole."""
    with pytest.raises(type(error)):
        lister.list(*(a_file(b"%d" % n) for n in range(4)), error)
    assert InventoryState.LISTING is lister.inventory().state

    lister.list(*(a_file(b"%d" % n) for n in range(5)))

    assert [b"0", b"1", b"2", b"3", b"4"] == [named.name.path for named in lister.entries()]
    assert 5 == lister.inventory().listed


def test_shards_of_half_a_list_cannot_be_leased(lister):
    """Until the list is whole nobody reads a byte."""
    with pytest.raises(SourceError):
        lister.list(*(a_file(b"%d" % n) for n in range(4)), SourceError("the disk failed"))

    with lister.runtime.catalogue.write() as connection:
        lease = leases.claim(
            connection,
            run_id="run-1",
            step=Step.INSPECT,
            owner="somebody",
            now=NOON,
            ttl=lister.runtime.lease_time,
        )

    assert lease is None


def test_a_listing_can_be_stopped(lister):
    """A stop is seen between shards."""

    def pause():
        raise InterruptedRunError("stopped")

    with pytest.raises(InterruptedRunError):
        lister.list(a_file(b"a"), pause=pause)

    assert InventoryState.LISTING is lister.inventory().state


def test_names_are_stored_outside_the_catalogue_under_the_hosts_key(lister):
    """Each shard has one names object, sealed with the key of its case and host."""
    lister.list(*(a_file(b"%d" % n) for n in range(4)))
    key_id = lister.runtime.keys.naming("vivalia", "pacs-01").key_id

    with lister.runtime.catalogue.read() as connection:
        objects = [names.get(connection, s, NamesKind.PATHS) for s in lister.shards()]

    assert {key_id} == {each.sealed.key_id for each in objects}
    assert 2 == len({each.sealed.key for each in objects})


def test_entries_of_a_folder_share_its_code(lister):
    """What lies together is assessed together; equal names elsewhere are other entries."""
    lister.list(a_file(b"a/x"), a_file(b"a/y"), a_file(b"b/x"))

    first, second, third = (named.entry for named in lister.entries())

    assert first.directory_key == second.directory_key != third.directory_key
    assert 3 == len({first.name_key, second.name_key, third.name_key})


def test_times_beyond_the_calendar_are_listed(lister):
    """A disk that dates a file to the year 60000 is listed like any other."""
    lister.list(a_file(b"a", mtime_ns=2**80), a_file(b"b", mtime_ns=-(2**80)))

    assert [entries.LAST_NS, -entries.LAST_NS] == [n.entry.mtime_ns for n in lister.entries()]


def test_a_run_that_nobody_began_has_nothing_to_list(lister):
    """Listing twice into a whole inventory is a bug, not a second list."""
    lister.list(a_file(b"a"))

    with pytest.raises(RuntimeError):
        lister.list(a_file(b"a"))

    with lister.runtime.catalogue.read() as connection:
        assert run().run_id == runs.latest(connection, "pacs").run_id
