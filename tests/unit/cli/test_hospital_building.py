import hashlib
import os
import stat
from collections import Counter
from datetime import UTC, datetime

import pytest

from cli.hospital import Condition, build, shares
from cli.hospital.building import shares as build_shares
from cli.hospital.disk import put
from cli.hospital.planted import ENCRYPTION, LAST_GOOD, SNAPSHOT, Planted
from custody.entry import EntryKind
from custody.errors import UsageError
from custody.names import escape, extension, parent

ALL = [(share, item) for share in shares() for item in share.planted]


def every_entry(root):
    """All names under a folder with everything that an inventory sees, inode numbers aside."""
    return {os.fsencode(path.relative_to(root)): facts(path) for path in root.rglob("*")}


def facts(path):
    """Kind and mode, time, number of links, and the link's text or the content's digest."""
    seen = path.lstat()
    held = ""
    if path.is_symlink():
        held = str(path.readlink())
    elif path.is_file():
        held = hashlib.sha256(path.read_bytes()).hexdigest()
    return seen.st_mode, seen.st_mtime_ns, seen.st_nlink, held


@pytest.fixture
def hospital(tmp_path):
    """A hospital on the disk."""
    root = tmp_path / "hospital"
    return root, build(root)


def test_two_hospitals_are_the_same(hospital, tmp_path):
    """Names, bytes, times, modes and links are the same each time, whatever the umask says."""
    root, _ = hospital
    before = os.umask(0o077)
    try:
        build(tmp_path / "again")
    finally:
        os.umask(before)

    assert every_entry(root) == every_entry(tmp_path / "again")
    assert len(ALL) < len(every_entry(root))


def test_the_sources_are_the_shares(hospital):
    """Each share is one source at its own folder, with its host, site, service and time."""
    _, sources = hospital

    assert [
        ("srv-pacs", "radiologie"),
        ("srv-labo", "biologie"),
        ("srv-dossiers", "dossiers-patients"),
        ("srv-dossiers", "direction"),
    ] == [(source.host, source.service) for source in sources]
    assert {"site-nord", "site-sud"} == {source.site for source in sources}
    assert {SNAPSHOT} == {source.snapshot_time for source in sources}
    assert len(sources) == len({source.folder for source in sources})


def test_what_was_planted_is_what_lies_there(hospital):
    """Every planted name is on the disk with its kind, bytes and time, and nothing else is."""
    _, sources = hospital
    for source, share in zip(sources, shares(), strict=True):
        entries = every_entry(source.folder).items()
        found = {path for path, seen in entries if not stat.S_ISDIR(seen[0])}
        assert {item.path for item in share.planted} == found
        for item in share.planted:
            seen = (source.folder / os.fsdecode(item.path)).lstat()
            assert item.modified == datetime.fromtimestamp(seen.st_mtime_ns // 10**9, UTC)
            if item.kind is EntryKind.FILE and not item.link_to:
                assert len(item.content) == seen.st_size
                assert 0o644 == stat.S_IMODE(seen.st_mode)


def test_links_and_pipes_are_what_they_claim(hospital):
    """The symlink leads inside the share, the hard link shares its inode, the pipe is one."""
    _, (pacs, labo, *_) = hospital

    assert (pacs.folder / "derniere-etude" / "IM0001.dcm").is_file()
    assert (pacs.folder / "modeles/logo.png").samefile(pacs.folder / "modeles/logo-lien.png")
    assert (labo.folder / "hl7/automate.fifo").is_fifo()


def test_a_folder_in_use_is_refused(tmp_path):
    """The demonstration never mixes with files that stand there already."""
    (tmp_path / "mine.txt").write_text("keep")

    with pytest.raises(UsageError, match="not empty"):
        build(tmp_path)
    assert ["mine.txt"] == [path.name for path in tmp_path.iterdir()]


def test_a_kind_that_the_hospital_does_not_hold_is_a_bug(tmp_path):
    """Devices cannot be planted: that takes rights which the demonstration never has."""
    device = Planted(path=b"tape", modified=LAST_GOOD, kind=EntryKind.BLOCK_DEVICE)

    with pytest.raises(RuntimeError, match="block-device"):
        put(tmp_path / "share", (device,), LAST_GOOD)


def test_the_hospital_is_small_and_every_condition_is_there():
    """Between 150 and 250 names, mostly intact, with at least one of each condition."""
    counts = Counter(item.condition for _, item in ALL)

    assert 150 <= len(ALL) <= 250
    assert set(Condition) == set(counts)
    assert counts[Condition.INTACT] > 3 * (len(ALL) - counts[Condition.INTACT])


def test_shares_are_the_same_each_time():
    """What is planted does not depend on when it is asked for."""
    assert shares() == build_shares()


def test_no_name_is_planted_twice_and_none_leaves_its_share():
    """Paths are relative, without dots, unique in their share, with parts a disk can hold."""
    for share in shares():
        paths = [item.path for item in share.planted]
        parts = [part for path in paths for part in path.split(b"/")]
        assert len(paths) == len(set(paths))
        assert not {b"", b".", b".."} & set(parts)
        assert max(map(len, parts)) <= 255


def test_the_encrypted_files_stand_together_at_night():
    """All encrypted files are in one folder beside the note, changed within half an hour."""
    lost = [item for _, item in ALL if item.condition is Condition.ENCRYPTED]
    note = next(item for _, item in ALL if item.condition is Condition.RANSOM_NOTE)
    minutes = [(item.modified - ENCRYPTION).total_seconds() / 60 for item in lost]

    assert {parent(note.path)} == {parent(item.path) for item in lost}
    assert {"lockbit"} == {extension(item.path) for item in lost}
    assert 0 <= min(minutes) <= max(minutes) <= 30
    assert len(lost) * 10 < len(ALL)


def test_one_survivor_changed_shortly_before_and_the_others_long_before():
    """Beside the encrypted files stands one that an alarm must doubt, and some that it need not."""
    note = next(item for _, item in ALL if item.condition is Condition.RANSOM_NOTE)
    beside = [item for _, item in ALL if parent(item.path) == parent(note.path)]
    near = [item for item in beside if item.condition is Condition.NEIGHBOUR]
    old = [item for item in beside if item.condition is Condition.INTACT]

    assert 1 == len(near)
    assert 0 < (ENCRYPTION - near[0].modified).total_seconds() < 48 * 3600
    assert 2 == len(old)
    assert all((ENCRYPTION - item.modified).days >= 14 for item in old)


def test_nothing_else_changed_around_the_attack():
    """Outside the attacked folder every file is weeks older than the attack."""
    attacked = {Condition.ENCRYPTED, Condition.RANSOM_NOTE, Condition.NEIGHBOUR}
    others = [item for _, item in ALL if item.condition not in attacked]

    assert min((ENCRYPTION - item.modified).days for item in others) >= 14
    assert max(item.modified for _, item in ALL) < SNAPSHOT


def test_the_names_deceive_in_every_way():
    """Newline, override, escape, 255 bytes, no UTF-8 and a trailing space are all there."""
    names = [item.path.rpartition(b"/")[2] for _, item in ALL]
    shown = " ".join(map(escape, names))

    assert all(text in shown for text in ("\\u000a", "\\u202e", "\\u001b", "\\xe9"))
    assert [255] == [len(name) for name in names if len(name) > 100]
    assert any(name.endswith(b" ") for name in names)


def test_some_contents_are_duplicates():
    """The same bytes stand under several names, as on every real share."""
    contents = Counter(i.content for _, i in ALL if i.content and i.condition is Condition.INTACT)

    assert 2 == max(contents.values())
    assert b"" in {i.content for _, i in ALL if i.condition is Condition.INTACT and not i.link_to}
