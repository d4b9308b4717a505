"""Uploads in parts cover every byte once, within the limits of S3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.digest import digest_of
from custody.errors import ObjectDamagedError
from storage.interface import Spooled
from storage.s3.parts import MOST_PARTS, PART, md5_of, parts_of, read_part
from tests.corpus.spooled import spooled

MOST_OBJECT = 5 * 1024**4
LEAST_PART = 5 * 1024**2


@given(st.integers(min_value=PART + 1, max_value=MOST_OBJECT))
def test_parts_cover_an_object_once_and_are_few_enough(size: int) -> None:
    """The parts of any object that S3 takes follow one another, 10,000 at most."""
    parts = list(parts_of(size))

    assert len(parts) <= MOST_PARTS
    assert list(range(1, len(parts) + 1)) == [part.number for part in parts]
    assert [0, *(p.offset + p.size for p in parts)] == [*(p.offset for p in parts), size]
    assert all(part.size >= LEAST_PART for part in parts[:-1])


def test_an_empty_object_has_no_part() -> None:
    """Zero bytes are put whole."""
    assert [] == list(parts_of(0))


@given(st.binary(max_size=50), st.data())
def test_a_part_of_memory_is_a_part_of_a_file(tmp_path_factory, content, data) -> None:
    """Where spooled bytes lie makes no difference."""
    offset = data.draw(st.integers(0, len(content)))
    size = data.draw(st.integers(0, len(content) - offset))
    path = tmp_path_factory.mktemp("spool") / "file"
    path.write_bytes(content)
    on_disk = Spooled(digest=digest_of(content), size=len(content), content=path)

    expected = content[offset : offset + size]

    assert expected == read_part(spooled(content), offset, size)
    assert expected == read_part(on_disk, offset, size)


@pytest.mark.parametrize("found", [b"abc", b"abcdefg"])
def test_a_file_of_another_length_is_refused(tmp_path, found: bytes) -> None:
    """A spool file that was cut, or grew, is not uploaded."""
    path = tmp_path / "file"
    path.write_bytes(found)
    value = Spooled(digest=digest_of(b"abcdef"), size=6, content=path)

    with pytest.raises(ObjectDamagedError, match="not whole"):
        read_part(value, 0, 2)


def test_the_md5_is_that_of_the_rfc() -> None:
    """Content-MD5 is the base64 of the 128 bits (RFC 1864 §2)."""
    assert "1B2M2Y8AsgTpgAmY7PhCfg==" == md5_of(b"")
