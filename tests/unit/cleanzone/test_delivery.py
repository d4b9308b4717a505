import errno
import io
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanzone import delivery
from cleanzone.delivery import (
    MAPPED_FOLDER,
    OWN_NAMES,
    Destination,
    code_of,
    folder_name,
    parts_of,
)
from custody.errors import ObjectDamagedError, StoreError, UsageError

TIME_NS = 1_600_000_000_123_456_789


def write(destination, path, content=b"content", *, mode=0o644, base=(b"host", b"source")):
    """Write one file."""
    return destination.write(base, path, lambda: io.BytesIO(content), mode=mode, mtime_ns=TIME_NS)


@pytest.mark.parametrize(
    "path", [b"", b"/etc/passwd", b"../up", b"a/../b", b"a//b", b"a/", b"./a", b"a/\0b", b".."]
)
def test_a_path_that_could_lead_elsewhere_is_refused(path):
    """Absolute paths, parents, empty parts and NUL never become a path below the folder."""
    with pytest.raises(ValueError, match="stays below"):
        parts_of(path)


@given(st.lists(st.binary(min_size=1), min_size=1))
@settings(max_examples=100)
def test_parts_of_a_path_are_one_part_each(parts):
    """What is accepted comes back the same, and no part can lead anywhere else."""
    path = b"/".join(parts)
    try:
        found = parts_of(path)
    except ValueError:
        return

    assert path == b"/".join(found)
    assert all(part not in {b"", b".", b".."} and b"/" not in part for part in found)


@given(st.text())
@settings(max_examples=100)
def test_a_host_s_name_is_one_harmless_part(text):
    """Whatever a host is called, its folder is one part of plain ASCII."""
    name = folder_name(text)

    assert [name] == parts_of(name)
    assert name.isascii()
    assert len(name) <= 100


@given(st.text(), st.text())
@settings(max_examples=100)
def test_two_hosts_have_two_folders(one, other):
    """Different names never share a folder."""
    assert (one == other) == (folder_name(one) == folder_name(other))


def test_a_plain_name_is_kept():
    """A host that is called as hosts are called keeps its name."""
    assert b"pacs-01.dax" == folder_name("pacs-01.dax")


@pytest.mark.parametrize("name", sorted(OWN_NAMES))
def test_a_host_that_is_called_as_our_own_files_is_has_another_folder(name):
    """Else the signed note would find a folder in its place."""
    assert folder_name(name.decode()) not in OWN_NAMES


def test_a_file_keeps_bytes_and_time_and_loses_dangerous_rights(tmp_path):
    """Content and time are restored; execute, set-user-id and sticky bits are not."""
    with Destination.open(tmp_path / "out") as destination:
        written = write(destination, b"a/b\xff.txt", mode=0o107755)

    found = tmp_path / "out" / "host" / "source" / "a" / os.fsdecode(b"b\xff.txt")
    assert b"content" == found.read_bytes()
    assert TIME_NS == found.stat().st_mtime_ns
    assert 0o644 == stat.S_IMODE(found.stat().st_mode)
    assert (b"host/source/a/b\xff.txt", 7, False) == (written.path, written.size, written.mapped)


def test_a_file_without_rights_can_be_read_by_its_owner(tmp_path):
    """Rights that would lock the owner out are not restored either."""
    with Destination.open(tmp_path / "out") as destination:
        write(destination, b"a", mode=0)

    assert 0o600 == stat.S_IMODE((tmp_path / "out" / "host" / "source" / "a").stat().st_mode)


def test_what_the_target_cannot_hold_lies_under_a_code(tmp_path):
    """A name that is too long or leads elsewhere is mapped, and the content is all there."""
    paths = [b"a" * 300, b"../up", b"/absolute"]
    with Destination.open(tmp_path / "out") as destination:
        written = [write(destination, path) for path in paths]

    for path, found in zip(paths, written, strict=True):
        code = code_of(b"host/source/" + path)
        assert b"/".join([b"host", b"source", MAPPED_FOLDER, code]) == found.path
        assert found.mapped
        assert b"content" == (tmp_path / "out" / os.fsdecode(found.path)).read_bytes()
    assert ["host"] == [p.name for p in (tmp_path / "out").iterdir()]
    assert not (tmp_path / "up").exists()


def test_a_name_that_is_taken_is_never_written_over(tmp_path):
    """Where a target thinks two names are one, the second is mapped and the first stays."""
    with Destination.open(tmp_path / "out") as destination:
        write(destination, b"a", b"first")
        second = write(destination, b"a", b"second")
        below = write(destination, b"a/b", b"third")

    assert b"first" == (tmp_path / "out" / "host" / "source" / "a").read_bytes()
    assert second.mapped
    assert below.mapped


def test_no_link_in_the_folder_is_followed(tmp_path):
    """A link that somebody puts into the folder meanwhile leads nowhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_bytes(b"do not touch")
    with Destination.open(tmp_path / "out") as destination:
        source = tmp_path / "out" / "host" / "source"
        source.mkdir(parents=True)
        (source / "folder").symlink_to(elsewhere)
        (source / "file").symlink_to(elsewhere / "file")

        assert write(destination, b"folder/new").mapped
        assert write(destination, b"file").mapped

    assert [elsewhere / "file"] == list(elsewhere.iterdir())
    assert b"do not touch" == (elsewhere / "file").read_bytes()


class Forged(io.BytesIO):
    """A stream that turns out not to be genuine at its end."""

    def read(self, size=-1):
        """Give bytes, then say that they are forged."""
        content = super().read(size)
        if not content:
            raise ObjectDamagedError("forged")
        return content


def test_forged_content_is_removed_again(tmp_path):
    """What was written before the forgery showed does not stay."""
    with Destination.open(tmp_path / "out") as destination, pytest.raises(ObjectDamagedError):
        destination.write((b"host",), b"a", lambda: Forged(b"forged"), mode=0o644, mtime_ns=TIME_NS)

    assert [] == list((tmp_path / "out" / "host").iterdir())


@pytest.mark.parametrize("kind", ["file", "full", "link"])
def test_only_a_new_or_empty_folder_is_taken(tmp_path, kind):
    """A file, a folder that holds something and a link are refused."""
    place = tmp_path / "out"
    if kind == "file":
        place.write_bytes(b"")
    elif kind == "full":
        (place / "below").mkdir(parents=True)
    else:
        (tmp_path / "real").mkdir()
        place.symlink_to(tmp_path / "real")

    with pytest.raises(UsageError):
        Destination.open(place)


def test_an_empty_folder_is_taken(tmp_path):
    """Somebody may have made the folder before."""
    with Destination.open(tmp_path) as destination:
        write(destination, b"a")

    assert (tmp_path / "host" / "source" / "a").exists()


def test_a_folder_without_parent_is_a_store_s_error():
    """A target that is not mounted is said to be unusable, not made."""
    with pytest.raises(StoreError):
        Destination.open(Path("/proc/nowhere/out"))


def test_our_own_files_are_written_once(tmp_path):
    """A manifest is never written over another one."""
    with Destination.open(tmp_path / "out") as destination:
        destination.write_own(b"manifest", iter([b"one", b"two"]))
        with pytest.raises(StoreError):
            destination.write_own(b"manifest", iter([b"three"]))

    assert b"onetwo" == (tmp_path / "out" / "manifest").read_bytes()


def test_a_full_disk_is_a_store_s_error(tmp_path, monkeypatch):
    """A failure that no other name would mend is not answered with another name."""

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with Destination.open(tmp_path / "out") as destination:
        monkeypatch.setattr(delivery.os, "utime", full)
        with pytest.raises(StoreError, match="No space left"):
            write(destination, b"a")

    assert [] == [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
