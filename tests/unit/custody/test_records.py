import pytest

from custody.records import Counts


@pytest.mark.parametrize(
    ("read", "accepted", "refused", "flagged"),
    [
        (3, 1, 1, 0),
        (1, 1, 1, 0),
        (2, 1, 1, 2),
        (11, 7, 3, 2),
        (10, 6, 3, 2),
        (10, 7, 3, 8),
        (10, 7, 3, -1),
    ],
)
def test_counts_that_do_not_add_up_cannot_be_made(
    read: int, accepted: int, refused: int, flagged: int
) -> None:
    """Counts that lose or invent a record are refused when they are made."""
    with pytest.raises(ValueError, match="add up"):
        Counts(read=read, accepted=accepted, refused=refused, flagged=flagged)


def test_a_flagged_record_is_accepted_too() -> None:
    """All that was read may be flagged, and an extract of zero records proves nothing."""
    assert Counts(read=2, accepted=2, refused=0, flagged=2).proves_something
    assert not Counts(read=0, accepted=0, refused=0, flagged=0).proves_something
