"""Pickles that are written in letters: what calls something is told, what is a text is none."""

import pickle
import time
from decimal import Decimal

import pytest

from formats.pickles import calls_when_read
from tests.corpus.looking import demands, look

HARMLESS = b"cbuiltins\nprint\n(S'Bonjour'\ntR."


@pytest.mark.parametrize(
    "content",
    [
        HARMLESS,
        b"(S'Bonjour'\nibuiltins\nprint\n.",
        b"(cbuiltins\nprint\nS'Bonjour'\no.",
        b"N0" * 40 + HARMLESS,
        HARMLESS + b"\nand words behind it",
        pickle.dumps({"dose": Decimal("1.5")}, protocol=0),
        b"I0x10\n0" + HARMLESS,
        b"I" + b"0" * 6000 + b"\n0" + HARMLESS,
        b"S'\xc3\xa9'\n0" + HARMLESS,
        b"C " + b"a" * 32 + b"0" + HARMLESS,
        b"U\xe9" + b"a" * 0xE9 + b"0" + HARMLESS,
        b"cbuiltins\nprint\n(dS'a'\nI1\nsb.",
    ],
)
def test_what_imports_and_calls_is_held(content: bytes) -> None:
    """It runs while it is loaded, whatever stands around it."""
    seen = look(content)
    assert "application/x-python-pickle" == seen.media_type
    assert {"type-not-understood"} == demands(seen, "file_type")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"(c) 2026 Hopital\nAll rights reserved.\n",
        b"cat\ndog\nRabbit\n",
        b"I10\nI20\nI30\n.",
        b"(see below)\n(and above)\nNotes.\n",
        b"c\n\n\nR",
        b"(lp0\nVdonn\\u00e9es\np1\na.",
        b"I99999999999999999999x\n.",
    ],
)
def test_words_and_bare_values_are_none(content: bytes) -> None:
    """A text has blanks, and lists of words have no arguments; values alone call nothing."""
    assert calls_when_read(content) is False


def test_a_text_of_nothing_but_codes_is_one() -> None:
    """Whoever hides a call behind a hundred thousand codes writes no text."""
    assert calls_when_read(b"N0" * 60_000)
    assert not calls_when_read(b"N0" * 600)


def test_codes_that_look_back_for_a_mark_take_no_longer_behind_many_values() -> None:
    """Looking through the stack for each of them took half a minute for a hundred kilobytes."""
    started = time.process_time()
    assert not calls_when_read(b"N" * 50_000 + b"(t0" * 16_000)
    assert time.process_time() - started < 2
