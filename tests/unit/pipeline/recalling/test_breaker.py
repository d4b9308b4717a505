"""The breaker trips where a recall takes much of a service, and nowhere else."""

import pytest

from pipeline.recalling.breaker import trips


@pytest.mark.parametrize(
    ("taken", "standing", "tripped"),
    [(4, 100, False), (5, 100, True), (9, 9, False), (10, 200, True), (10, 201, False)],
    ids=["below the share", "at the share", "below the number", "both", "share missed"],
)
def test_it_takes_the_share_and_the_number(taken, standing, tripped):
    """Both bounds are reached, each exactly, or nothing trips."""
    least = 10 if taken >= 9 else 1
    found = trips({"labo": standing}, {"labo": taken}, percent=5, least=least)

    assert tripped is bool(found)


def test_it_names_the_services_of_which_too_much_is_taken():
    """Others are left out, and the words tell number and share."""
    standing, taken = {"labo": 40, "pacs": 1000}, {"labo": 20, "pacs": 20}

    [trip] = trips(standing, taken, percent=5, least=10)

    assert "labo: 20 of 40 (50.0 %)" == str(trip)
