"""Damage in the text and the formatting of old Word documents, which nothing else protects."""

import re
from collections.abc import Iterator

from formats.ole2 import Compound
from formats.word import FORMATTING_PAGE, formatting_pages, table_name, text_pieces
from sanitizers.damage.fault import Fault, noise, zeroed

_ZEROS = re.compile(rb"\x00{16,}+")
# Letters of a text are no controls, but for marks of fields, pictures, notes, tables and lines.
_CONTROLS = bytes([0, *range(22, 29), 127])
_LEAST_TEXT = 64
_NOISE_SHARE = 0.03
_MOST_RUNS = 0x65


def check_letters(compound: Compound, word: bytes) -> Iterator[Fault]:
    """Yield zeros and noise where the document says that letters or formatting are."""
    if len(word) < 32:
        return
    entry = compound.find(table_name(word))
    table = compound.stream(entry) if entry is not None else b""
    for piece in text_pieces(word, table):
        text = word[piece.start : piece.end]
        found = _ZEROS.search(text)
        if found:
            yield zeroed(piece.start + found.start(), "zeros inside of a text")
            return
        strange = len(text) - len(text.translate(None, _CONTROLS))
        if not piece.wide and len(text) >= _LEAST_TEXT and strange > len(text) * _NOISE_SHARE:
            yield noise("random-region", piece.start, "noise inside of a text")
            return
    for page in formatting_pages(word, table):
        runs = word[page + FORMATTING_PAGE - 1]
        if runs == 0 and not word[page : page + FORMATTING_PAGE].strip(b"\x00"):
            yield zeroed(page, "a page of formatting is zero")
            return
        if not 0 < runs <= _MOST_RUNS:
            yield noise("overwritten-structure", page, "no page of formatting stands here")
            return
