"""The strict reader of tar archives."""

import io
import tarfile
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import (
    FormatError,
    LimitError,
    MalformedError,
    TruncatedError,
    UnsupportedError,
)
from formats.tar import read_members
from tests.corpus.containers import NOTE, TAR, tar_member, tarred

read_tar = partial(read_members, most_members=10_000)
FORMS = (tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)
NAMES = st.text("abcé/._- ", min_size=1, max_size=200).map(lambda t: "x" + t.rstrip("/") + "y")


@settings(max_examples=60, deadline=None)
@given(names=st.lists(NAMES, min_size=1, max_size=5, unique=True), form=st.sampled_from(FORMS[1:]))
def test_honest_archives_are_read_as_the_standard_library_reads_them(names, form) -> None:
    """Names, sizes and bytes are those that tarfile gives."""
    content = tarred(*map(tar_member, names), form=form)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        theirs = [(m.name, archive.extractfile(m).read()) for m in archive.getmembers()]

    ours = [
        (m.untrusted_name.decode(), content[m.offset : m.offset + m.size])
        for m in read_tar(content)
    ]

    assert theirs == ours


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (tarfile.SYMTYPE, "symlink"),
        (tarfile.LNKTYPE, "hard-link"),
        (tarfile.CHRTYPE, "device"),
        (tarfile.BLKTYPE, "device"),
        (tarfile.FIFOTYPE, "fifo"),
    ],
)
def test_what_is_no_file_is_named(kind, said) -> None:
    """Links and devices have no bytes and a name of their own."""
    (member,) = read_tar(tarred(tar_member("x", kind, link="y")))

    assert (said, 0) == (member.oddity, member.size)


@pytest.mark.parametrize("form", FORMS)
def test_a_size_beyond_the_octal_field_is_read(form) -> None:
    """Every form of the three is read whole."""
    (member,) = read_tar(tarred(tar_member("note.txt"), form=form))

    assert len(NOTE) == member.size


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", TruncatedError),
        (TAR[:700], TruncatedError),
        (TAR[:148] + b"0000000\0" + TAR[156:], MalformedError),
        (TAR + b"behind", MalformedError),
        (b"x" * 1024, MalformedError),
    ],
)
def test_what_is_no_archive_is_a_named_fault(content, fault) -> None:
    """Cut archives, wrong checksums and bytes behind the end are told apart."""
    with pytest.raises(fault):
        list(read_tar(content))


def test_folders_are_left_out() -> None:
    """A folder holds nothing to look at."""
    assert [] == list(read_tar(tarred(tar_member("x", tarfile.DIRTYPE))))


def test_a_file_that_runs_as_another_user_is_named() -> None:
    """Set-id bits are nothing that a recovered file needs."""
    (member,) = read_tar(tarred(tar_member("x", mode=0o4755)))

    assert "set-id" == member.oddity


def test_a_sparse_member_is_not_supported() -> None:
    """Its stored bytes are not those that come out."""
    header = tar_member("sparse")
    header.type = tarfile.GNUTYPE_SPARSE

    with pytest.raises(UnsupportedError):
        list(read_tar(tarred(header)))


def test_more_members_than_allowed_are_a_limit() -> None:
    """The number of members is bounded."""
    with pytest.raises(LimitError):
        list(read_members(TAR, most_members=1))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2048) | st.tuples(st.integers(0, len(TAR) - 1), st.binary(max_size=12)))
def test_hostile_bytes_raise_only_named_faults(drawn) -> None:
    """Arbitrary bytes, and an archive with some bytes replaced, end in members or a fault."""
    content = drawn
    if isinstance(drawn, tuple):
        at, put = drawn
        content = TAR[:at] + put + TAR[at + len(put) :]
    try:
        found = list(read_tar(content))
    except FormatError:
        return
    assert all(m.offset + m.size <= len(content) for m in found)
