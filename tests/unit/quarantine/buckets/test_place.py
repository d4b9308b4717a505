"""The place of a bucket: one way to write it, and nothing else is taken for it."""

from datetime import UTC, datetime

import pytest

from custody.errors import UsageError
from quarantine.buckets.place import BucketPlace, names_bucket

NIGHT = datetime(2022, 5, 13, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "place", "again"),
    [
        ("s3://shares", BucketPlace(bucket="shares"), "s3://shares/"),
        ("s3://shares/", BucketPlace(bucket="shares"), "s3://shares/"),
        ("s3://shares/a/b", BucketPlace(bucket="shares", prefix="a/b/"), "s3://shares/a/b/"),
        ("s3://shares//a/", BucketPlace(bucket="shares", prefix="/a/"), "s3://shares//a/"),
        ("s3://s.x/é@1", BucketPlace(bucket="s.x", prefix="é@1/"), "s3://s.x/é@1/"),
        (
            "s3://shares@2022-05-13T21:30+02:00/a",
            BucketPlace(bucket="shares", prefix="a/", at=NIGHT),
            "s3://shares@2022-05-13T19:30:00Z/a/",
        ),
        (
            "s3://shares@2022-05-13",
            BucketPlace(bucket="shares", at=datetime(2022, 5, 13, tzinfo=UTC)),
            "s3://shares@2022-05-13T00:00:00Z/",
        ),
    ],
)
def test_a_place_is_written_in_one_way(written: str, place: BucketPlace, again: str) -> None:
    """A prefix is a folder, a time is in UTC, and what is written is read as the same."""
    assert place == BucketPlace.parse(written.encode())
    assert again == place.encode().decode()
    assert place == BucketPlace.parse(place.encode())


@pytest.mark.parametrize(
    "written",
    [
        b"s3://",
        b"s3:///a",
        b"s3://a",
        b"s3://-shares/a",
        b"s3://two words/a",
        b"s3://arn:aws:s3:::x/a",
        b"s3://shares@/a",
        b"s3://shares@yesterday/a",
        b"s3://shares/\xff",
        b"s3://shares/" + b"x" * 1025,
        b"S3://shares",
        b"/srv/shares",
    ],
)
def test_what_is_no_place_is_refused(written: bytes) -> None:
    """Each of them is a usage error that shows the form."""
    with pytest.raises(UsageError, match=r"s3://BUCKET/PREFIX"):
        BucketPlace.parse(written)


def test_a_folder_is_not_taken_for_a_bucket() -> None:
    """Only the scheme makes the difference."""
    assert [True, False, False] == [names_bucket(w) for w in ("s3://b", "/s3://b", "s3:/b")]
