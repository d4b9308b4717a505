from datetime import date

import pytest

from sanitizers.rules.dating import newest_date

TODAY = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('date = "2025-03-04"', date(2025, 3, 4)),
        ('date="2025/03/04"', date(2025, 3, 4)),
        ('modified = "2025.03.04"', date(2025, 3, 4)),
        ('last_modified = "2025-3-4"', date(2025, 3, 4)),
        ('creation_date = "2025-03"', date(2025, 3, 1)),
        ('date = "2025-03-04T10:00:00Z"', date(2025, 3, 4)),
        ('date = "25.03.2024"', date(2024, 3, 25)),
        ('date = "03/25/2024"', date(2024, 3, 25)),
        ('date = "04/03/2024"', date(2024, 3, 4)),
        ('date = "2025-02-31"', None),
        ('date = "soon"', None),
        ('date = "2106-01-01"', None),
        ('mandate = "2025-03-04"', None),
        ("", None),
    ],
)
def test_dates_are_read_in_the_usual_forms(line: str, expected: date | None) -> None:
    """Every usual form is read; an impossible, doubtful or future date makes no pack younger."""
    assert expected == newest_date([f"rule a {{ meta: {line} condition: true }}"], TODAY)


def test_the_newest_of_all_rules_counts() -> None:
    """A pack is as old as its newest rule."""
    texts = ['date = "2020-01-01" modified = "2024-05-06"', 'date = "2023-01-01"']
    assert newest_date(texts, TODAY) == date(2024, 5, 6)
