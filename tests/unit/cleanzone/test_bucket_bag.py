"""A bag in a bucket, over a server in memory: nothing overwritten, nothing believed."""

import io
from dataclasses import replace

import pytest
from moto import mock_aws

from cleanzone.bag import Payload
from cleanzone.bucket_bag import BucketBag
from cleanzone.delivery import code_of
from custody.digest import digest_of
from custody.errors import ObjectDamagedError, StoreError
from storage.s3.client import Credentials, connect
from storage.s3.parts import PART
from storage.s3.target import TargetBucket
from storage.spool import Spool
from tests.unit.storage.s3.test_store import ENDPOINT, seen

CONTENT = b"a report\n" * 50
PAYLOAD = Payload(
    base=(b"srv1",),
    untrusted_path="été/a b.txt".encode(),
    digest=digest_of(CONTENT),
    size=len(CONTENT),
    mode=0o4755,
    mtime_ns=5,
)
NAME = "data/srv1/été/a b.txt"


@pytest.fixture
def client():
    """A client of a server in memory with one bucket, which keeps no versions."""
    with mock_aws():
        made = connect(ENDPOINT, Credentials(access_key="a", secret_key="b"))
        made.create_bucket(Bucket="ward")
        yield made


@pytest.fixture
def spool(tmp_path):
    """A spool that holds little."""
    with Spool(tmp_path / "spool", 64 * 1024**2) as made:
        yield made
        assert 0 == made.used


@pytest.fixture
def bag(client, spool):
    """A bag below a prefix."""
    return BucketBag(TargetBucket(client, "ward", "wave-1/"), spool)


def content(what=CONTENT):
    """What opens a content."""
    return lambda: io.BytesIO(what)


def test_a_file_lies_under_its_own_name_with_its_time(bag, client):
    """And without the rights to execute that it had on the compromised disk."""
    placed = bag.place(PAYLOAD, content())

    assert (NAME.encode(), False, False) == (placed.path, placed.mapped, placed.kept)
    found = client.get_object(Bucket="ward", Key=f"wave-1/{NAME}")
    assert CONTENT == found["Body"].read()
    assert {"mtime-ns": "5", "mode": "644"} == found["Metadata"]
    assert PAYLOAD.digest == bag.hashed(placed.path)


def test_what_lies_there_is_hashed_and_kept_or_left(bag, client):
    """The same content counts as delivered; another one keeps its place."""
    assert not bag.place(PAYLOAD, content()).kept
    assert bag.place(PAYLOAD, content()).kept
    client.put_object(Bucket="ward", Key=f"wave-1/{NAME}", Body=b"entered since")

    placed = bag.place(PAYLOAD, content())

    coded = b"data/srv1/renamed/" + code_of(b"srv1/" + PAYLOAD.untrusted_path)
    assert (coded, True) == (placed.path, placed.mapped)
    found = client.get_object(Bucket="ward", Key=f"wave-1/{NAME}")["Body"].read()
    assert b"entered since" == found
    client.put_object(Bucket="ward", Key=f"wave-1/{coded.decode()}", Body=b"there, too")
    with pytest.raises(StoreError, match="others lie there"):
        bag.place(PAYLOAD, content())


@pytest.mark.parametrize(
    "path", [b"\xe9t\xe9.txt", b"two\nlines", "a\u202eb".encode(), b"../up", b"x" * 1100]
)
def test_a_name_that_is_no_key_lies_under_its_code(bag, path):
    """What is no UTF-8, cannot be seen, leads out, or is too long."""
    placed = bag.place(replace(PAYLOAD, untrusted_path=path), content())

    assert (True, PAYLOAD.digest) == (placed.mapped, bag.hashed(placed.path))


def test_every_put_asks_that_the_name_is_free(bag, client):
    """Also the end of an upload in parts: who raced us keeps the name."""
    puts, ends = seen(client, "PutObject"), seen(client, "CompleteMultipartUpload")
    large = b"x" * (PART + 1)
    bag.place(PAYLOAD, content())
    other = replace(PAYLOAD, untrusted_path=b"large", digest=digest_of(large), size=len(large))
    bag.place(other, content(large))

    assert (["*"], ["*"]) == ([p["IfNoneMatch"] for p in puts], [e["IfNoneMatch"] for e in ends])
    assert other.digest == bag.hashed(b"data/srv1/large")


def test_what_is_not_genuine_is_never_put(bag, client):
    """The stream raises at its end, before anything is sent."""

    class Damaged(io.BytesIO):
        def read(self, size=-1):
            if found := super().read(size):
                return found
            raise ObjectDamagedError("not genuine", next_step="run again")

    with pytest.raises(ObjectDamagedError):
        bag.place(PAYLOAD, lambda: Damaged(CONTENT))

    assert "Contents" not in client.list_objects_v2(Bucket="ward")


def test_tags_take_the_place_of_unfinished_ones(bag, client):
    """Unchanged ones are not sent again, and each is read back."""
    puts = seen(client, "PutObject")
    assert digest_of(b"one") == bag.tag(b"bagit.txt", [b"o", b"ne"])
    bag.tag(b"bagit.txt", [b"one"])
    bag.tag(b"bagit.txt", [b"two"])

    assert (2, b"two", None) == (len(puts), bag.read(b"bagit.txt"), bag.read(b"other.txt"))


def test_a_prefix_is_empty_until_something_lies_below_it(client):
    """Not beside it."""
    bucket = TargetBucket(client, "ward", "wave-1/")
    client.put_object(Bucket="ward", Key="wave-10", Body=b"")
    assert bucket.is_empty()
    client.put_object(Bucket="ward", Key="wave-1/x", Body=b"")
    assert not bucket.is_empty()
