import struct

import pytest

from formats.dicom import RUN_LENGTHS
from tests.corpus.damaging import noise, overwrite
from tests.corpus.images import dicom, element
from tests.corpus.intact import GREY
from tests.corpus.looking import demands, look

_ROWS, _COLUMNS = 64, 192
_JPEG_LS = b"1.2.840.10008.1.2.4.80"


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


def _item(value: bytes) -> bytes:
    return b"\xfe\xff\x00\xe0" + struct.pack("<I", len(value)) + value


def packed_study(*fragments: bytes, syntax: bytes) -> bytes:
    """Return a study whose picture lies in fragments."""
    head = element(8, 0x16, b"UI", b"1.2\x00")
    head += element(0x28, 0x10, b"US", struct.pack("<H", _ROWS))
    head += element(0x28, 0x11, b"US", struct.pack("<H", _COLUMNS))
    pixels = struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OB", 0, 0xFFFFFFFF) + _item(b"")
    pixels += b"".join(map(_item, fragments)) + b"\xfe\xff\xdd\xe0" + bytes(4)
    return dicom(head + pixels, syntax=syntax)


def runs() -> bytes:
    """Return one frame of one segment: each line a run of 64 equal pixels and 128 others."""
    lines = (GREY[at : at + _COLUMNS] for at in range(0, _ROWS * _COLUMNS, _COLUMNS))
    segment = b"".join(bytes([257 - 64, line[0], 127]) + line[:128] for line in lines)
    return struct.pack("<16I", 1, 64, *[0] * 14) + segment


RUNS = packed_study(runs(), runs(), syntax=RUN_LENGTHS.encode() + b"\x00")


def test_run_lengths_of_a_study_fill_its_frames() -> None:
    """Noise and zeros leave a frame of another size."""
    assert damage(RUNS) == set()
    assert damage(overwrite(RUNS, [(4096, 8192)])) == {"overwritten-stream"}
    assert damage(RUNS[:4096] + bytes(700) + RUNS[4796:]) == {"zero-filled"}


def test_a_frame_without_its_header_was_overwritten() -> None:
    """The header of a frame is numbers, and ascends."""
    at = RUNS.index(runs())
    assert damage(overwrite(RUNS, [(at, at + 64)])) == {"overwritten-stream"}


def test_zeros_in_a_lossless_picture_were_never_written() -> None:
    """No code of JPEG-LS leaves them."""
    head = b"\xff\xd8\xff\xf7\x00\x0b\x08\x00\x40\x00\xc0\x01\x01\x11\x00"
    head += b"\xff\xda\x00\x08\x01\x01\x00\x00\x00\x00"
    codes = bytes(byte & 0x7F | 1 for byte in noise(9000))
    whole = packed_study(head + codes + b"\xff\xd9", syntax=_JPEG_LS)
    assert damage(whole) == set()
    assert damage(whole[:4096] + bytes(512) + whole[4608:]) == {"zero-filled"}


@pytest.mark.parametrize("implicit", [False, True])
def test_noise_in_a_waveform_is_seen(implicit: bool) -> None:  # noqa: FBT001
    """An electrocardiogram lies within a sequence, and nothing packs it."""
    wave = GREY[:20_000]
    value = element(0x5400, 0x1010, b"OW", wave)
    if implicit:
        value = struct.pack("<HHI", 0x5400, 0x1010, len(wave)) + wave
    kind = b"UN" if implicit else b"SQ"
    study = dicom(element(8, 0x16, b"UI", b"1.2\x00") + element(0x5400, 0x100, kind, _item(value)))
    assert damage(study) == set()
    assert damage(overwrite(study, [(8192, 12_288)])) == {"random-region"}
