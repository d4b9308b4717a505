"""What stood in a bucket at a time: removals count, and nothing newer does."""

from datetime import UTC, datetime

import pytest

from quarantine.buckets.standing import standing
from storage.s3.foreign import Listed


def at(second: int) -> datetime:
    """A time in the night of the attack."""
    return datetime(2022, 5, 13, 20, 0, second, tzinfo=UTC)


def put(version: str, second: int, *, latest: bool = False, key: str = "a") -> Listed:
    """A version of a key."""
    return Listed(key=key, size=1, modified=at(second), version=version, latest=latest)


def gone(second: int, *, latest: bool = False) -> Listed:
    """The removal of a key."""
    return Listed(key="a", size=0, modified=at(second), version="d", latest=latest, removed=True)


HISTORY = [put("v3", 50, latest=True), put("v2", 30), put("v1", 10), gone(20)]


@pytest.mark.parametrize(
    ("second", "version"),
    [
        (9, None),
        (10, "v1"),
        (19, "v1"),
        (20, None),
        (29, None),
        (30, "v2"),
        (49, "v2"),
        (50, "v3"),
        (59, "v3"),
    ],
)
def test_the_newest_version_at_a_time_stood(second: int, version: str | None) -> None:
    """To the second: a version stands from its put until the next one or its removal."""
    found = [line.version for line in standing(HISTORY, at(second))]

    assert ([] if version is None else [version]) == found


def test_what_was_put_in_the_second_of_its_removal_stood() -> None:
    """Which came first is not told, and no file is lost by the doubt."""
    assert ["v1"] == [line.version for line in standing([put("v1", 10), gone(10)], at(10))]


def test_now_the_latest_version_stands() -> None:
    """Of each key what the server calls its latest; one that was removed last has none."""
    lines = [
        put("v2", 20, latest=True),
        put("v1", 30),
        put("w1", 10, key="b"),
        put("x1", 10, latest=True, key="c"),
    ]

    assert ["v2", "x1"] == [line.version for line in standing(lines, None)]
    assert [] == list(standing([gone(20, latest=True), put("v1", 10)], None))


def test_millions_of_versions_of_one_key_are_not_kept() -> None:
    """They are looked through one by one."""
    taken = 0

    def lines():  # type: ignore[no-untyped-def]  # of a test
        nonlocal taken
        for n in range(10_000):
            taken += 1
            yield put(f"v{n}", 40)
        yield put("old", 10)

    (found,) = standing(lines(), at(30))

    assert ("old", 10_000) == (found.version, taken)
