"""The spool: counting, hashing, ceilings, holes, and going on after a kill."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custody.digest import EMPTY, digest_of
from custody.errors import StoreError
from storage.interface import Spooled
from storage.spool import IN_MEMORY, Mark, Spool, SpoolFile

CHUNKS = st.lists(st.one_of(st.binary(max_size=50), st.integers(0, IN_MEMORY)), max_size=6)


def content_of(spooled: Spooled) -> bytes:
    """Return spooled bytes, wherever they are."""
    return spooled.content if isinstance(spooled.content, bytes) else spooled.content.read_bytes()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """Return a spool of 1 MiB."""
    return Spool(tmp_path / "spool", 1 << 20)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(chunks=CHUNKS)
def test_what_is_written_is_what_is_spooled(spool: Spool, chunks: list[bytes | int]) -> None:
    """Bytes and holes (numbers) in any order give their content, size and digest."""
    file = spool.file()
    expected = b""
    for chunk in chunks:
        if isinstance(chunk, bytes):
            file.write(chunk)
            expected += chunk
        else:
            file.write_zeros(chunk)
            expected += bytes(chunk)
    spooled = file.finish()
    assert content_of(spooled) == expected
    assert (spooled.size, spooled.digest) == (len(expected), digest_of(expected))
    spool.discard(spooled)
    assert spool.used == 0


def test_nothing_is_spooled_as_nothing(spool: Spool) -> None:
    """An empty spool file is the empty artefact."""
    assert spool.file().finish() == Spooled(digest=EMPTY, size=0, content=b"")


def test_small_content_stays_in_memory(spool: Spool) -> None:
    """No file is made for what fits in memory."""
    file = spool.file()
    file.write(bytes(IN_MEMORY))
    assert isinstance(file.finish().content, bytes)
    assert list(spool.folder.iterdir()) == []


def test_a_spool_file_is_private(spool: Spool) -> None:
    """Hostile content on its way is neither executable nor readable by others."""
    file = spool.file()
    file.write(bytes(IN_MEMORY + 1))
    path = file.finish().content
    assert isinstance(path, Path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(spool.folder.stat().st_mode) == 0o700


def test_a_hole_takes_no_room_on_the_disk(tmp_path: Path) -> None:
    """Zeros of a sparse file are not written."""
    spool = Spool(tmp_path, 1 << 30)
    file = spool.file()
    file.write(b"x" * (IN_MEMORY + 1))
    file.write_zeros(100 << 20)
    path = file.finish().content
    assert isinstance(path, Path)
    assert path.stat().st_blocks * 512 < 1 << 20


def test_the_ceiling_holds_for_all_files_together(spool: Spool) -> None:
    """A spool that is full says so before a byte too many is written."""
    first, second = spool.file(), spool.file()
    first.write(bytes(600_000))
    with pytest.raises(StoreError, match="the spool is full") as caught:
        second.write(bytes(600_000))
    assert caught.value.next_step
    spool.discard(first.finish())
    second.write(bytes(600_000))
    assert spool.used == 600_000
    second.abandon()


def test_an_abandoned_file_is_gone(spool: Spool) -> None:
    """Its bytes and its room are given back."""
    file = spool.file()
    file.write(bytes(100_000))
    file.abandon()
    assert (spool.used, list(spool.folder.iterdir())) == (0, [])


def test_leaving_a_spool_removes_what_is_left(tmp_path: Path) -> None:
    """An exception between spooling and storing leaks no disk space."""
    with Spool(tmp_path, 1 << 20) as spool:
        file = spool.file()
        file.write(bytes(100_000))
        file.finish()
        spool.resume("read", []).write(bytes(100_000))
    assert [path.name for path in tmp_path.iterdir()] == ["long-read"]
    assert spool.used == 0


def test_a_sweep_keeps_long_reads(tmp_path: Path) -> None:
    """What a killed process left goes, what the next one can go on with stays until asked for."""
    for name in ("leftover", "long-read", "long-read.jsonl"):
        (tmp_path / name).write_bytes(b"x")
    spool = Spool(tmp_path, 1 << 20)
    assert spool.sweep() == 1
    assert spool.sweep(resumable=True) == 2
    assert list(tmp_path.iterdir()) == []


def interrupted(spool: Spool, *chunks: bytes) -> list[Mark]:
    """Spool chunks with a mark after each, as a process that is then killed."""
    file = spool.resume("read", [])
    marks = []
    for chunk in chunks:
        file.write(chunk)
        marks.append(file.mark())
    file.finish()
    return marks


def finished(file: SpoolFile, rest: bytes) -> bytes:
    """Write the rest and return the whole content, whose digest must fit."""
    file.write(rest)
    spooled = file.finish()
    content = content_of(spooled)
    assert (spooled.digest, spooled.size) == (digest_of(content), len(content))
    return content


def test_an_interrupted_read_goes_on_at_its_last_mark(tmp_path: Path) -> None:
    """Proven bytes are kept and counted; the digest is that of the whole."""
    marks = interrupted(Spool(tmp_path, 1 << 20), b"a" * 1000, b"b" * 1000)
    spool = Spool(tmp_path, 1 << 20)
    file = spool.resume("read", marks)
    assert (file.size, spool.used) == (2000, 2000)
    assert finished(file, b"c") == b"a" * 1000 + b"b" * 1000 + b"c"


def test_bytes_after_the_last_mark_are_read_again(tmp_path: Path) -> None:
    """What was written but not marked is cut off."""
    marks = interrupted(Spool(tmp_path, 1 << 20), b"a" * 1000, b"b" * 1000)
    file = Spool(tmp_path, 1 << 20).resume("read", marks[:1])
    assert finished(file, b"c") == b"a" * 1000 + b"c"


def test_damaged_bytes_are_never_believed(tmp_path: Path) -> None:
    """A mark whose bytes are not what was written does not count, nor does any after it."""
    marks = interrupted(Spool(tmp_path, 1 << 20), b"a" * 1000, b"b" * 1000, b"c" * 1000)
    path = tmp_path / "long-read"
    path.write_bytes(path.read_bytes().replace(b"b" * 1000, b"b" * 999 + b"x"))
    file = Spool(tmp_path, 1 << 20).resume("read", marks)
    assert finished(file, b"c") == b"a" * 1000 + b"c"


def test_a_file_cut_by_a_power_failure_is_taken_up_where_it_is_whole(tmp_path: Path) -> None:
    """Marks beyond the end of the file do not count."""
    marks = interrupted(Spool(tmp_path, 1 << 20), b"a" * 1000, b"b" * 1000)
    os.truncate(tmp_path / "long-read", 1500)
    file = Spool(tmp_path, 1 << 20).resume("read", marks)
    assert finished(file, b"c") == b"a" * 1000 + b"c"


def test_marks_without_a_file_are_worth_nothing(tmp_path: Path) -> None:
    """A journal alone proves no byte."""
    mark = Mark(end=5, digest=digest_of(b"hello"))
    assert finished(Spool(tmp_path, 1 << 20).resume("read", [mark]), b"c") == b"c"


def test_a_whole_file_that_a_store_has_linked_is_used_again(tmp_path: Path) -> None:
    """A crash after the put and before its end costs no second reading."""
    marks = interrupted(Spool(tmp_path, 1 << 20), b"a" * 1000)
    stored = tmp_path / "stored"
    stored.hardlink_to(tmp_path / "long-read")
    stored.chmod(0o400)
    spooled = Spool(tmp_path, 1 << 20).resume("read", marks).finish()
    assert spooled.digest == digest_of(b"a" * 1000)
    assert stat.S_IMODE(stored.stat().st_mode) == 0o400


def test_a_file_that_a_store_has_linked_is_never_cut(tmp_path: Path) -> None:
    """A stored object keeps its bytes when the spool starts that file afresh."""
    interrupted(Spool(tmp_path, 1 << 20), b"a" * 1000)
    stored = tmp_path / "stored"
    stored.hardlink_to(tmp_path / "long-read")
    file = Spool(tmp_path, 1 << 20).resume("read", [])
    assert finished(file, b"new") == b"new"
    assert stored.read_bytes() == b"a" * 1000


def test_a_resumable_file_that_could_not_be_stored_stays(tmp_path: Path) -> None:
    """After a failed put the next attempt goes on with it; after a good one it is gone."""
    spool = Spool(tmp_path, 1 << 20)
    file = spool.resume("read", [])
    file.write(b"a" * 1000)
    spooled = file.finish()
    spool.abandon(spooled)
    assert (spool.used, [p.name for p in tmp_path.iterdir()]) == (0, ["long-read"])
    spool.discard(spooled)
    assert list(tmp_path.iterdir()) == []


def test_a_spool_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    """A file at the spool's place is an error with a next step."""
    (tmp_path / "spool").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot make the spool folder") as caught:
        Spool(tmp_path / "spool", 1)
    assert caught.value.next_step
