"""ZIP archives written anew: what stays is what it was, and nothing else is in them."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.zip import read_directory
from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.disarming.rebuilding.plan import NOTHING_CHANGES, Plan, Substitute
from tests.corpus.containers import NOTE, TABLE, zip64, zip_with_link
from tests.corpus.packages import archive, encrypted, overlapping, with_local_name
from tests.corpus.rebuilders import ZIP, parts_of, written

BAD = b"MZ, and what follows"
WHOLE = archive({"note.txt": NOTE, "bad.exe": BAD, "table.csv": TABLE})
WITHOUT = Plan(left_out={2: "prohibited"})


def members(content):
    """Names and contents as the reader of archives sees them."""
    return [(part.untrusted_name, part.content) for part in parts_of(content, ZIP)]


def by_hand(*entries, remark=b""):
    """An archive of (ZipInfo, content)."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as output:
        for info, content in entries:
            output.writestr(info, content, zipfile.ZIP_DEFLATED)
        output.comment = remark
    return made.getvalue()


def test_a_part_that_is_left_out_is_gone_to_the_last_byte():
    """The others are there in their order, under their names."""
    made = written(WHOLE, ZIP, WITHOUT).content

    assert [(b"note.txt", NOTE), (b"table.csv", TABLE)] == members(made)
    assert b"bad.exe" not in made
    assert () == read_directory(made).anomalies


def test_a_copy_stands_where_the_part_stood():
    """In its place and under the name that it is given."""
    other = Substitute(untrusted_name=b"bad.docx", content=b"safe", media_type="text/plain")
    made = written(WHOLE, ZIP, Plan(substitutes={2: other}))

    assert [b"note.txt", b"bad.docx", b"table.csv"] == [name for name, _ in members(made.content)]
    assert b"safe" == members(made.content)[1][1]


def test_names_and_dates_stay_and_all_else_goes():
    """A name in an old alphabet, one in UTF-8, and a date; no remark, no field, no right to run."""
    old = zipfile.ZipInfo("r\u00e9sum\u00e9.txt", (2019, 3, 4, 5, 6, 8))
    old.create_system, old.external_attr, old.comment = 3, 0o100755 << 16, b"a remark"
    old.extra = b"\x99\x99\x04\x00SPAM"
    content = by_hand((old, NOTE), (zipfile.ZipInfo("b.exe"), BAD), remark=b"around")
    made = written(content, ZIP, WITHOUT).content

    with zipfile.ZipFile(io.BytesIO(made)) as opened:
        (info,) = opened.infolist()
    assert ("r\u00e9sum\u00e9.txt", (2019, 3, 4, 5, 6, 8)) == (info.filename, info.date_time)
    assert (b"", b"", 0o100644) == (info.comment, info.extra, info.external_attr >> 16)
    assert all(word not in made for word in (b"SPAM", b"a remark", b"around"))


def test_a_folder_without_a_member_is_not_written():
    """Its name was looked at by nobody."""
    content = archive({"empty/": b"", "full/note.txt": NOTE, "full/b.exe": BAD})

    assert [(b"full/note.txt", NOTE)] == members(written(content, ZIP, WITHOUT).content)


def test_an_archive_of_the_new_kind_is_written_as_an_old_one():
    """Sizes of 64 bits are not needed for what is small."""
    content = written(zip64(), ZIP, NOTHING_CHANGES).content

    assert [(b"note.txt", NOTE)] == members(content)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (overlapping(), "different archives"),
        (with_local_name(archive({"note.txt": NOTE}), b"note.txt", b"evil.txt"), "name-mismatch"),
        (zip_with_link(), "symlink"),
        (encrypted(archive({"note.txt": NOTE})), "encrypted"),
        (b"MZ" + archive({"note.txt": NOTE}), "prefix-data"),
        (archive({"note.txt": NOTE}) + b"more", "trailing-data"),
        (archive({"../note.txt": NOTE}), "path-outside"),
    ],
)
def test_what_programs_would_read_differently_is_refused(content, why):
    """And what needs a password."""
    with pytest.raises(CannotDisarmError, match=why):
        written(content, ZIP, NOTHING_CHANGES)


def test_no_two_members_get_one_name():
    """A copy whose new name another member has already."""
    other = Substitute(untrusted_name=b"NOTE.txt", content=b"safe", media_type="text/plain")

    with pytest.raises(CannotDisarmError, match="one name"):
        written(WHOLE, ZIP, Plan(substitutes={2: other}))


_NAMES = st.text(
    st.characters(categories=("L", "N"), include_characters=" -_."), min_size=1, max_size=40
).filter(lambda name: name.strip(". ") == name and name)


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(_NAMES, st.binary(max_size=300), min_size=1, max_size=6),
    st.sets(st.integers(1, 6)),
)
def test_whatever_stays_is_equal_and_is_written_once_more_the_same(given_members, gone):
    """For any members, and any of them left out."""
    folded = {name.lower() for name in given_members}
    if len(folded) != len(given_members):
        return
    content = archive(given_members)
    before = members(content)
    plan = Plan(left_out=dict.fromkeys(gone, "malicious"))
    made = written(content, ZIP, plan).content

    left = [each for number, each in enumerate(before, 1) if number not in gone]
    assert left == members(made)
    assert made == written(made, ZIP, NOTHING_CHANGES).content
