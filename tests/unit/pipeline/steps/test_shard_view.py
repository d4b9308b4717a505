"""A shard as the steps see it: entries with their names, also of parts, and without erased ones."""

from dataclasses import replace

import pytest

from catalogue import leases, manifests, names, splitting
from catalogue.manifests import StoredManifest
from catalogue.names import NamesKind, NamesObject
from catalogue.shards import Step
from custody import naming
from custody.digest import digest_of
from custody.errors import CatalogueError, ObjectDamagedError, ObjectMissingError, StoreError
from pipeline.names import Name, fresh_salts, sealed_json, sealed_of
from pipeline.steps.shard_view import decision_on, named_entries, sealed_names, shard_view
from tests.corpus.catalogue_rows import NOON, complete, listed, new_entry, shard_of
from tests.corpus.spooled import spooled

PATHS = [b"a.txt", b"ward/b\xff.txt", b"c\n.txt", b"d.txt"]


@pytest.fixture
def shard_id(runtime):
    """A shard of four entries with names."""
    book = {
        n: Name(path=path, salt=salt)
        for n, (path, salt) in enumerate(zip(PATHS, fresh_salts(4), strict=True))
    }
    sealed = runtime.names.write_names(
        "run-1/1.paths", runtime.keys.naming("vivalia", "pacs-01"), book
    )
    with runtime.catalogue.write() as connection:
        inventory_id = listed(connection)
        made = shard_of(connection, inventory_id, [new_entry(n) for n in range(4)])
        names.put(connection, paths_of(made, sealed))
        complete(connection, inventory_id, 4)
    return made


def paths_of(shard_id, sealed):
    """The names of a shard as the catalogue holds them."""
    return NamesObject(shard_id=shard_id, kind=NamesKind.PATHS, sealed=sealed)


def seen(runtime, shard_id):
    """The shard as the steps see it."""
    with runtime.catalogue.read() as connection:
        return named_entries(connection, runtime.names, shard_id)


def test_every_entry_comes_with_its_own_name(runtime, shard_id):
    """Names are matched by ordinal, byte for byte."""
    assert list(enumerate(PATHS)) == [
        (n.entry.ordinal, n.name.path) for n in seen(runtime, shard_id)
    ]


def test_the_commitment_is_over_salt_and_path(runtime, shard_id):
    """Manifests hold what these bytes alone open."""
    for named in seen(runtime, shard_id):
        assert naming.commitment(named.name.salt, named.name.path) == named.commitment


def test_parts_of_a_split_shard_find_their_names(runtime, shard_id):
    """Entries keep their ordinals, so the whole's names serve its parts, and theirs."""
    first, rest = split(runtime, 3)
    assert [PATHS[:3], PATHS[3:]] == [paths(runtime, first), paths(runtime, rest)]

    parts_of_first = split(runtime, 1)

    assert [PATHS[:1], PATHS[1:3]] == [paths(runtime, part) for part in parts_of_first]


def split(runtime, size):
    """Split the first shard that is ready into one of so many entries and one of the others."""
    with runtime.catalogue.write() as connection:
        lease = leases.claim(
            connection,
            run_id="run-1",
            step=Step.INSPECT,
            owner="x",
            now=NOON,
            ttl=runtime.lease_time,
        )
        found = named_entries(connection, runtime.names, lease.shard_id)
        ids = [named.entry.entry_id for named in found]
        parts = [part for part in (ids[:size], ids[size:]) if part]
        return splitting.split(connection, lease, parts, NOON)


def paths(runtime, shard_id):
    """The names in a shard."""
    return [named.name.path for named in seen(runtime, shard_id)]


def test_erased_names_leave_their_entries(runtime, shard_id):
    """An entry whose name was erased is still there; working under it is refused."""
    keys = runtime.keys.naming("vivalia", "pacs-01")
    left = {n.entry.ordinal: n.name for n in seen(runtime, shard_id) if n.entry.ordinal != 2}
    sealed = runtime.names.write_names("run-1/1.second.paths", keys, left)
    with runtime.catalogue.write() as connection:
        names.put(connection, paths_of(shard_id, sealed))

    with runtime.catalogue.read() as connection:
        view = shard_view(connection, runtime.names, shard_id)

    assert [0, 1, 3] == [n.entry.ordinal for n in view.named]
    assert [2] == [entry.ordinal for entry in view.erased]
    with pytest.raises(ObjectMissingError) as caught:
        seen(runtime, shard_id)
    assert "recover" in caught.value.next_step


def test_a_whole_erased_shard_is_not_read(runtime, shard_id):
    """Names that are marked as erased are not looked for in the store."""
    with runtime.catalogue.write() as connection:
        stored = names.get(connection, shard_id, NamesKind.PATHS)
        names.put(connection, replace(stored, erased_at=NOON))
    runtime.names.remove(stored.sealed.key)

    with runtime.catalogue.read() as connection:
        view = shard_view(connection, runtime.names, shard_id)

    assert ((), 4) == (view.named, len(view.erased))


def test_damaged_names_are_nobodys_fault(runtime, shard_id):
    """A names object that was changed ends the work on it; it is not blamed on an entry."""
    with runtime.catalogue.read() as connection:
        sealed = sealed_names(connection, shard_id)
    with runtime.names.store.open(sealed.key) as file:
        content = file.read()
    changed = runtime.names.store.put(sealed.key, spooled(content[:-1] + bytes([content[-1] ^ 1])))
    damaged = replace(sealed, version=changed.version)
    with runtime.catalogue.write() as connection:
        names.put(connection, paths_of(shard_id, damaged))

    with pytest.raises(StoreError, match="are damaged") as caught:
        seen(runtime, shard_id)

    assert not isinstance(caught.value, ObjectDamagedError)


def test_a_shard_that_never_had_names_is_a_damaged_catalogue(runtime):
    """Entries without a names object do not pass for erased ones."""
    with runtime.catalogue.write() as connection:
        made = shard_of(connection, listed(connection), [new_entry(0)])

    with pytest.raises(CatalogueError) as caught:
        seen(runtime, made)

    assert "catalogue rebuild" in caught.value.next_step


def test_a_names_object_is_told_the_same_everywhere(runtime, shard_id):
    """Catalogue, names book and event speak of the same object."""
    with runtime.catalogue.read() as connection:
        sealed = sealed_names(connection, shard_id)

    told = sealed_json(sealed)

    assert {"key", "version", "digest", "key_id"} == set(told)
    assert sealed == sealed_of(told)
    assert "vivalia" not in str(told)


def decided(shard_id, number, step=Step.ASSESS):
    """The manifest of one step of a shard; a later number is a later event."""
    root = digest_of(b"%d" % number)
    return StoredManifest(
        root=root, step=step, shard_id=shard_id, run_id="run-1", lines=1, event_id=f"event-{number}"
    )


def test_the_newest_decision_counts(runtime, shard_id):
    """What was decided last of a shard stands, whatever else its steps stored."""
    earlier, later = decided(shard_id, 1), decided(shard_id, 2)
    with runtime.catalogue.write() as connection:
        for each in (later, earlier, decided(shard_id, 3, Step.PROMOTE)):
            manifests.add(connection, each)

        assert later == decision_on(connection, shard_id)


def test_a_shard_without_a_decision_is_a_damaged_catalogue(runtime, shard_id):
    """Nothing passes for decided because nobody wrote a decision down."""
    with (
        runtime.catalogue.read() as connection,
        pytest.raises(CatalogueError, match="never assessed"),
    ):
        decision_on(connection, shard_id)
