import pytest

from custody.records import Counts
from schemas.interface import (
    NotValidated,
    Reason,
    ReasonClass,
    Record,
    RecordFate,
    Run,
    count,
)

CUT = Reason(code="cut", reason_class=ReasonClass.INTEGRITY)
ODD = Reason(code="odd-code", reason_class=ReasonClass.CONFORMANCE)


def record(number: int, *reasons: Reason) -> Record:
    """Return a record of ten bytes with some reasons against it."""
    return Record(number=number, offset=number * 10, size=10, reasons=reasons)


@pytest.mark.parametrize(
    ("reasons", "fate"),
    [
        ((), RecordFate.ACCEPTED),
        ((ODD,), RecordFate.FLAGGED),
        ((ODD, ODD), RecordFate.FLAGGED),
        ((CUT,), RecordFate.REFUSED),
        ((ODD, CUT), RecordFate.REFUSED),
    ],
)
def test_integrity_refuses_and_conformance_flags(
    reasons: tuple[Reason, ...], fate: RecordFate
) -> None:
    """One integrity reason refuses a record whatever else is said; conformance only flags."""
    assert fate == record(1, *reasons).fate


def test_accepted_and_refused_are_all_that_was_read() -> None:
    """A flagged record counts as accepted, and nothing is dropped between the counts."""
    expected = Counts(read=4, accepted=3, refused=1, flagged=1)
    assert expected == count([record(1), record(2, ODD), record(3, CUT), record(4)])


def test_a_run_counts_as_so_many_records() -> None:
    """Neighbours that nothing is said against are told together and counted one by one."""
    run = Run(number=1, count=5, offset=0, size=50)
    expected = Counts(read=7, accepted=6, refused=1, flagged=1)
    assert expected == count([run, record(6, ODD), record(7, CUT)])


def test_a_run_of_nothing_cannot_be() -> None:
    """A run without a record would let an empty extract look read."""
    with pytest.raises(ValueError, match="at least one"):
        Run(number=1, count=0, offset=0, size=0)


def test_zero_records_prove_nothing() -> None:
    """An extract without records is told apart from one whose records are all accepted."""
    assert count([]).proves_something is False
    assert count([record(1)]).proves_something is True


def test_not_validated_has_a_reason() -> None:
    """A schema that could not read to the end must say why."""
    with pytest.raises(ValueError, match="reason"):
        NotValidated(schema="csv", reason="")
