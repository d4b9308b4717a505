"""What is said of drawings of Windows: by their records, by noise in them, by what they run."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError
from formats.metafiles import emf_records, is_emf, wmf_records
from tests.corpus.damaging import CUTS, ENCRYPTIONS, Damage, noise
from tests.corpus.looking import demands, look, silence
from tests.corpus.metafiles import emf, emf_record, escape, wmf, wmf_record

_WHOLE = {"emf": emf(), "wmf": wmf(), "bare wmf": wmf(placeable=False)}


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


@pytest.mark.parametrize("kind", _WHOLE)
def test_a_whole_drawing_is_understood_and_asks_for_nothing(kind: str) -> None:
    """Each record ends where the next one begins."""
    seen = look(_WHOLE[kind])
    assert seen.media_type == f"image/{kind[-3:]}"
    scanners = ("file_type", "integrity", "encryption", "active_content")
    assert [demands(seen, name) for name in scanners] == [set()] * 4
    assert [silence(seen, name) for name in scanners] == [""] * 4


@pytest.mark.parametrize("kind", _WHOLE)
@pytest.mark.parametrize("cut", CUTS.values())
def test_a_cut_drawing_has_no_last_record(kind: str, cut: Damage) -> None:
    """The header says how long it is, or a record that it is the last."""
    assert damage(cut(_WHOLE[kind])) == {"cut"}


@pytest.mark.parametrize("kind", _WHOLE)
@pytest.mark.parametrize("pattern", ENCRYPTIONS)
def test_an_encrypted_drawing_is_never_clean(kind: str, pattern: str) -> None:
    """Its mark is gone, or its records are."""
    seen = look(ENCRYPTIONS[pattern](_WHOLE[kind]))
    found = demands(seen, "encryption") | demands(seen, "integrity") | demands(seen, "file_type")
    assert found


def test_noise_in_a_record_is_encryption_and_in_a_remark_a_doubt() -> None:
    """Only a remark may hold a packed picture."""
    assert damage(emf(emf_record(81, noise(2048)))) == {"random-region"}
    assert damage(wmf(wmf_record(0x0B41, noise(2048)))) == {"random-region"}
    assert damage(emf(emf_record(70, noise(2048)))) == {"packed-picture"}
    assert damage(wmf(escape(15, noise(2048)))) == {"packed-picture"}


def test_zeros_amid_records_were_never_written() -> None:
    """A record has a number and a length."""
    for whole in (emf(lines=200), wmf(lines=300)):
        assert damage(whole[:700] + bytes(800) + whole[1500:]) == {"zero-filled"}


def test_what_is_behind_the_last_record_is_looked_at() -> None:
    """An archive behind a drawing is a file of its own."""
    assert damage(emf() + b"PK\x03\x04" + bytes(60)) == {"trailing-data"}


@pytest.mark.parametrize(
    ("content", "rules"),
    [
        (wmf(escape(9)), {"metafile-procedure"}),
        (wmf(escape(19)), {"metafile-printer-data"}),
        (wmf(escape(15), escape(23)), set()),
        (emf(emf_record(105, bytes(12))), {"metafile-printer-data"}),
        (emf(emf_record(102, bytes(12))), {"metafile-printer-data"}),
    ],
)
def test_what_runs_or_goes_to_a_printer_is_active(content: bytes, rules: set[str]) -> None:
    """A procedure within a drawing ran on the machines of those who looked at it (2005)."""
    assert demands(look(content), "active_content") == rules


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 900), st.binary(min_size=1, max_size=8))
def test_any_change_ends_in_records_or_a_named_fault(at: int, change: bytes) -> None:
    """Nothing but a FormatError leaves a reader."""
    for whole in _WHOLE.values():
        place = at % len(whole)
        content = whole[:place] + change + whole[place + len(change) :]
        with suppress(FormatError):
            list(emf_records(content) if is_emf(content) else wmf_records(content))
