"""Parquet as other programs write it is read to the same values; damage is named."""

import random

import pytest

from formats.faults import (
    FormatError,
    LimitError,
    MalformedError,
    ProtectedError,
    TruncatedError,
    UnsupportedError,
)
from formats.parquet.columns import Column, Meaning, Stored
from formats.parquet.encodings import read_runs, read_values
from formats.parquet.footer import Chunk, Footer, Group, read_footer
from formats.parquet.pages import Stored as Page
from formats.parquet.pages import open_page
from formats.parquet.unpacking import unpack
from formats.parquet.values import all_pages, rows
from pipeline.parquet_table import parquet
from tests.corpus import parquets

PLAIN = parquet({"name": ["é", "b"], "n": [1, -2]})


def read(content):
    """Return all rows of a file."""
    view = memoryview(content)
    footer = read_footer(view)
    return list(rows(view, footer, range(len(footer.columns))))


def told(row):
    """Return a row of the samples as it has to be, with moments and decimals as they are kept."""
    note = None if row % 5 == 4 else f"résultat {row % 3}".encode()
    big = None if row == 3 else (row - 12) * 10**15
    return (f"R{row}".encode(), note, row * 7 - 40, big, row / 8), row % 3 == 0, 19781 + row


@pytest.mark.parametrize("name", parquets.EVERY)
def test_other_programs_files_are_read_to_their_values(name):
    """Of pyarrow and polars, in their encodings and packings."""
    found = read(parquets.EVERY[name])

    assert [told(n) for n in range(24)] == [(row[:5], row[7], row[8]) for row in found]


def test_our_own_tables_are_read():
    """The reports that we write ourselves."""
    assert [("é".encode(), 1), (b"b", -2)] == read(PLAIN)
    assert [] == read(parquet({"name": []}))


@pytest.mark.parametrize("name", ["SNAPPY", "DELTAS"])
def test_no_flipped_bit_passes_where_pages_have_sums(name):
    """Each of some bits that are changed is a fault, or changes no value."""
    content, chance = parquets.EVERY[name], random.Random(7)
    whole = read(content)
    found = set()
    for _ in range(250):
        changed = bytearray(content)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        try:
            found.add("same" if read(bytes(changed)) == whole else "other")
        except FormatError:
            found.add("fault")

    assert {"same", "fault"} == found


@pytest.mark.parametrize("name", parquets.EVERY)
def test_no_damage_makes_the_reader_fail_in_its_own_way(name):
    """Bytes put in, taken out and changed: a named fault each time, or values."""
    content, chance = parquets.EVERY[name], random.Random(3)
    seen = set()
    for _ in range(150):
        at, size = chance.randrange(len(content)), chance.randrange(40)
        changed = content[:at] + chance.randbytes(chance.randrange(40)) + content[at + size :]
        try:
            read(changed)
            seen.add("")
        except FormatError as error:
            seen.add(error.code)

    assert (
        {"malformed"} < seen <= {"", "malformed", "truncated", "unsupported", "password-protected"}
    )


@pytest.mark.parametrize(
    ("content", "fault", "reason"),
    [
        (PLAIN[:-1], TruncatedError, "no mark at the end"),
        (b"PAR1", TruncatedError, "no mark at the end"),
        (PLAIN + b"more", TruncatedError, "no mark at the end"),
        (b"x" + PLAIN, MalformedError, "no mark at the beginning"),
        (PLAIN[:4] + b"more" + PLAIN[4:], UnsupportedError, "bytes that belong to no column"),
        (b"PARE" + PLAIN[4:], ProtectedError, "a footer that its owner encrypted"),
        (PLAIN[:-8] + b"\xff\xff\xff\x7fPAR1", LimitError, "a footer of 2147483647 bytes"),
        (PLAIN[:-8] + b"\xff\xff\0\0PAR1", MalformedError, "a footer larger than the file"),
        (PLAIN[:-60] + bytes(52) + PLAIN[-8:], MalformedError, ""),
    ],
)
def test_a_damaged_footer_is_named(content, fault, reason):
    """Cut, behind other bytes, encrypted, larger than it may be, overwritten with zeros."""
    with pytest.raises(fault) as raised:
        read_footer(memoryview(content))

    assert reason in raised.value.reason


KINDS = {int: 6, bytes: 8, list: 9, dict: 12}


def number(value):
    """Return a number of seven bits a byte."""
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + number(value >> 7)


def coded(value):
    """Return a value in Thrift's compact protocol; fields of a structure have long heads."""
    match value:
        case int():
            return number(value << 1)
        case bytes():
            return number(len(value)) + value
        case list():
            return (
                bytes([240 | KINDS[type(value[0])]])
                + number(len(value))
                + b"".join(map(coded, value))
            )
    fields = (bytes([KINDS[type(v)]]) + coded(k) + coded(v) for k, v in value.items())
    return b"".join(fields) + b"\0"


def with_index(*indexes):
    """Return a file of no rows whose columns have indexes at those places, four bytes long each."""
    names = [b"c%d" % n for n in range(len(indexes))]
    schema = [{4: b"s", 5: len(names)}, *({1: 1, 3: 0, 4: name} for name in names)]
    chunks = [
        {3: {1: 1, 3: [name], 4: 0, 5: 0, 6: 0, 7: 0, 9: 4}, 6: at, 7: 4}
        for name, at in zip(names, indexes, strict=True)
    ]
    footer = coded({1: 1, 2: schema, 3: 0, 4: [{1: chunks, 2: 0, 3: 0}]})
    last = len(footer).to_bytes(4, "little") + b"PAR1"
    return memoryview(b"PAR1" + b"\x16\x02\x00" + b"\0" + b"\x16\x02\x16\x00" + footer + last)


@pytest.mark.parametrize(
    ("indexes", "reason"),
    [
        ((4, 4), "bytes that belong to two columns"),
        ((4, 8), "bytes behind an index"),
    ],
)
def test_indexes_are_read_when_it_is_known_that_none_lies_on_another(indexes, reason):
    """Else a small footer may have one large index read as often as it has columns."""
    with pytest.raises(MalformedError) as raised:
        read_footer(with_index(*indexes))

    assert reason == raised.value.reason


def test_a_page_whose_checksum_differs_is_not_opened():
    """The sum is over the bytes as they are stored."""
    changed = PLAIN.replace("é".encode(), "è".encode())
    pages = list(all_pages(memoryview(changed), read_footer(memoryview(changed))))

    assert [False, True] == [page.fits for page in pages]
    with pytest.raises(MalformedError, match="checksum"):
        read(changed)


def test_a_page_of_more_values_than_are_read_at_once_is_a_limit():
    """Levels are runs: a few bytes may tell of as many rows as one likes."""
    chunk = Chunk(start=0, end=0, codec=0, values=1 << 40, unpacked=0)
    header = {1: 0, 2: 10, 3: 10, 5: {1: 1 << 40, 2: 0, 3: 3}}

    with pytest.raises(LimitError, match="values in a page"):
        open_page(
            memoryview(b""), chunk, Page(header=header, start=0, end=0, fits=None), optional=True
        )


@pytest.mark.parametrize(
    ("codec", "packed", "size", "expected"),
    [
        (0, b"abc", 3, b"abc"),
        (1, b"\x06\x08abc\x0e\x03\x00"[:5] + b"\x0a\x03\x00", 6, b"abcabc"),
        (1, b"\x0a\x00a\x22\x01\x00", 10, b"a" * 10),
        (7, b"\x35abc\x03\x00\x00", 12, b"abc" * 4),
    ],
)
def test_packed_bytes_are_unpacked(codec, packed, size, expected):
    """Snappy and LZ4 by examples that were written by hand."""
    assert expected == unpack(codec, packed, size)


@pytest.mark.parametrize(
    ("codec", "packed", "size", "fault"),
    [
        (0, b"abc", 4, MalformedError),
        (1, b"\x06\x08abc\x0a\x09\x00", 6, MalformedError),
        (1, b"\x06\x08abc\x0a\x03", 6, MalformedError),
        (1, b"", 6, MalformedError),
        (1, b"\xff" * 1_000_000, 6, MalformedError),
        (2, b"\x1f\x8bno", 6, MalformedError),
        (6, b"no", 6, MalformedError),
        (7, b"\x35abc\x09\x00\x00", 12, MalformedError),
        (4, b"", 0, UnsupportedError),
        (0, b"", 1 << 30, LimitError),
    ],
)
def test_what_does_not_unpack_is_named(codec, packed, size, fault):
    """To another size, from what is not there, by another program, beyond the bound."""
    with pytest.raises(fault):
        unpack(codec, packed, size)


# The lengths that are kept (0, 2), those of what follows (2, 1), and that: "ab", "c".
BY_PREFIXES = b"\x80\x01\x04\x02\x00\x04\0\0\0\0" + b"\x80\x01\x04\x02\x04\x01\0\0\0\0" + b"abc"


def column(stored, meaning=Meaning.INTEGER, size=0):
    """Return a column without gaps."""
    return Column(name="c", stored=stored, meaning=meaning, optional=False, size=size)


@pytest.mark.parametrize(
    ("stored", "encoding", "body", "count", "expected"),
    [
        # The example of Encodings.md: 1, 2, 3, 4, 5 as differences without any bits.
        (Stored.INT32, 5, b"\x80\x01\x04\x05\x02\x02\0\0\0\0", 5, [1, 2, 3, 4, 5]),
        (Stored.INT64, 0, bytes(7) + b"\x80", 1, (-(1 << 63),)),
        (Stored.BOOLEAN, 0, b"\x05", 3, [True, False, True]),
        (Stored.BOOLEAN, 3, b"\x02\0\0\0\x06\x01", 3, [True, True, True]),
        (Stored.BYTES, 0, b"\x01\0\0\0a\0\0\0\0", 2, [b"a", b""]),
        (Stored.FIXED, 9, b"acbd", 2, [b"ab", b"cd"]),
        (Stored.INT96, 0, bytes(12), 1, [bytes(12)]),
        (Stored.INT32, 0, b"", 0, ()),
        (Stored.BYTES, 7, BY_PREFIXES, 2, [b"ab", b"abc"]),
    ],
)
def test_encodings_by_hand(stored, encoding, body, count, expected):
    """Small pages of each encoding."""
    assert expected == read_values(column(stored, size=2), encoding, body, count)


@pytest.mark.parametrize(
    ("stored", "encoding", "body", "count", "fault"),
    [
        (Stored.INT32, 0, bytes(5), 1, MalformedError),
        (Stored.BYTES, 0, b"\x09\0\0\0a", 1, MalformedError),
        (Stored.BYTES, 0, b"\x01\0\0\0ab", 1, MalformedError),
        (Stored.INT32, 5, b"\x80\x01\x04\x05\x02\x02\0\0\0\0", 4, MalformedError),
        (Stored.INT32, 5, b"\x80\x01\x03\x05\x02", 5, MalformedError),
        (Stored.INT32, 5, b"\x80\x01\x04\xff\xff\xff\x7f\x02", 5, LimitError),
        (Stored.BOOLEAN, 3, b"\x02\0\0\0\x00\x01", 3, MalformedError),
        # A truth of two; truths that are fewer than their page; differences of 65 bits, of nothing.
        (Stored.BOOLEAN, 3, b"\x02\0\0\0\x06\x02", 3, MalformedError),
        (Stored.BOOLEAN, 3, b"\x02\0\0\0\x06\x01more", 3, MalformedError),
        (Stored.INT64, 5, b"\x80\x01\x01\x05\x02\x02\x41" + bytes(2_000), 5, MalformedError),
        (Stored.INT64, 5, b"\x00\x01\x05\x02" + bytes(2_000), 5, MalformedError),
        # "ab" and "abc" by their prefixes, where the column has values of two bytes.
        (Stored.FIXED, 7, BY_PREFIXES, 2, MalformedError),
        (Stored.INT32, 4, b"", 1, UnsupportedError),
        (Stored.BYTES, 0, b"", 1 << 30, LimitError),
    ],
)
def test_pages_that_lie_are_named(stored, encoding, body, count, fault):
    """Fewer or more values than told, runs of nothing, more than are read."""
    with pytest.raises(fault):
        read_values(column(stored, size=2), encoding, body, count)


@pytest.mark.parametrize("levels", [b"\x02\x05", b"\x02\x02\x02\x00"])
def test_levels_that_a_flat_column_does_not_have_are_no_values(levels):
    """A level of two for one row and none for the next had counted as a value for both."""
    with pytest.raises(MalformedError, match="more bits"):
        read_runs(levels, 1, 2)


def test_a_dictionary_is_plain():
    """Another encoding of it is no other name for that."""
    chunk = Chunk(start=0, end=0, codec=0, values=1, unpacked=0)
    page = Page(header={1: 2, 2: 0, 3: 0, 7: {1: 0, 2: 6}}, start=0, end=0, fits=None)

    with pytest.raises(UnsupportedError, match="a dictionary of encoding 6"):
        open_page(memoryview(b""), chunk, page, optional=False)


def test_headers_that_tell_of_more_than_is_unpacked_are_a_limit():
    """Whatever the footer says: its sum is the writer's, and a bomb's writer lies."""
    header = b"\x15\x00\x15\xfe\xff\xff\xff\x0f\x15\x00\x2c\x15\x00\x00\x00"
    content = memoryview(b"PAR1" + header * 5)
    chunk = Chunk(start=4, end=len(content), codec=0, values=0, unpacked=0)
    footer = Footer(columns=(), groups=(Group(rows=0, chunks=(chunk,)),), rows=0)

    with pytest.raises(LimitError, match="more bytes than are unpacked"):
        list(all_pages(content, footer))
