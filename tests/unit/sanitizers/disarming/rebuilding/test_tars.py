"""Tar archives and packed streams written anew, and other archives that become ZIP archives."""

import bz2
import gzip
import io
import lzma
import tarfile

import pytest

from formats import zstd
from formats.faults import FormatError
from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.disarming.rebuilding.plan import NOTHING_CHANGES, Plan, Substitute
from sanitizers.disarming.rebuilding.programs import WRITERS
from sanitizers.disarming.registry import REBUILT
from sanitizers.limits import DEFAULT_LIMITS
from tests.corpus.containers import NOTE, TABLE, tar_member, tarred
from tests.corpus.cpios import of as cpio_of
from tests.corpus.rebuilders import TAR, ZIP, parts_of, written
from tests.corpus.sevenzips import of as sevenzip_of
from tests.corpus.tars import tar_of

LONG = "dossier/" + "patient-" * 30 + ".txt"
BAD = b"MZ, and what follows"
WITHOUT = Plan(left_out={2: "prohibited"})
PACKING = {
    "application/gzip": gzip.compress,
    "application/x-bzip2": bz2.compress,
    "application/x-xz": lzma.compress,
    "application/zstd": zstd.packed,
}


WHOLE = tar_of([("note.txt", NOTE), ("bad.exe", BAD), (LONG, TABLE)])


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_what_stays_has_its_name_its_date_and_its_bytes(form):
    """A long name too; owners and rights are not kept."""
    content = tar_of([("note.txt", NOTE), ("bad.exe", BAD), (LONG, TABLE)], form)
    made = written(content, TAR, WITHOUT).content

    with tarfile.open(fileobj=io.BytesIO(made)) as opened:
        found = [(m.name, m.mtime, m.mode, m.uname) for m in opened]
    date = 1_600_000_000
    assert [("note.txt", date, 0o644, ""), (LONG, date, 0o644, "")] == found
    assert [NOTE, TABLE] == [part.content for part in parts_of(made, TAR)]
    assert b"bad.exe" not in made


def test_it_is_written_once_more_the_same():
    """Nothing but members and dates decides what is written."""
    made = written(WHOLE, TAR, WITHOUT).content

    assert made == written(made, TAR, NOTHING_CHANGES).content
    assert [NOTE, TABLE] == WRITERS[TAR].reread(made, DEFAULT_LIMITS)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_not_written(kind):
    """Such an archive stays held."""
    with pytest.raises(CannotDisarmError, match="no plain file"):
        written(tarred(tar_member("x", kind, link="y")), TAR, NOTHING_CHANGES)


@pytest.mark.parametrize("media_type", list(PACKING))
def test_a_packed_stream_is_packed_anew(media_type):
    """Around what stands for its content, in one fixed way, and readable by another reader."""
    content = PACKING[media_type](WHOLE)
    inner = written(WHOLE, TAR, WITHOUT).content
    other = Substitute(untrusted_name=b"", content=inner, media_type=TAR)
    made = written(content, media_type, Plan(substitutes={1: other}))

    assert media_type == made.media_type
    assert [inner] == [part.content for part in parts_of(made.content, media_type)]
    assert [inner] == WRITERS[media_type].reread(made.content, DEFAULT_LIMITS)
    assert made.content == written(made.content, media_type, NOTHING_CHANGES).content


@pytest.mark.parametrize("media_type", list(PACKING))
def test_a_packed_stream_without_its_content_is_nothing(media_type):
    """There is nothing to deliver."""
    with pytest.raises(CannotDisarmError, match="nothing"):
        written(PACKING[media_type](BAD), media_type, Plan(left_out={1: "prohibited"}))


def test_bytes_that_belong_to_no_member_are_seen():
    """In the padding behind a file, in a field of a header, and in a remark of gzip."""
    made = written(WHOLE, TAR, WITHOUT).content
    padded = made.replace(NOTE + bytes(4), NOTE + b"evil")
    owned = made.replace(b"ustar  \0" + bytes(4), b"ustar  \0evil", 1)
    remark = b"\x1f\x8b\x08\x10" + bytes(6) + b"evil\0"
    packed = remark + gzip.compress(made, mtime=0)[10:]

    for media_type, content in ((TAR, padded), (TAR, owned), ("application/gzip", packed)):
        with pytest.raises(FormatError, match=r"beside|does not read"):
            WRITERS[media_type].reread(content, DEFAULT_LIMITS)


@pytest.mark.parametrize(
    ("media_type", "build"),
    [("application/x-cpio", cpio_of), ("application/x-7z-compressed", sevenzip_of)],
)
def test_an_archive_that_nobody_writes_becomes_a_zip(media_type, build):
    """With the same members."""
    content = build({"note.txt": NOTE, "bad.exe": BAD, "dossier/table.csv": TABLE})
    made = written(content, media_type, WITHOUT)

    assert ZIP == made.media_type
    assert [(b"note.txt", NOTE), (b"dossier/table.csv", TABLE)] == [
        (part.untrusted_name, part.content) for part in parts_of(made.content, ZIP)
    ]


def test_every_container_of_the_table_has_a_writer():
    """And the type of its copy has one, so that the copy is written once more."""
    assert REBUILT.keys() == WRITERS.keys()
    assert set(REBUILT.values()) <= WRITERS.keys()
