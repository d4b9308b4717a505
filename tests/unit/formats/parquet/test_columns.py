"""What a Parquet schema may say of a column, and what is refused before any page is opened."""

import pytest

from formats.faults import FormatError, LimitError, MalformedError, UnsupportedError
from formats.parquet.columns import Column, Meaning, Stored, find_extension, read_columns
from formats.parquet.compact import Compact


def schema(*elements):
    """Return a schema of a root and some elements."""
    return [{4: b"table", 5: len(elements)}, *elements]


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ({1: 6, 3: 1, 4: b"c", 6: 0}, (Stored.BYTES, Meaning.TEXT, True, 0, 1)),
        ({1: 6, 3: 0, 4: b"c", 10: {1: {}}}, (Stored.BYTES, Meaning.TEXT, False, 0, 1)),
        ({1: 1, 3: 0, 4: b"c", 6: 14}, (Stored.INT32, Meaning.UNSIGNED, False, 0, 1)),
        (
            {1: 2, 3: 0, 4: b"c", 10: {10: {1: 64, 2: False}}},
            (Stored.INT64, Meaning.UNSIGNED, False, 0, 1),
        ),
        (
            {1: 2, 3: 0, 4: b"c", 6: 10, 10: {8: {1: True, 2: {2: {}}}}},
            (Stored.INT64, Meaning.MOMENT, False, 0, 1_000_000),
        ),
        (
            {1: 6, 3: 0, 4: b"c", 7: 2, 8: 9, 6: 5},
            (Stored.BYTES, Meaning.DECIMAL, False, 2, 1),
        ),
        ({1: 3, 3: 0, 4: b"c"}, (Stored.INT96, Meaning.OLD_MOMENT, False, 0, 1)),
    ],
)
def test_flat_columns_are_understood(element, expected):
    """By the older mark, the newer one, or how they are stored."""
    stored, meaning, optional, scale, unit = expected
    column = Column(
        name="c", stored=stored, meaning=meaning, optional=optional, scale=scale, unit=unit
    )

    assert (column,) == read_columns(schema(element))


@pytest.mark.parametrize(
    ("elements", "fault", "reason"),
    [
        ([{1: 6, 4: b"c"}], UnsupportedError, "called no text"),
        ([{1: 6, 3: 2, 4: b"c", 6: 0}], UnsupportedError, "lists"),
        ([{4: b"c", 5: 1}], UnsupportedError, "within"),
        ([{1: 7, 2: 16, 4: b"c", 10: {14: {}}}], UnsupportedError, "logical type 14"),
        ([{1: 7, 2: 12, 4: b"c", 6: 21}], UnsupportedError, "converted type 21"),
        ([{1: 7, 2: 900, 4: b"c", 6: 5}], UnsupportedError, "900 bytes"),
        ([{1: 6, 4: b"c", 6: 6}], MalformedError, "stored as"),
        ([{1: 1, 4: b"c", 6: 6, 10: {10: {}}}], MalformedError, "two meanings"),
        ([{1: 1, 4: b"c", 6: 5, 7: 1, 10: {5: {1: 2}}}], MalformedError, "two scales"),
        ([{1: 2, 4: b"c", 10: {8: {}}}], MalformedError, "without its unit"),
        ([{1: 1, 4: b"c"}, {1: 1, 4: b"c"}], MalformedError, "one name"),
        ([{1: 9, 4: b"c"}], MalformedError, "known type"),
        ([], UnsupportedError, "0 columns"),
    ],
)
def test_other_columns_are_refused_with_their_reason(elements, fault, reason):
    """Nested, of bytes without a meaning, of types that no text stands for, contradictory."""
    with pytest.raises(fault, match=reason):
        read_columns(schema(*elements))


def test_a_type_of_its_own_is_found_where_arrow_keeps_it():
    """In a note as it is, or in the schema of Arrow, which is kept as base64."""
    packed = b"eHh4QVJST1c6ZXh0ZW5zaW9uOm5hbWV4eHg="  # xxxARROW:extension:namexxx

    assert "ARROW:schema" == find_extension([{1: b"ARROW:schema", 2: packed}])
    assert "ARROW:extension:name" == find_extension([{1: b"ARROW:extension:name", 2: b"x"}])
    assert "" == find_extension([{1: b"pandas", 2: b'{"columns": []}'}])


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"\x1c" * 20, MalformedError),
        (b"\x19" * 5_000, MalformedError),
        (b"\x1b" + b"\x01\xbb" * 5_000, MalformedError),
        (b"\x19\xf8\xff\xff\xff\xff\x0f", FormatError),
        (b"\x18\x7f", FormatError),
        (b"\x1e\x00", MalformedError),
        (b"\x15\x02\x05\x02\x02\x00", MalformedError),
        (b"\x16" + b"\xff" * 12, MalformedError),
        (b"\x15", FormatError),
    ],
)
def test_structures_are_bounded(content, fault):
    """Too deep, longer than the bytes, of no type, a field twice, a number that does not end."""
    with pytest.raises(fault):
        Compact(content=memoryview(content), at=0, end=len(content)).struct()


def test_a_footer_of_more_values_than_are_followed_is_a_limit():
    """Counted over all levels."""
    content = memoryview(b"\x19\xf3\x10" + bytes(16) + b"\0")

    assert {1: [0] * 16} == Compact(content=content, at=0, end=20, left=17).struct()
    with pytest.raises(LimitError):
        Compact(content=content, at=0, end=20, left=16).struct()
