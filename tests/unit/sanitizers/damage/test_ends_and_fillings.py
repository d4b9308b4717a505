"""Ends of old documents, fillings of packages, and what falls into step again after damage."""

import io
import struct
import zipfile

from sanitizers.damage.zipped import check_zip
from sanitizers.sniffing import open_sample
from tests.corpus.ciphered_zips import ciphered_zip
from tests.corpus.compounds import compound
from tests.corpus.damaging import SPARING, ZEROS, noise, overwrite
from tests.corpus.images import jpeg
from tests.corpus.looking import demands, look
from tests.corpus.packages import archive, odt, with_claimed_size


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


def filled(members: int = 60) -> bytes:
    """Return an archive whose first member has room to grow, as Excel leaves it (0xA220)."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as output:
        for number in range(members):
            info = zipfile.ZipInfo(f"{number}.xml")
            info.extra = b"\x20\xa2\xfc\x01" + bytes(508) if number == 0 else b""
            output.writestr(info, noise(300, number).hex(), zipfile.ZIP_DEFLATED)
    return written.getvalue()


def test_room_to_grow_is_no_damage() -> None:
    """The zeros of a header's extra field were written; noise behind them is called noise."""
    whole = filled()
    assert damage(whole) == set()
    assert damage(SPARING["sectors from 512"](whole)) <= {
        "overwritten-structure",
        "zip-member-overwritten",
    }
    assert damage(ZEROS["zeros to 30 %"](whole)) == {"zero-filled"}


def test_zeros_that_decode_to_more_than_there_was_are_zeros() -> None:
    """A stretch of zeros may be codes for many letters; a size that lies has the right checksum."""
    letters = "".join(f"ligne {n}: le patient {n * 7919 % 1000} va bien.\n" for n in range(3000))
    whole = odt(letters.encode())
    for at in range(1000, len(whole) - 3000, 1500):
        rules = {
            f.rule for f in check_zip(open_sample(whole[:at] + bytes(700) + whole[at + 700 :]))
        }
        assert rules == {"zero-filled"}
    assert "zip-size-mismatch" in damage(with_claimed_size(archive({"a": b"x" * 5000}), 100))


def test_a_last_sector_that_is_cut_in_its_filling_is_cut() -> None:
    """Nothing is lost that a reader needs, and yet the file is not as it was written."""
    whole = compound({"WordDocument": b"letters of a text " * 500})
    assert len(whole) % 512 == 0
    assert damage(whole) == set()
    assert "cut" in damage(whole[:-100])


def with_last_sector(size: int) -> bytes:
    """Return a document whose one stream goes on in a last sector, of so many bytes."""
    whole = bytearray(compound({"Notes": b"letters of a text " * 256}))
    (table,) = struct.unpack_from("<I", whole, 76)
    added, first = len(whole) // 512 - 1, whole.index(b"letters of a text ") // 512 - 1
    links = 512 * (table + 1)
    struct.pack_into("<I", whole, links + 4 * (first + 8), added)
    struct.pack_into("<I", whole, links + 4 * added, 0xFFFFFFFE)
    entry = whole.index("Notes".encode("utf-16-le"))
    struct.pack_into("<I", whole, entry + 120, 9 * 512 + size)
    return bytes(whole) + (b"letters of a text " * 30)[:size]


def test_a_last_sector_that_ends_with_its_stream_is_whole() -> None:
    """Some writers leave the filling out: what ends with the last byte of a stream lost none."""
    content = with_last_sector(200)
    assert "cut" not in damage(content)
    assert "cut" not in damage(content + bytes(312))
    assert "cut" in damage(content + bytes(100))


def test_noise_in_one_sector_of_an_archive_is_found() -> None:
    """Wherever the sector lies."""
    whole = filled(20)
    for at in range(0, len(whole) - 512, 512):
        assert damage(overwrite(whole, [(at, at + 512)]))


def test_a_member_behind_a_password_is_noise_by_right() -> None:
    """Where its archive was cut it is cut, and zeros in it were never written."""
    sealed = ciphered_zip("a.txt", noise(9000, 3), "secret")
    assert damage(sealed) == set()
    assert damage(sealed[:6000]) == {"cut"}
    assert damage(sealed[:3000] + bytes(2000) + sealed[5000:]) == {"zero-filled"}


def test_what_fills_the_last_sector_of_a_picture_is_no_key() -> None:
    """Cameras write whole sectors; what was appended ends anywhere, or is a sector itself."""
    whole = jpeg()
    sector = whole + noise(-len(whole) % 512)
    assert demands(look(sector), "encryption") == set()
    assert demands(look(sector + noise(512)), "encryption") == {"random-trailer"}


def test_a_key_behind_a_few_bytes_of_another_use_is_a_key() -> None:
    """What stood behind a picture before fills no sector; the one that was appended does."""
    remark = jpeg() + b"Printed in room 4. " * 10
    assert demands(look(remark), "encryption") == set()
    assert demands(look(remark + noise(512)), "encryption") == {"random-trailer"}
