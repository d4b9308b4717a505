"""A power cut at any moment of a put."""

from pathlib import Path

import pytest

from storage.filesystem import FilesystemStore
from storage.interface import Spooled
from tests.corpus.power_loss import JournalingDisk, remains, restore
from tests.corpus.spooled import read, spooled

CONTENTS = {
    "segments/run/1": b"first segment " * 10,
    "blobs/ab/abcd": b"large blob " * 20,
    "blobs/cd/cdef": b"another " * 30,
}


def objects(folder: Path) -> list[tuple[str, Spooled]]:
    """Return the objects to put: one of them is a spooled file, which is adopted."""
    adopted = folder / "spool" / "one"
    adopted.parent.mkdir()
    adopted.write_bytes(CONTENTS["blobs/ab/abcd"])
    listed = [(key, spooled(content)) for key, content in CONTENTS.items()]
    size, digest = listed[1][1].size, listed[1][1].digest
    listed[1] = (listed[1][0], Spooled(digest=digest, size=size, content=adopted))
    return listed


def test_after_a_cut_every_object_is_absent_or_whole(tmp_path: Path) -> None:
    """Whatever reached the disk, no half object can be read."""
    disk, root = JournalingDisk(), tmp_path / "store"
    FilesystemStore(root, disk=disk).put_all(objects(tmp_path))
    seen: set[tuple[str, ...]] = set()
    for moment in range(len(disk.acts) + 1):
        for number, left in enumerate(remains(disk.acts[:moment], root)):
            place = tmp_path / "cuts" / f"{moment}-{number}"
            restore(left, root, place)
            store = FilesystemStore(place)
            found = {v.key: read(store, v.key, v.version) for v in store.versions("")}
            assert found == {key: CONTENTS[key] for key in found}
            seen.add(tuple(sorted(found)))
    assert {(), tuple(sorted(CONTENTS))} <= seen


def test_after_it_has_returned_a_put_survives_any_cut(tmp_path: Path) -> None:
    """Once put_all has returned, every object is there, however unlucky the cut."""
    disk, root = JournalingDisk(), tmp_path / "store"
    FilesystemStore(root, disk=disk).put_all(objects(tmp_path))
    for number, left in enumerate(remains(disk.acts, root)):
        place = tmp_path / "cuts" / str(number)
        restore(left, root, place)
        store = FilesystemStore(place)
        found = {v.key: read(store, v.key, v.version) for v in store.versions("")}
        assert found == CONTENTS


def test_folders_of_a_killed_process_are_synced_again(tmp_path: Path) -> None:
    """A folder that an earlier process made and never synced does not take new objects with it."""
    disk, root = JournalingDisk(), tmp_path / "store"
    store = FilesystemStore(root, disk=disk)
    (root / "objects" / "blobs").mkdir()
    store.put("blobs/ab", spooled(b"content"))
    synced = [act.path for act in disk.acts if act.verb == "sync_folder"]
    assert root / "objects" in synced


def test_a_second_put_never_harms_the_first(tmp_path: Path) -> None:
    """A repeat of a put replaces the object in one step: at every moment a whole one is there."""
    disk, root = JournalingDisk(), tmp_path / "store"
    store = FilesystemStore(root, disk=disk)
    store.put("note", spooled(b"the content"))
    first = len(disk.acts)
    store.put("note", spooled(b"the content"))
    for moment in range(first, len(disk.acts) + 1):
        for number, left in enumerate(remains(disk.acts[:moment], root)):
            place = tmp_path / "cuts" / f"{moment}-{number}"
            restore(left, root, place)
            assert read(FilesystemStore(place), "note") == b"the content"


@pytest.mark.parametrize("moment", range(4))
def test_the_model_of_the_disk_tears_what_was_not_synced(tmp_path: Path, moment: int) -> None:
    """The simulated cut is no kinder than a real one: renamed before its sync, a file is torn."""
    disk = JournalingDisk()
    disk.write(tmp_path / "a", b"0123456789", 0)
    disk.rename(tmp_path / "a", tmp_path / "b")
    disk.sync_folder(tmp_path)
    disk.sync(tmp_path / "b")
    torn = [left.get(tmp_path / "b") for left in remains(disk.acts[: moment + 1], tmp_path)]
    expected: list[set[bytes | None]] = [{None}, {None, b"01234"}, {b"01234"}, {b"0123456789"}]
    assert set(torn) == expected[moment]
