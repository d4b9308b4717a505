import errno
import io
import os

import pytest

from cleanzone.bag import PART, PAYLOAD, Bag, Payload, manifest_line
from cleanzone.delivery import code_of
from custody.digest import digest_of
from custody.errors import ObjectDamagedError, StoreError

TEXT = b"the patient is well\n"
LATIN = b"r\xe9sultats.csv"


def payload(path, content=TEXT, **changes):
    """A file of the payload."""
    given = {
        "base": (b"srv1",),
        "untrusted_path": path,
        "digest": digest_of(content),
        "size": len(content),
        "mode": 0o4755,
        "mtime_ns": 1_600_000_000_123_456_789,
    }
    return Payload(**given | changes)


def place(folder, each, content=TEXT, **options):
    """Put one file into a bag."""
    with Bag.open(folder, **options) as bag:
        return bag.place(each, lambda: io.BytesIO(content))


@pytest.mark.parametrize(
    "path", [b"a/b.txt", LATIN, b"two\nlines.txt", b"100%.txt", b"x" * 255], ids=repr
)
def test_names_times_and_bytes_come_back_exactly(tmp_path, path):
    """What the target can hold is held, as bytes; rights to run are not restored."""
    placed = place(tmp_path / "bag", payload(path))

    found = tmp_path / "bag" / "data" / "srv1" / os.fsdecode(path)
    assert (PAYLOAD + b"/srv1/" + path, False) == (placed.path, placed.mapped)
    assert TEXT == found.read_bytes()
    stat = found.stat()
    assert (1_600_000_000_123_456_789, 0o644) == (stat.st_mtime_ns, stat.st_mode & 0o7777)


@pytest.mark.parametrize("path", [b"../up.txt", b"/abs.txt", b"a//b", b"x" * 256], ids=repr)
def test_what_the_target_cannot_hold_lies_under_a_code(tmp_path, path):
    """Nothing is ever written outside the bag."""
    placed = place(tmp_path / "bag", payload(path))

    assert placed.mapped
    assert placed.path.startswith(b"data/srv1/renamed/")
    assert ["bag"] == [p.name for p in tmp_path.iterdir()]


def test_a_file_where_a_folder_stands_lies_under_a_code(tmp_path):
    """In a bucket a name is a file's and a folder's at once; whichever comes second is mapped."""
    bag = tmp_path / "bag"
    folder_first = [place(bag, payload(path)).mapped for path in (b"a/b", b"a")]
    file_first = [place(bag, payload(path)).mapped for path in (b"c", b"c/d")]

    assert [[False, True], [False, True]] == [folder_first, file_first]
    assert TEXT == (bag / "data" / "srv1" / "a" / "b").read_bytes()


def test_nothing_is_overwritten_and_the_same_content_is_kept(tmp_path):
    """A second try finds the first one's file; a stranger's file keeps its name."""
    bag = tmp_path / "bag"
    assert not place(bag, payload(b"a.txt")).kept
    assert place(bag, payload(b"a.txt")).kept

    other = place(bag, payload(b"a.txt", b"other"), b"other")

    assert other.mapped
    assert TEXT == (bag / "data" / "srv1" / "a.txt").read_bytes()


def test_a_link_in_the_bag_is_not_followed(tmp_path):
    """Who can write on the target sends nothing elsewhere."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "bag" / "data").mkdir(parents=True)
    (tmp_path / "bag" / "data" / "srv1").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(StoreError):
        place(tmp_path / "bag", payload(b"a.txt"))

    assert [] == list((tmp_path / "elsewhere").iterdir())


class Damaged(io.BytesIO):
    """A content that turns out not to be genuine at its end."""

    def read(self, size=-1):
        """Give the bytes, then the error."""
        found = super().read(size)
        if not found:
            raise ObjectDamagedError("not the artefact")
        return found


def test_damaged_content_leaves_nothing(tmp_path):
    """What was written of it until then is removed."""
    with Bag.open(tmp_path / "bag") as bag, pytest.raises(ObjectDamagedError):
        bag.place(payload(b"a.txt"), lambda: Damaged(TEXT))

    assert [] == [p for p in (tmp_path / "bag").rglob("*") if p.is_file()]


def test_a_part_that_a_kill_left_does_not_stand_in_the_way(tmp_path):
    """What lies under our own name beside a file is no file of anybody."""
    place(tmp_path / "bag", payload(b"a.txt"))
    folder = tmp_path / "bag" / "data" / "srv1"
    (folder / "a.txt").rename(folder / ".autoclave-part-0123")
    left = PART + code_of(b"a.txt")
    (folder / ".autoclave-part-0123").rename(folder / left.decode())

    assert not place(tmp_path / "bag", payload(b"a.txt")).kept
    assert ["a.txt"] == [p.name for p in folder.iterdir()]


def test_a_part_that_has_its_name_already_goes_too(tmp_path):
    """The kill came after the link: what is kept has no second name in the bag."""
    place(tmp_path / "bag", payload(b"a.txt"))
    folder = tmp_path / "bag" / "data" / "srv1"
    (folder / (PART + code_of(b"a.txt")).decode()).hardlink_to(folder / "a.txt")

    assert place(tmp_path / "bag", payload(b"a.txt")).kept
    assert ["a.txt"] == [p.name for p in folder.iterdir()]


def test_a_disk_without_links_is_no_reason_to_overwrite(tmp_path, monkeypatch):
    """FAT knows none: the file is moved, and only where nothing stands."""

    def refuse(*_, **__):
        raise PermissionError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    assert not place(tmp_path / "bag", payload(b"a.txt")).mapped
    assert place(tmp_path / "bag", payload(b"a.txt", b"other"), b"other").mapped


def test_urgent_care_is_read_only(tmp_path):
    """Nobody changes by accident what was not signed for."""
    place(tmp_path / "bag", payload(b"a.txt"), read_only=True)

    assert 0 == (tmp_path / "bag" / "data" / "srv1" / "a.txt").stat().st_mode & 0o222


def test_a_manifest_line_is_that_of_the_standard():
    """RFC 8493 section 2.1.3 encodes line ends and the percent sign, and nothing else."""
    digest = digest_of(TEXT)

    assert digest.encode() + b"  data/a%0Ab%0D100%25" + b"\n" == manifest_line(
        digest, b"data/a\nb\r100%"
    )
    assert digest.encode() + b"  " + LATIN + b"\n" == manifest_line(digest, LATIN)


@pytest.mark.parametrize("kind", ["folder", "link", "pipe"])
def test_what_is_no_file_keeps_its_place(tmp_path, kind):
    """A folder of one snapshot is a file of another; and who writes there puts pipes and links."""
    there = tmp_path / "bag" / "data" / "srv1" / "scans"
    there.parent.mkdir(parents=True)
    {
        "folder": there.mkdir,
        "link": lambda: there.symlink_to(tmp_path / "elsewhere"),
        "pipe": lambda: os.mkfifo(there),
    }[kind]()

    placed = place(tmp_path / "bag", payload(b"scans"))

    assert placed.mapped
    assert TEXT == (tmp_path / "bag" / os.fsdecode(placed.path)).read_bytes()
    assert not there.is_file()


@pytest.mark.parametrize("code", [errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK])
def test_a_share_without_links_takes_files(tmp_path, monkeypatch, code):
    """Windows shares and FUSE say otherwise that they know no links."""

    def refuse(*_, **__):
        raise OSError(code, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    assert not place(tmp_path / "bag", payload(b"a.txt")).mapped


def test_everything_in_a_bag_is_listed_and_no_link_is_followed(tmp_path):
    """Files and links by their paths as bytes; what a link leads to is not of the bag."""
    place(tmp_path / "bag", payload(LATIN))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x").touch()
    (tmp_path / "bag" / "autorun.inf").touch()
    (tmp_path / "bag" / "data" / "more").symlink_to(tmp_path / "elsewhere")

    with Bag.open(tmp_path / "bag") as bag:
        assert {b"data/srv1/" + LATIN, b"autorun.inf", b"data/more"} == bag.names()


def test_a_full_target_says_that_the_same_command_goes_on(tmp_path, monkeypatch):
    """A bag that was cut short is gone on with: nobody has to begin anew."""

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fchmod", full)
    with pytest.raises(StoreError, match="No space left") as failed:
        place(tmp_path / "bag", payload(b"a.txt"))

    assert "the same command again" in failed.value.next_step
    assert [] == [p for p in (tmp_path / "bag").rglob("*") if p.is_file()]
