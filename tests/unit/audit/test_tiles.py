import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.evidence import Edge, leaf_hash, open_bundle, tile_path
from audit.merkle import Tree, inclusion, verify_inclusion
from audit.tiles import (
    Tiles,
    bundle,
    checkpoint_key,
    floor,
    folder_of,
    frontier_of,
    load_floor,
    newest_key,
    published_keys,
    read,
    spooled,
)
from custody.errors import LedgerError
from storage.memory import MemoryStore

ORIGIN = "audit.example/case"
LEAVES = [leaf_hash(number.to_bytes(4, "big")) for number in range(66_000)]


def stored(size):
    """A store with the tiles of a log of some size, and the edge that is left."""
    store, edge = MemoryStore(), Edge()
    folder = folder_of(ORIGIN)
    for leaf in LEAVES[:size]:
        for level, index, content in edge.append(leaf):
            store.put(folder + tile_path(str(level), index), spooled(content))
    for level, index, content in edge.partial():
        store.put(folder + tile_path(str(level), index, len(content) // 32), spooled(content))
    return store, edge


@pytest.mark.parametrize(
    ("level", "index", "width", "expected"),
    [
        ("0", 0, 256, "tile/0/000"),
        ("0", 999, 256, "tile/0/999"),
        ("1", 1000, 256, "tile/1/x001/000"),
        ("0", 1234067, 256, "tile/0/x001/x234/067"),
        ("entries", 1234067, 8, "tile/entries/x001/x234/067.p/8"),
    ],
)
def test_paths_are_those_of_tlog_tiles(level, index, width, expected):
    """Numbers are written in threes, all but the last marked, and partial tiles say their width."""
    assert expected == tile_path(level, index, width)


def test_keys_of_checkpoints_sort_by_size():
    """Checkpoints of one log lie in one folder, and sort as numbers do."""
    assert "log/audit.example/case/checkpoint" == newest_key(ORIGIN)
    assert "log/audit.example/case/checkpoints/000000000010" == checkpoint_key(ORIGIN, 10)
    assert checkpoint_key(ORIGIN, 9) < checkpoint_key(ORIGIN, 10)


@given(st.lists(st.binary(max_size=300), max_size=10))
@settings(max_examples=60)
def test_a_bundle_gives_its_entries_back(entries):
    """Entries come out of a bundle as they went in."""
    assert entries == open_bundle(bundle(entries))


def test_the_largest_entry_fits():
    """An entry has at most 65,535 bytes, which is what its length can say."""
    entry = bytes(65_535)

    assert [entry] == open_bundle(bundle([entry]))
    with pytest.raises(OverflowError):
        bundle([bytes(65_536)])


@pytest.mark.parametrize("length", range(1, 12))
def test_a_cut_bundle_is_refused(length):
    """A bundle that ends inside an entry or inside a length is refused."""
    content = bundle([b"12345", b"1234"])
    if length == 7:
        assert [b"12345"] == open_bundle(content[:length])
        return
    with pytest.raises(ValueError, match="cut"):
        open_bundle(content[:length])


def test_tiles_hold_the_hashes_of_their_level():
    """A tile of level 0 is 256 leaves, one of level 1 is the roots of 256 such tiles."""
    edge = Edge()
    done = [tile for leaf in LEAVES[:65_536] for tile in edge.append(leaf)]
    whole = Tree()
    for leaf in LEAVES[:65_536]:
        whole.append(leaf)

    assert (0, 0, b"".join(LEAVES[:256])) == done[0]
    assert (1, 0, b"".join(whole.node(8, index) for index in range(256))) == done[-1]
    assert [(2, 0, whole.root())] == edge.partial()


def test_partial_tiles_are_what_is_not_complete():
    """After 257 leaves two tiles are open: one leaf, and one root of a full tile."""
    _, edge = stored(257)
    tree = Tree()
    for leaf in LEAVES[:256]:
        tree.append(leaf)

    assert [(0, 1, LEAVES[256]), (1, 0, tree.root())] == edge.partial()


@pytest.mark.parametrize("size", [1, 5, 256, 300, 513, 65_536, 66_000])
def test_an_edge_is_loaded_from_its_tiles(size):
    """What a store holds of a published log is enough to go on appending to it."""
    store, edge = stored(size)
    loaded = load_floor(store, ORIGIN, size)
    for leaf in LEAVES[size - size % 256 : size]:
        loaded.append(leaf)

    assert frontier_of(edge).root() == frontier_of(loaded).root()
    assert edge.partial() == loaded.partial()


def test_the_floor_is_where_the_last_tile_began():
    """Going back to the floor forgets the leaves of the tile that is not complete."""
    _, edge = stored(300)

    assert 256 == floor(edge).size
    assert [[], edge.levels[1]] == floor(edge).levels


def test_a_missing_or_cut_tile_is_no_floor():
    """An edge is not loaded from a store that lost a tile."""
    store, _ = stored(300)
    key = f"{folder_of(ORIGIN)}tile/1/000.p/1"
    store.put(key, spooled(b"short"))
    assert load_floor(store, ORIGIN, 300) is None

    assert load_floor(MemoryStore(), ORIGIN, 300) is None


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 700, 66_000])
def test_proofs_come_from_tiles(size):
    """Every proof that is made from the stored tiles verifies against the root."""
    store, edge = stored(size)
    root = frontier_of(edge).root()
    tiles = Tiles(store, ORIGIN, size)
    for index in {0, size // 3, size // 2, size - 1}:
        proof = inclusion(tiles, index, size)
        assert verify_inclusion(LEAVES[index], index, size, proof, root)


def test_a_missing_tile_is_named():
    """A proof that needs a tile that is gone is an error that says which."""
    with pytest.raises(LedgerError, match=r"tile/0/000\.p/3"):
        inclusion(Tiles(MemoryStore(), ORIGIN, 3), 0, 3)


@pytest.mark.parametrize("size", [1, 256, 257, 66_000])
def test_the_keys_of_a_published_log_are_its_tiles_and_bundles(size):
    """The listed keys are exactly the tiles that were stored, and a bundle for each of level 0."""
    store, _ = stored(size)
    tiles = {v.key for v in store.versions("log/")}
    keys = list(published_keys(ORIGIN, size))
    bundles = [key for key in keys if "/entries/" in key]

    assert tiles == set(keys) - set(bundles)
    assert -(-size // 256) == len(bundles)
    assert len(keys) == len(set(keys))


def test_reading_what_is_not_there():
    """An object that is missing reads as none."""
    store = MemoryStore()
    store.put("a", spooled(b"content"))

    assert b"content" == read(store, "a")
    assert read(store, "b") is None
