import struct
import zlib
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.hospital.dicom import Study, instance
from cli.hospital.people import patient
from schemas.dicom import schema as schema_module
from schemas.dicom.schema import Dicom
from schemas.interface import Record
from tests.corpus.images import dicom, element
from tests.corpus.resources import PROGRAM
from tests.corpus.validating import codes, report_of, said_by

STUDY = Study(number=1, patient=patient(1), description="Thorax", at=datetime(2026, 3, 12, 8, 0))  # noqa: DTZ001
IMAGE = instance(STUDY, 1)
DEFLATED = "1.2.840.10008.1.2.1.99"


def told(content):
    """The codes that are said of a file."""
    return codes(said_by(Dicom(), content))


def is_refused(content):
    """Whether a file is refused."""
    return any(
        isinstance(i, Record) and i.fate.value == "refused" for i in said_by(Dicom(), content)
    )


def swapped(old, new):
    """The image with bytes replaced by as many others."""
    assert old in IMAGE
    assert len(old) == len(new)
    return IMAGE.replace(old, new, 1)


def before(preamble):
    """The image with something in its preamble."""
    return instance(STUDY, 1, preamble=preamble)


PIXELS = IMAGE.rindex(struct.pack("<HH", 0x7FE0, 0x10))


def with_private(content):
    """The image with a private element before its pixels."""
    creator = element(0x7FD1, 0x10, b"LO", b"VENDOR")
    return IMAGE[:PIXELS] + creator + element(0x7FD1, 0x1001, b"OB", content) + IMAGE[PIXELS:]


def test_a_sound_image_is_accepted_without_a_word():
    """A whole image with complete identity and pixels has nothing against it."""
    assert [] == told(IMAGE)
    assert "dicom" == report_of(IMAGE).schema
    assert [] == told(with_private(b"\x00\x01" * 20))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (IMAGE[: len(IMAGE) // 2], "DCM-001"),
        (IMAGE[:1500], "DCM-001"),
        (IMAGE[:-10], "DCM-001"),
        (IMAGE + PROGRAM, "DCM-002"),
        (IMAGE[:400] + b"\xaa" * 200 + IMAGE[600:], "DCM-002"),
        (dicom(element(0x10, 0x10, b"PN", b"DOE^JO") * 2), "DCM-002"),
        (before(b"MZ" + bytes(58) + b"\x80\0\0\0"), "DCM-003"),
        (before(b"\x7fELF"), "DCM-003"),
        (before(b"#!/bin/sh\n"), "DCM-003"),
        (before(b"%PDF-1.4\n"), "DCM-003"),
        (before(b"<html><script>"), "DCM-003"),
        (before(b"PK\x03\x04"), "DCM-003"),
        (with_private(b"xx" + PROGRAM), "GEN-015"),
        (swapped(b"20260312", b"20231399"), "GEN-008"),
        (swapped(f"{patient(1).born:%Y%m%d}".encode(), b"21990101"), "GEN-009"),
        (swapped(b"1.2.840.10008.5.1.4.1.1.2", b"1.2.abc.10008.5.1.4.1.1.2"), "DCM-009"),
        (IMAGE.replace(b"1.2.840.10008.5.1.4.1.1.2\0", bytes(26)), "DCM-007"),
        (IMAGE[: 144 + struct.unpack_from("<I", IMAGE, 140)[0]], "DCM-007"),
    ],
)
def test_damage_and_attacks_are_refused(content, code):
    """Cut, garbled, appended, hidden or impossible: each refuses the file with its own reason."""
    assert code in told(content)
    assert is_refused(content)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (before(b"II*\x00\x08"), "DCM-004"),
        (before(b"MM\x00*"), "DCM-004"),
        (before(b"\x01"), "DCM-005"),
        (IMAGE[132:], "DCM-006"),
        (dicom(), "DCM-008"),
        (swapped(b"Thorax", b"<html>"), "DCM-014"),
    ],
)
def test_oddities_are_accepted_and_flagged(content, code):
    """A second reading as TIFF, stray bytes, no preamble, mark-up in a text: told, not refused."""
    assert code in told(content)
    assert not is_refused(content)


def test_two_letters_in_measured_values_are_no_program():
    """Vendors' binary values hold "MZ" by chance; only what leads to a program's head is one."""
    assert [] == told(with_private(b"MZ\x00\x01" * 500 + b"MZ"))


def test_another_image_in_the_head_is_refused():
    """The head of a file names the image that it holds."""
    uid_at = IMAGE.index(struct.pack("<HH2s", 2, 3, b"UI"))
    spoiled = bytearray(IMAGE)
    last = uid_at + 8 + struct.unpack_from("<H", IMAGE, uid_at + 6)[0] - 2
    spoiled[last] = ord("1") if spoiled[last] != ord("1") else ord("2")

    assert "DCM-010" in told(bytes(spoiled))


def test_pixels_are_as_many_as_the_image_says():
    """One row more than there are pixels is damage; one row less is told."""
    rows = struct.pack("<HH2sH", 0x28, 0x10, b"US", 2)
    at = IMAGE.index(rows) + len(rows)
    (count,) = struct.unpack_from("<H", IMAGE, at)

    def with_rows(number):
        return IMAGE[:at] + struct.pack("<H", number) + IMAGE[at + 2 :]

    assert ["DCM-011"] == told(with_rows(count + 1))
    assert ["DCM-012"] == told(with_rows(count - 1))


def deflated(body):
    """A file whose data set is deflated."""
    machine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    syntax = element(2, 0x10, b"UI", DEFLATED.encode())
    return bytes(128) + b"DICM" + syntax + machine.compress(body) + machine.flush()


def test_a_bomb_ends_at_the_limit(monkeypatch):
    """A deflated data set that grows without end costs the limit, and is refused."""
    monkeypatch.setattr(schema_module, "MOST_INFLATED", 4 * 1024 * 1024)

    assert ["GEN-011"] == told(deflated(bytes(64 * 1024 * 1024)))
    assert ["DCM-001"] == told(deflated(element(8, 0x60, b"CS", b"CT") * 1)[:-4])
    assert "DCM-002" in told(deflated(b"")[:-2] + b"\xff" * 20)


def test_bottomless_sequences_are_refused():
    """Sequences nested three hundred times are a limit, not a crash."""
    opened = struct.pack("<HH2sHI", 8, 0x1140, b"SQ", 0, 0xFFFFFFFF)
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    at = IMAGE.index(struct.pack("<HH2s", 0x10, 0x10, b"PN"))

    assert ["GEN-011"] == told(IMAGE[:at] + (opened + item) * 300)


def directory(path):
    """A DICOMDIR that names one file."""
    meta = element(2, 2, b"UI", b"1.2.840.10008.1.3.10") + element(
        2, 0x10, b"UI", b"1.2.840.10008.1.2.1\x00"
    )
    inner = element(4, 0x1500, b"CS", path + b" " * (len(path) % 2))
    item = struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner
    sequence = struct.pack("<HH2sHI", 4, 0x1220, b"SQ", 0, len(item)) + item
    return bytes(128) + b"DICM" + meta + sequence


def test_a_directory_stays_on_its_medium():
    """A DICOMDIR that climbs out of its medium is an attack; odd names are a habit."""
    assert [] == told(directory(b"DICOM\\PAT00001\\IMG00001"))
    for path in (b"..\\..\\WINDOWS\\X", b"\\X\\Y1", b"C:\\X1", b"A/B1"):
        assert ["DCM-013"] == told(directory(path))
    assert ["DCM-008"] == told(directory(b"dicom\\image-00001.dcm "))


@settings(deadline=None, max_examples=80)
@given(st.binary(max_size=40), st.integers(0, len(IMAGE)), st.integers(0, 60))
def test_no_bytes_break_the_walk(noise, place, dropped):
    """Whatever stands anywhere in a file, it gets an answer."""
    assert said_by(Dicom(), IMAGE[:place] + noise + IMAGE[place + dropped :])


def test_what_hides_behind_a_deflated_data_set_is_refused():
    """One zero may stand there, or the sum and length of gzip; a program may not."""
    body = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    plain = element(8, 0x16, b"UI", b"1.2\x00")
    packed = body.compress(plain) + body.flush()
    sums = struct.pack("<II", zlib.crc32(plain), len(plain))
    meta = element(2, 0x10, b"UI", DEFLATED.encode())
    head = bytes(128) + b"DICM" + meta

    assert "DCM-002" not in told(head + packed + b"\x00")
    assert "DCM-002" not in told(head + packed + sums)
    assert "DCM-002" in told(head + packed + bytes(8))
    assert "DCM-002" in told(head + packed + PROGRAM)


def test_pixels_are_in_the_form_that_the_file_says():
    """Items of compressed pixels in a file without compression are another image to each reader."""
    items = struct.pack("<HHI", 0xFFFE, 0xE000, 0) + struct.pack("<HHI", 0xFFFE, 0xE000, 4)
    at = PIXELS + 12
    boxed = IMAGE[:at] + items + IMAGE[at + len(items) :]
    jpeg = IMAGE.replace(b"1.2.840.10008.1.2.1\x00", b"1.2.840.10008.1.2.5\x00", 1)

    assert "DCM-018" in told(boxed)
    assert "DCM-018" in told(jpeg)


def test_private_elements_without_an_owner_are_flagged():
    """Nobody can tell whose they are, and a reader that strips by owner leaves them."""
    lonely = IMAGE[:PIXELS] + element(0x7FD1, 0x1001, b"OB", b"\x00\x01") + IMAGE[PIXELS:]

    assert ["DCM-017"] == told(lonely)
