import struct
import time
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.dicom import (
    DEFLATED,
    ENCAPSULATED_DOCUMENT,
    OTHER_SYNTAX,
    REPEATED_TAG,
    is_deflated,
    read_dicom,
    starts_without_preamble,
)
from formats.faults import FormatError, LimitError, MalformedError, TruncatedError, UnsupportedError
from sanitizers.inflating import inflate_raw
from tests.corpus.images import IMPLICIT, dicom, element, implicit

ITEM, ITEM_END, SEQUENCE_END = 0xE000, 0xE00D, 0xE0DD
UNDEFINED = 0xFFFFFFFF


def mark(number: int, length: int = 0) -> bytes:
    """Return an item or delimiter of group FFFE."""
    return struct.pack("<HHI", 0xFFFE, number, length)


def open_sequence(*items: bytes) -> bytes:
    """Return a sequence of undefined length."""
    head = struct.pack("<HH2sHI", 8, 0x1140, b"SQ", 0, UNDEFINED)
    return head + b"".join(items) + mark(SEQUENCE_END)


def fragments(*pieces: bytes) -> bytes:
    """Return encapsulated pixel data."""
    head = struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OB", 0, UNDEFINED)
    return head + b"".join(mark(ITEM, len(p)) + p for p in pieces) + mark(SEQUENCE_END)


NAME = element(8, 0x16, b"UI", b"1.2\x00")
INNER = element(8, 0x1150, b"UI", b"1.2\x00")


@pytest.mark.parametrize(
    "body",
    [
        NAME,
        NAME + open_sequence(mark(ITEM, UNDEFINED) + INNER + mark(ITEM_END)),
        NAME + open_sequence(mark(ITEM, len(INNER)) + INNER),
        NAME + element(8, 0x1140, b"SQ", mark(ITEM, len(INNER)) + INNER),
        NAME + fragments(b"", b"\xff\xd8\xff\xd9"),
        NAME + element(0x7FE0, 0x10, b"OW", bytes(8)) + element(0xFFFC, 0xFFFC, b"OB", bytes(4)),
    ],
)
def test_every_form_of_a_data_set_is_walked_to_its_end(body: bytes) -> None:
    """Sequences of both kinds, fragments and trailing padding elements are well-formed."""
    assert 0x00080016 in read_dicom(dicom(body)).elements


def test_implicit_and_big_endian_data_sets_are_walked() -> None:
    """The transfer syntax decides how elements are read."""
    assert 0x00080016 in read_dicom(dicom(implicit(8, 0x16, b"1.2\0"), syntax=IMPLICIT)).elements
    big = struct.pack(">HH2sH", 8, 0x16, b"UI", 4) + b"1.2\x00"
    read = read_dicom(dicom(big, syntax=b"1.2.840.10008.1.2.2\x00"))
    assert 0x00080016 in read.elements


def test_a_deflated_data_set_needs_a_native_parser() -> None:
    """Without one it is unsupported, with one it is walked."""
    packer = zlib.compressobj(wbits=-15)
    body = packer.compress(NAME) + packer.flush()
    content = dicom(body, syntax=DEFLATED.encode())
    assert is_deflated(content)
    with pytest.raises(UnsupportedError):
        read_dicom(content)
    assert 0x00080016 in read_dicom(content, inflate_raw).elements


def test_a_file_without_preamble_is_recognised_and_walked() -> None:
    """Old files begin with their first element."""
    content = dicom()[132:]
    assert starts_without_preamble(content)
    assert read_dicom(content).preamble == b""
    bare = NAME + element(0x10, 0x10, b"PN", b"DOE^JO")
    assert starts_without_preamble(bare)
    assert not starts_without_preamble(b"\x08\x00 words that are no element at all")


def test_a_big_endian_file_without_its_meta_group_is_walked() -> None:
    """Old consoles wrote the data set alone, in their own order of bytes."""
    first = struct.pack(">HH2sH", 8, 5, b"CS", 2) + b"A "
    second = struct.pack(">HH2sH", 0x10, 0x10, b"PN", 4) + b"DOE "
    assert starts_without_preamble(first + second)
    assert list(read_dicom(first + second).elements) == [0x00080005, 0x00100010]


def test_an_embedded_document_is_among_the_elements() -> None:
    """Tags of the outermost level are returned with their places."""
    content = dicom(NAME + element(0x42, 0x11, b"OB", b"%PDF"))
    start, end = read_dicom(content).elements[ENCAPSULATED_DOCUMENT]
    assert content[start:end] == b"%PDF"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (dicom()[:-4], TruncatedError),
        (dicom() + b"footer of some kind", FormatError),
        (dicom() + b"ab", TruncatedError),
        (dicom(element(0x10, 0x10, b"PN", b"AB") + NAME), MalformedError),
        (dicom(NAME + open_sequence(b"words go here")), FormatError),
        (dicom(NAME + fragments(b"ab")[:-8]), TruncatedError),
        (dicom(NAME + open_sequence(mark(ITEM, UNDEFINED) + INNER)), FormatError),
        (dicom(NAME + mark(ITEM_END)), MalformedError),
    ],
)
def test_what_leaves_the_file_or_the_order_is_a_named_fault(
    content: bytes, fault: type[FormatError]
) -> None:
    """Cut, appended, unordered and unfinished data sets are told apart from whole ones."""
    with pytest.raises(fault):
        read_dicom(content)


def test_endless_nesting_ends_in_a_limit() -> None:
    """Sequences inside sequences do not exhaust the stack."""
    opening = struct.pack("<HH2sHI", 8, 0x1140, b"SQ", 0, UNDEFINED) + mark(ITEM, UNDEFINED)
    started = time.process_time()
    with pytest.raises(LimitError):
        read_dicom(dicom(opening * 20_000))
    assert time.process_time() - started < 1.0


@settings(max_examples=150, deadline=None)
@given(st.integers(132, len(dicom()) - 1), st.binary(min_size=1, max_size=4))
def test_any_change_ends_in_elements_or_a_named_fault(at: int, change: bytes) -> None:
    """Nothing but the named faults leaves the walk."""
    content = dicom()
    changed = content[:at] + change + content[at + len(change) :]
    with suppress(FormatError):
        assert all(0 <= a <= b for a, b in read_dicom(changed).elements.values())


def test_a_repeated_tag_is_an_oddity() -> None:
    """A tag that stands twice in a row is read past and named; one that descends is not."""
    name = element(0x10, 0x10, b"PN", b"DOE^JO")
    meta = element(2, 0x12, b"UI", b"1.2\x00")
    assert read_dicom(dicom(name + name)).oddities == (REPEATED_TAG,)
    assert read_dicom(dicom(meta + meta + name)).oddities == (REPEATED_TAG,)
    with pytest.raises(MalformedError, match="ascend"):
        read_dicom(dicom(name + element(8, 0x16, b"UI", b"1.2\x00")))


def test_an_implicit_data_set_under_an_explicit_syntax_is_an_oddity() -> None:
    """A data set that is written otherwise than its header says is walked as it is written."""
    body = implicit(8, 0x16, b"1.2\x00") + implicit(0x10, 0x10, b"DOE^JO")
    read = read_dicom(dicom(body))
    assert read.oddities == (OTHER_SYNTAX,)
    assert set(read.elements) == {0x00020010, 0x00080016, 0x00100010}
    assert read_dicom(dicom(body, syntax=IMPLICIT)).oddities == ()
    with pytest.raises(TruncatedError):
        read_dicom(dicom(body[:-2]))


def test_an_item_that_outgrows_its_sequence_is_refused() -> None:
    """Two readers would see two data sets: one follows the sequence, the other the item."""
    hidden = element(0x10, 0x10, b"PN", b"DOE^JO")
    too_long = mark(ITEM, len(INNER) + len(hidden)) + INNER + hidden
    sequence = struct.pack("<HH2sHI", 8, 0x1140, b"SQ", 0, len(too_long) - len(hidden))
    open_item = mark(ITEM, UNDEFINED) + INNER + mark(ITEM_END)
    inner = struct.pack("<HH2sHI", 8, 0x1140, b"SQ", 0, 8 + len(INNER))

    with pytest.raises(MalformedError):
        read_dicom(dicom(NAME + sequence + too_long))
    with pytest.raises(MalformedError):
        read_dicom(dicom(NAME + inner + open_item))


def test_an_open_sequence_that_outgrows_its_item_is_refused() -> None:
    """The end mark of an inner sequence lies inside of the item that holds the sequence."""
    inner = open_sequence(mark(ITEM, len(INNER)) + INNER)
    outer = open_sequence(mark(ITEM, len(inner) - 8) + inner)

    with pytest.raises(TruncatedError):
        read_dicom(dicom(NAME + outer))


def test_odd_lengths_are_told() -> None:
    """A value of an odd length is read, and told."""
    assert read_dicom(dicom(NAME + element(0x10, 0x20, b"LO", b"123"))).odd_lengths
    assert not read_dicom(dicom(NAME)).odd_lengths
