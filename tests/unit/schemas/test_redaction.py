from hypothesis import given
from hypothesis import strategies as st

from schemas.redaction import LONGEST, shape


def test_letters_and_digits_are_gone():
    """A shape keeps punctuation and loses every letter and digit."""
    assert "Aaaaaa 99/99/9999" == shape("Durand 14/07/1961")


def test_long_values_are_cut_and_measured():
    """A long value shows how long it was."""
    assert f"{'a' * LONGEST}… (200 characters)" == shape("x" * 200)


@given(st.text(max_size=60))
def test_no_character_of_a_value_survives(value):
    """Whatever a value holds, its shape is printable, and no letter or digit of it is shown."""
    shown = shape(value)[:LONGEST]

    assert shown.isprintable()
    assert set(shown) <= set("Aa9·…() charters") | set(" .,;:+-*/=@'()[]{}<>|^~&#%_!?\"$\\")
