import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.dbase import first_odd_record, read_table
from formats.faults import FormatError, MalformedError, UnsupportedError
from tests.corpus.damaging import CUTS, ENCRYPTIONS, SPARING, Damage
from tests.corpus.dbase import dbase
from tests.corpus.looking import demands, look, silence


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


def test_a_whole_table_is_understood_and_asks_for_nothing() -> None:
    """It has nothing active, and every value is of its kind."""
    seen = look(dbase())
    assert seen.media_type == "application/x-dbf"
    assert damage(dbase()) == demands(seen, "file_type") == set()
    assert silence(seen, "active_content") == ""


def test_the_end_mark_may_be_missing() -> None:
    """Some writers leave it out."""
    assert damage(dbase()[:-1]) == set()


@pytest.mark.parametrize("pattern", ENCRYPTIONS)
def test_an_encrypted_table_is_never_clean(pattern: str) -> None:
    """Nothing in it is packed."""
    seen = look(ENCRYPTIONS[pattern](dbase(400)))
    assert demands(seen, "encryption") | demands(seen, "file_type")


@pytest.mark.parametrize("pattern", ["4 of 16 KiB from 4", "sectors from 512", "one block"])
def test_a_table_whose_first_bytes_are_spared_is_encrypted(pattern: str) -> None:
    """Noise amid records."""
    assert demands(look(SPARING[pattern](dbase(400))), "encryption") == {"random-region"}


@pytest.mark.parametrize("cut", CUTS.values())
def test_a_cut_table_lacks_records(cut: Damage) -> None:
    """The header says how many there are."""
    assert damage(cut(dbase(200))) == {"cut"}


def test_zeros_amid_records_were_never_written() -> None:
    """A record begins with a space or an asterisk."""
    whole = dbase(200)
    assert damage(whole[:2000] + bytes(1024) + whole[3024:]) == {"zero-filled"}


def test_a_value_that_is_not_of_its_kind_is_no_record() -> None:
    """A date has eight digits."""
    whole = dbase(20)
    at = whole.index(b"19800315")
    assert first_odd_record(whole, read_table(whole)) == -1
    changed = whole[:at] + b"1980-3-5" + whole[at + 8 :]
    assert first_odd_record(changed, read_table(changed)) == at
    assert damage(changed) == {"broken-structure"}


def test_tables_that_are_more_are_not_vouched_for() -> None:
    """A database of FoxPro keeps procedures in a table."""
    linked = bytearray(dbase(3))
    linked[0], linked[28] = 0x30, 4
    with pytest.raises(UnsupportedError):
        read_table(bytes(linked))


@pytest.mark.parametrize(("place", "value"), [(10, 77), (43, 1), (48, 99), (8, 34)])
def test_fields_that_do_not_fill_a_record_are_malformed(place: int, value: int) -> None:
    """Length of a record, kind of a field, width of a field, length of the header."""
    changed = bytearray(dbase(3))
    struct.pack_into("<B", changed, place, value)
    with pytest.raises(MalformedError):
        read_table(bytes(changed))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 300), st.binary(min_size=1, max_size=8))
def test_any_change_ends_in_a_table_or_a_named_fault(at: int, change: bytes) -> None:
    """Nothing but a FormatError leaves the reader."""
    whole = dbase(5)
    content = whole[:at] + change + whole[at + len(change) :]
    with suppress(FormatError):
        first_odd_record(content, read_table(content))
