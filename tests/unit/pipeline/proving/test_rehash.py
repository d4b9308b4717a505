from audit.history import Promoted, VaultPart
from custody.digest import digest_of
from pipeline.proving.rehash import rehash
from storage.filesystem import FilesystemStore
from storage.memory import MemoryStore
from tests.corpus.spooled import spooled

ONE, TWO = b"first content", b"second content"


def part(version, content, offset=0):
    """A part of an object, as the ledger names it."""
    return VaultPart(
        digest=digest_of(content),
        key=version.key,
        version=version.version,
        offset=offset,
        size=len(content),
    )


def test_what_is_as_the_ledger_says_has_no_fault():
    """Parts are read once each, however often they are named."""
    store = MemoryStore()
    put = store.put("segments/a", spooled(ONE + TWO))
    parts = [part(put, ONE), part(put, TWO, len(ONE)), part(put, ONE)]

    found = rehash(store, "vault", parts)

    assert (2, len(ONE + TWO), (), ()) == (found.parts, found.size, found.faults, found.unnamed)


def test_other_bytes_are_named_by_the_object_that_holds_them():
    """A part whose bytes are not its digest's is a fault of its object; its neighbour is not."""
    store = MemoryStore()
    put = store.put("segments/a", spooled(ONE + TWO))

    found = rehash(store, "vault", [part(put, ONE), part(put, ONE, len(ONE))])

    assert [f"vault segments/a@{put.version}"] == [fault.where for fault in found.faults]


def test_a_missing_object_is_a_fault():
    """What the ledger names has to be there."""
    gone = Promoted(digest=digest_of(ONE), key="sha256/a", version="1", size=len(ONE))

    found = rehash(MemoryStore(), "clean zone", [gone])

    assert ["clean zone sha256/a@1"] == [fault.where for fault in found.faults]


def test_an_object_that_nobody_names_is_told():
    """A second version of a named key is not named either."""
    store = MemoryStore()
    first = store.put("sha256/a", spooled(ONE))
    second = store.put("sha256/a", spooled(TWO))

    found = rehash(store, "clean zone", [part(first, ONE)])

    assert (f"sha256/a@{second.version}",) == found.unnamed


def test_changed_bytes_between_named_parts_are_found_in_a_folder(tmp_path):
    """A local object's version is taken from its bytes, so that it proves those nobody names."""
    store = FilesystemStore(tmp_path)
    put = store.put("segments/a", spooled(ONE + TWO))
    assert () == rehash(store, "vault", [part(put, ONE)]).faults

    path = store.local_path(put.key, put.version)
    path.chmod(0o600)
    path.write_bytes(ONE + TWO.swapcase())

    assert 1 == len(rehash(store, "vault", [part(put, ONE)]).faults)
