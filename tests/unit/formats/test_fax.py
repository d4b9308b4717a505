import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.fax import Page, first_contradiction
from formats.fax_codes import LONGEST, MODES, RUNS
from tests.corpus.damaging import noise, overwrite
from tests.corpus.faxes import group_3, group_4

_LINES = [[(7 * line + 13 * n) % 41 + 1 for n in range(20)] for line in range(400)]
COLUMNS = 900
T6 = Page(columns=COLUMNS, lines=400, scheme=-1)
T4 = Page(columns=COLUMNS, lines=400)


def test_no_sequence_of_bits_is_two_codes() -> None:
    """Every table is filled by codes of which none begins another one."""
    for table, codes in ((RUNS[0], 104), (RUNS[1], 104), (MODES, 10)):
        found = {(length, value) for length, value in table if length}
        assert len(found) == codes
        assert sum(2 ** (LONGEST - length) for length, _ in found) == sum(
            length > 0 for length, _ in table
        )


def test_whole_pages_contradict_nothing() -> None:
    """Lines as they differ from the ones above, lines that stand alone, swapped bits, no count."""
    four, three = group_4(_LINES, COLUMNS), group_3(_LINES, COLUMNS)
    assert first_contradiction(four, T6) == -1
    assert first_contradiction(three, T4) == -1
    swapped = bytes(int(f"{byte:08b}"[::-1], 2) for byte in four)
    assert first_contradiction(swapped, Page(columns=COLUMNS, scheme=-1, swapped=True)) == -1
    assert first_contradiction(four, Page(columns=COLUMNS, scheme=-1)) == -1


@pytest.mark.parametrize("share", [2, 5, 8])
def test_noise_and_zeros_contradict_a_page(share: int) -> None:
    """They are seen within a few bytes of their beginning."""
    packed = group_4(_LINES, COLUMNS)
    at = len(packed) * share // 10
    for changed in (overwrite(packed, [(at, at + 512)]), packed[:at] + bytes(512) + packed[at:]):
        assert at - 2 <= first_contradiction(changed, T6) < at + 200


def test_a_few_lines_that_were_received_badly_are_no_noise() -> None:
    """Faxes have them; what has many is noise."""
    packed = group_3(_LINES, COLUMNS)
    assert first_contradiction(overwrite(packed, [(900, 930)]), T4) == -1
    assert first_contradiction(overwrite(packed, [(900, 6000)]), T4) >= 0


def test_a_wrong_width_contradicts_a_page() -> None:
    """Every line is as long as the page is wide."""
    assert first_contradiction(group_4(_LINES, COLUMNS), Page(columns=899, scheme=-1)) >= 0


@given(st.binary(max_size=400), st.integers(1, 3000), st.integers(-1, 1), st.booleans())
def test_any_bits_have_an_answer(
    packed: bytes,
    columns: int,
    scheme: int,
    aligned: bool,  # noqa: FBT001
) -> None:
    """Nothing is raised, and nothing hangs."""
    page = Page(columns=columns, scheme=scheme, aligned=aligned)
    assert -1 <= first_contradiction(packed, page) <= len(packed)
    assert noise(1) != b""
