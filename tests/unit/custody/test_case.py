from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from custody.case import CaseKind, Terms, kind_of, loosens

NOON = datetime(2022, 5, 14, 12, tzinfo=UTC)
KNOWN = Terms(intrusion_at=NOON, cut_off_at=NOON)


@pytest.mark.parametrize(
    ("change", "less"),
    [
        ({"kind": CaseKind.FAILURE}, True),
        ({"intrusion_at": NOON + timedelta(hours=1)}, True),
        ({"cut_off_at": NOON + timedelta(hours=1)}, True),
        ({"intrusion_at": None}, True),
        ({"intrusion_at": NOON - timedelta(hours=1)}, False),
        ({"cut_off_at": NOON - timedelta(hours=1)}, False),
        ({}, False),
    ],
)
def test_less_asked_takes_two(change, less):
    """Every way to ask for less of a case is a loosening, and no other."""
    assert less is loosens(KNOWN, replace(KNOWN, **change))


def test_saying_a_time_first_asks_for_more():
    """A case of which nothing was said yet only becomes narrower."""
    assert not loosens(Terms(), KNOWN)
    assert not loosens(replace(KNOWN, kind=CaseKind.FAILURE), KNOWN)


def test_an_unknown_kind_counts_as_an_attack():
    """What a database says otherwise asks for more signatures, never for fewer."""
    assert [CaseKind.ATTACK, CaseKind.FAILURE] == [kind_of("no kind"), kind_of("failure")]


def test_what_is_signed_says_everything():
    """Cases and terms that differ have digests that differ."""
    other = replace(KNOWN, cut_off_at=None)

    assert 3 == len({KNOWN.digest("a"), KNOWN.digest("b"), other.digest("a")})
