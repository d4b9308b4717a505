import pytest

from custody.records import Counts, ReasonCount, Validation


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


def refusing(*codes: str, whole: bool = False) -> Validation:
    """Three records, of which two are refused."""
    reasons = (
        ReasonCount(code="GEN-007", refuses=False, records=1),
        *(ReasonCount(code=code, refuses=True, records=2, whole=whole) for code in codes),
    )
    counts = Counts(read=3, accepted=1, refused=2, flagged=1)
    return Validation(schema="dicom", counts=counts, reasons=reasons)


def test_what_an_owner_accepts_is_flagged_where_nothing_else_refuses() -> None:
    """Every record is accepted then, and each that was refused is flagged."""
    under = refusing("GEN-008").under(frozenset({"dicom:GEN-008", "dicom:GEN-010"}))

    assert Counts(read=3, accepted=3, refused=0, flagged=3) == under.counts
    assert [False, False] == [reason.refuses for reason in under.reasons]


@pytest.mark.parametrize(
    ("validation", "accepted"),
    [
        (refusing("GEN-008"), frozenset()),
        (refusing("GEN-008"), frozenset({"hl7v2:GEN-008"})),
        (refusing("GEN-008", "GEN-015"), frozenset({"dicom:GEN-008"})),
        (refusing("GEN-008", whole=True), frozenset({"dicom:GEN-008"})),
    ],
)
def test_any_other_refusal_leaves_a_validation_as_it_is(
    validation: Validation, accepted: frozenset[str]
) -> None:
    """Another schema's answer, one reason of two, and what is said of the whole change nothing."""
    assert validation == validation.under(accepted)
