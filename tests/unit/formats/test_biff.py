import struct

import pytest

from formats.biff import excel_records, slide_records, slides_are_encrypted, text_is_encrypted
from formats.faults import TruncatedError
from tests.corpus.compounds import WORD_97, WORD_97_PROTECTED, atom, record, sheet, workbook


def test_excel_records_are_read_to_the_padding() -> None:
    """Zeros behind the last record end the walk."""
    stream = workbook(sheet(1)) + bytes(64)
    assert [found.number for found in excel_records(stream)] == [0x809, 0x85, 0x0A]


def test_one_empty_record_is_passed_over() -> None:
    """Some writers count a body four bytes short; what follows is read."""
    numbers = [r.number for r in excel_records(record(0x809) + bytes(4) + record(0x0A))]
    assert numbers == [0x809, 0x0A]


def test_zeros_before_the_last_record_are_a_cut() -> None:
    """Blocks that were never written stand where records have to."""
    with pytest.raises(TruncatedError):
        list(excel_records(record(0x809, bytes(16)) + bytes(64)))


def test_a_container_comes_before_what_it_holds() -> None:
    """A container's own size covers its contents, which are yielded too."""
    stream = atom(1000, atom(0x1011, b"xx"), container=True) + atom(7)
    assert [found.number for found in slide_records(stream)] == [1000, 0x1011, 7]


def test_a_record_beyond_the_stream_is_truncated() -> None:
    """A size that leaves the stream is a cut, in both formats."""
    with pytest.raises(TruncatedError):
        list(excel_records(record(1, b"abc")[:-1]))
    with pytest.raises(TruncatedError):
        list(slide_records(atom(1, b"abc")[:-1]))


def test_the_current_user_tells_an_encrypted_presentation() -> None:
    """Only the token of encryption says so."""
    token = struct.pack("<I", 0xF3D1C4DF)
    assert slides_are_encrypted(bytes(12) + token)
    assert not slides_are_encrypted(bytes(16))
    assert not slides_are_encrypted(token)


def test_the_first_block_tells_an_encrypted_text() -> None:
    """One flag of the file information block says so; a short block says nothing."""
    assert text_is_encrypted(WORD_97_PROTECTED)
    assert not text_is_encrypted(WORD_97)
    assert not text_is_encrypted(WORD_97_PROTECTED[:8])
