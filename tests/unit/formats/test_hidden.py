import pytest

from formats.hidden import first_hidden
from tests.corpus.disguises import ELF, JAR, LNK, PE


@pytest.mark.parametrize(
    ("rest", "what"),
    [
        (PE, "a program"),
        (ELF, "a program"),
        (LNK, "a shortcut"),
        (JAR, "an archive"),
        (b"%PDF-1.4", "a document"),
        (b"#!/bin/sh", "a script"),
        (b"<SCRIPT>x", "markup or a script"),
        (b"*/=1;alert(1)//", "markup or a script"),
    ],
)
def test_what_begins_behind_a_filling_is_named(rest: bytes, what: str) -> None:
    """A mark counts wherever it stands."""
    assert first_hidden(rest) == what
    if not rest.startswith(b"*/"):
        assert first_hidden(b"filling" * 9 + rest) == what


def test_a_filling_alone_hides_nothing() -> None:
    """Letters, zeros and the two letters of a program's mark are what old programs leave behind."""
    for rest in (b"", bytes(99), b"a remark of the camera", b"MZ is no program", b"MZ" * 999):
        assert first_hidden(rest) == ""
