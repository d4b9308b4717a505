"""What an opening asks of the signatures before it, whoever verifies."""

import pytest

from audit.papers import check_enough

URGENT, FULL = {"countersign_by": "2026-01-01T00:00:00.000000Z"}, {"countersign_by": None}


@pytest.mark.parametrize(
    ("said", "signed"),
    [(FULL, {"anna": "a", "cert": "c"}), (URGENT, {"anna": "a"})],
)
def test_two_people_open_a_set_and_one_opens_it_for_urgent_care(said, signed):
    """No policy goes below that."""
    assert None is check_enough(said, signed)


@pytest.mark.parametrize(
    ("said", "signed"),
    [(FULL, {}), (FULL, {"anna": "a"}), (FULL, {"anna": "a", "cert": "a"}), (URGENT, {})],
)
def test_fewer_people_or_one_key_for_two_open_nothing(said, signed):
    """A second name is no second person."""
    with pytest.raises(ValueError, match="fewer than"):
        check_enough(said, signed)
