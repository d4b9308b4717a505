"""RAR archives: packed members come through libarchive, and only where that is new enough."""

import zlib
from dataclasses import replace

import pytest

from formats import rar4, rar5
from formats.faults import FormatError, UnsupportedError
from sanitizers.containers import libarchive, rarred
from sanitizers.containers.libarchive import debian_revision, is_new_enough
from sanitizers.containers.rar_rewriting import rewritten
from sanitizers.limits import Limits
from tests.corpus import rars
from tests.corpus.containers import NOTE, TABLE
from tests.corpus.rar_cases import HONEST, RAR4, RAR5
from tests.corpus.rars import Item

BOOKWORM = "Package: libarchive13\nStatus: install ok installed\nVersion: 3.6.2-1+deb12u{}\n"


def test_without_libarchive_stored_members_come_out_and_packed_ones_say_what_to_install(
    monkeypatch,
) -> None:
    """Nothing of a packed member is guessed."""
    monkeypatch.setattr(libarchive, "LIBRARY", None)

    stored = list(rarred.unpack(rars.of(HONEST), Limits()))
    packed = list(rarred.unpack(RAR5, Limits()))

    assert list(HONEST.values()) == [part.content for part in stored]
    assert {b""} == {part.content for part in packed}
    assert all("apt install libarchive13" in part.refusal for part in packed)
    assert "no libarchive" == libarchive.libarchive_version()


@pytest.mark.parametrize(
    ("version", "status", "expected"),
    [
        (3_008_009, "", True),
        (3_008_008, "", False),
        (3_007_004, BOOKWORM.format(5), False),
        (3_006_002, "", False),
        (3_006_002, BOOKWORM.format(4), False),
        (3_006_002, BOOKWORM.format(5), True),
        (3_006_002, BOOKWORM.format(12), True),
    ],
)
def test_only_a_libarchive_with_the_fixes_is_used(version, status, expected) -> None:
    """Debian's own number tells which of its revisions have them."""
    assert expected is is_new_enough(version, status)


def test_a_package_that_was_removed_counts_for_nothing() -> None:
    """Only what is installed vouches for the library that was loaded."""
    removed = BOOKWORM.format(5).replace("install ok installed", "deinstall ok config-files")

    assert 0 == debian_revision(removed)


def test_blake2sp_is_that_of_its_authors() -> None:
    """The first of their test vectors, and one that fills every lane."""
    empty = "dd0e891776933f43c7d032b08a917e25741f8aa9a12c12e1cac8801500f2ca4f"

    assert empty == rarred.blake2sp(b"").hex()
    assert rarred.blake2sp(bytes(4096)) != rarred.blake2sp(bytes(4095))


@pytest.mark.parametrize("packed", [False, True])
def test_a_wrong_blake2_sum_is_malformed(packed) -> None:
    """A sum that cannot be forged counts beside the CRC."""
    for right in (True, False):
        told = rarred.blake2sp(NOTE if right else TABLE)
        extra = rars.record(2, rars.number(0), told)
        content = rars.rar5(Item(name=b"a.txt", content=NOTE, packed=packed, extra=extra))

        (part,) = rarred.unpack(content, Limits())

        assert (NOTE if right else b"") == part.content
        assert right is not part.refusal.startswith("malformed")


@pytest.mark.parametrize(("content", "reader"), [(RAR4, rar4), (RAR5, rar5)])
def test_a_rewritten_archive_holds_the_same_members(content, reader) -> None:
    """Its headers are ours, and what was packed is not touched."""
    own = reader.read_archive(content, most_members=9)

    for member in own.members:
        again = reader.read_archive(rewritten(content, own.format, [member]), most_members=9)
        (same,) = again.members
        assert () == again.anomalies
        assert same == replace(member, untrusted_name=b"m", offset=same.offset)


def test_members_that_continue_one_another_are_unpacked_together() -> None:
    """In RAR 5; libarchive has no such chains of RAR 4, which are held."""
    solid = rars.of({"a.txt": NOTE, "b.txt": TABLE}, packed=True)
    chain = rars.rar5(
        Item(name=b"a.txt", content=NOTE, packed=True),
        Item(name=b"b.txt", content=TABLE, packed=True, mix=0x40),
        main=4,
    )
    old = rars.rar4(
        Item(name=b"a", content=rars.NUMBERS, packed=True),
        Item(name=b"b", content=rars.NUMBERS, packed=True, flags=16),
        main=8,
    )

    assert [NOTE, TABLE] == [part.content for part in rarred.unpack(solid, Limits())]
    assert [NOTE, TABLE] == [part.content for part in rarred.unpack(chain, Limits())]
    first, second = rarred.unpack(old, Limits())
    assert (rars.NUMBERS, b"") == (first.content, second.content)
    assert second.refusal.startswith("unsupported: members of RAR 4")


def test_a_broken_member_breaks_those_that_continue_it() -> None:
    """They were packed with what it held before them."""
    chain = rars.rar5(
        Item(name=b"a.txt", content=NOTE, packed=True, crc=zlib.crc32(TABLE)),
        Item(name=b"b.txt", content=TABLE, packed=True, mix=0x40),
        main=4,
    )

    assert [b"", b""] == [part.content for part in rarred.unpack(chain, Limits())]


@pytest.mark.parametrize("content", [RAR4, RAR5])
def test_every_cut_is_a_fault(content) -> None:
    """Nothing that was cut comes apart without a word."""
    for at in range(len(content)):
        try:
            parts = list(rarred.unpack(content[:at], Limits()))
        except FormatError:
            continue
        assert any(part.refusal for part in parts), at


def test_a_comment_in_a_header_of_old_is_unsupported() -> None:
    """Its sum is not over the whole header, so that the reader cannot vouch for it."""
    content = bytearray(rars.rar4(Item(name=b"a.txt", content=NOTE), main=2))
    content[7] ^= 1

    with pytest.raises(UnsupportedError):
        list(rarred.unpack(bytes(content), Limits()))
