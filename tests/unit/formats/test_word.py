import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.word import Piece, formatting_pages, piece_table_place, table_name, text_pieces
from tests.corpus.compounds import WORD_97, letter

TEXT = b"Le patient va bien. " * 40


def test_the_text_is_found_where_the_table_says() -> None:
    """One piece of narrow letters."""
    streams = letter(TEXT)
    word, table = streams["WordDocument"], streams["0Table"]
    assert table_name(word) == "0Table"
    assert text_pieces(word, table) == [Piece(512, 512 + len(TEXT), wide=False)]
    assert piece_table_place(word) == (0, 21)


@pytest.mark.parametrize("word", [WORD_97, bytes(600)])
def test_a_document_without_tables_has_no_pieces(word: bytes) -> None:
    """Older documents and short ones say nothing."""
    assert text_pieces(word, b"") == []
    assert formatting_pages(word, b"") == []


@settings(max_examples=120, deadline=None)
@given(st.binary(min_size=32, max_size=900), st.binary(max_size=200))
def test_any_streams_have_an_answer(word: bytes, table: bytes) -> None:
    """Places outside of the stream are left out, and nothing is raised."""
    assert all(piece.end <= len(word) for piece in text_pieces(word, table))
    assert all(page + 512 <= len(word) for page in formatting_pages(word, table))
