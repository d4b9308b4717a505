"""What every object store promises, run over all of them."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from custody.digest import digest_of
from custody.errors import ObjectDamagedError, ObjectMissingError
from storage.filesystem import FilesystemStore
from storage.interface import ObjectStore, Spooled, Version
from storage.memory import MemoryStore
from storage.retrying import RetryingStore
from storage.s3.client import Credentials, Endpoint, connect
from storage.s3.store import S3Store
from tests.corpus.spooled import read, spooled


def never_sleep(seconds: float) -> None:
    """Fail: nothing here is transient."""
    raise AssertionError("a healthy store needs no second attempt")


STORES: dict[str, Callable[[Path], ObjectStore]] = {
    "filesystem": lambda folder: FilesystemStore(folder / "store"),
    "memory": lambda folder: MemoryStore(),
    "retrying": lambda folder: RetryingStore(
        FilesystemStore(folder / "store"), attempts=3, sleep=never_sleep
    ),
}


BUCKETS = ("s3 on ceph", "s3 on moto")


@pytest.fixture(params=[*STORES, *BUCKETS])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStore]:
    """Return each kind of store in turn, empty."""
    if request.param == "s3 on ceph":
        yield request.getfixturevalue("bucket")
    elif request.param == "s3 on moto":
        with mock_aws():
            moto = Endpoint(url="https://s3.amazonaws.com", region="us-east-1")
            yield versioned(connect(moto, Credentials(access_key="a", secret_key="b")))
    else:
        yield STORES[request.param](tmp_path)


@pytest.fixture(scope="session")
def buckets_owner(gateway) -> object:
    """Return a client that may make buckets."""
    access, secret = gateway.user("contract", buckets=1000)
    ceph = Endpoint(url=gateway.endpoint, region="default", ca_file=gateway.ca_file)
    return connect(ceph, Credentials(access_key=access, secret_key=secret))


@pytest.fixture
def bucket(buckets_owner: object) -> ObjectStore:
    """Return a new bucket of the real server."""
    return versioned(buckets_owner)


def versioned(client: object) -> ObjectStore:
    """Make a bucket that keeps versions."""
    name = f"contract-{uuid.uuid4()}"
    client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return S3Store(client, name)


def test_what_was_put_comes_back(store: ObjectStore) -> None:
    """An object is read back byte for byte."""
    version = store.put("blobs/ab/one", spooled(b"content"))
    assert version == Version(key="blobs/ab/one", version=version.version, size=7)
    assert read(store, "blobs/ab/one", version.version) == b"content"


def test_an_empty_object_is_an_object(store: ObjectStore) -> None:
    """Zero bytes are stored and read like any others."""
    store.put("empty", spooled(b""))
    assert read(store, "empty") == b""


def test_a_spooled_file_is_put_whole_and_left_in_place(store: ObjectStore, tmp_path: Path) -> None:
    """A put from a file reads it and does not take it away, so that it can be tried again."""
    source = tmp_path / "spooled"
    source.write_bytes(b"x" * 100_000)
    value = Spooled(digest=digest_of(b"x" * 100_000), size=100_000, content=source)
    store.put("large", value)
    store.put("large", value)
    assert read(store, "large") == b"x" * 100_000
    assert source.exists()


def test_without_a_version_the_newest_is_opened(store: ObjectStore) -> None:
    """The last put wins, also when an older content is put again."""
    for content in (b"first", b"second", b"first"):
        store.put("note", spooled(content))
    assert read(store, "note") == b"first"


def test_older_versions_stay_readable(store: ObjectStore) -> None:
    """A put never changes what an earlier one stored."""
    first = store.put("note", spooled(b"first"))
    store.put("note", spooled(b"second"))
    assert read(store, "note", first.version) == b"first"


@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [
        (0, None, b"0123456789"),
        (3, None, b"3456789"),
        (0, 4, b"0123"),
        (3, 4, b"3456"),
        (8, 100, b"89"),
        (3, 0, b""),
        (10, 5, b""),
        (100, 5, b""),
        (100, None, b""),
    ],
)
def test_a_part_is_read_alone(
    store: ObjectStore, offset: int, length: int | None, expected: bytes
) -> None:
    """Offset and length cut exactly; past the end there is nothing."""
    store.put("digits", spooled(b"0123456789"))
    with store.open("digits", offset=offset, length=length) as stream:
        assert stream.read() == expected


def test_many_are_put_in_order(store: ObjectStore) -> None:
    """put_all returns one version an object, in the order that was asked."""
    names = [f"segments/run/{n}" for n in (3, 1, 2)]
    versions = store.put_all((name, spooled(name.encode())) for name in names)
    assert [version.key for version in versions] == names
    assert [read(store, v.key, v.version) for v in versions] == [n.encode() for n in names]


def test_nothing_to_put_is_fine(store: ObjectStore) -> None:
    """An empty put_all stores nothing."""
    assert store.put_all([]) == []
    assert list(store.versions("")) == []


def test_versions_are_listed_by_key_and_age(store: ObjectStore) -> None:
    """Keys come in the order of S3 ('-' and '.' before '/'), versions of one key oldest first."""
    keys = ["b", "a/x", "a-b", "a.b", "a", "a/x/y", "a0", "a/w", "a/x-y"]
    for key in keys:
        store.put(key, spooled(b"1"))
    store.put("a", spooled(b"22"))
    listed = [(version.key, version.size) for version in store.versions("")]
    expected = sorted([*((key, 1) for key in keys), ("a", 2)])
    assert listed == expected


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("", ["blobs/aa/1", "blobs/ab/2", "segments/3"]),
        ("blobs/", ["blobs/aa/1", "blobs/ab/2"]),
        ("blobs/a", ["blobs/aa/1", "blobs/ab/2"]),
        ("blobs/ab", ["blobs/ab/2"]),
        ("seg", ["segments/3"]),
        ("blobs/ab/2", ["blobs/ab/2"]),
        ("none", []),
        ("none/at/all", []),
    ],
)
def test_a_prefix_is_text_not_a_folder(
    store: ObjectStore, prefix: str, expected: list[str]
) -> None:
    """A prefix may end inside a part of a key."""
    for key in ("blobs/aa/1", "blobs/ab/2", "segments/3"):
        store.put(key, spooled(b"x"))
    assert [version.key for version in store.versions(prefix)] == expected


def test_a_deleted_version_is_gone_and_the_others_stay(store: ObjectStore) -> None:
    """Delete removes one version; the older one is the newest again."""
    first = store.put("note", spooled(b"first"))
    second = store.put("note", spooled(b"second"))
    store.delete("note", second.version)
    assert list(store.versions("note")) == [first]
    assert read(store, "note") == b"first"
    with pytest.raises(ObjectMissingError):
        store.open("note", second.version)


def test_deleting_what_is_not_there_does_nothing(store: ObjectStore) -> None:
    """A delete that is repeated after a crash succeeds."""
    version = store.put("note", spooled(b"first"))
    store.delete("note", version.version)
    store.delete("note", version.version)
    store.delete("never/there", "0")
    assert list(store.versions("")) == []


@pytest.mark.parametrize("version", [None, "0"])
def test_what_is_missing_is_named(store: ObjectStore, version: str | None) -> None:
    """Opening an unknown key or version is an error of its own."""
    with pytest.raises(ObjectMissingError, match="no object a/b"):
        store.open("a/b", version)


@pytest.mark.parametrize(
    "key",
    ["", "/", "a//b", "/a", "a/", ".", "..", "a/../b", "a b", "a@b", "é", "a\n", "x" * 201, "a\\b"],
)
def test_a_dangerous_key_is_refused(store: ObjectStore, key: str) -> None:
    """No key leaves the store's folder or needs escaping."""
    with pytest.raises(ValueError, match="a key is made of"):
        store.put(key, spooled(b""))
    with pytest.raises(ValueError, match="a key is made of"):
        store.open(key)


def test_a_cut_spool_file_is_refused(store: ObjectStore, tmp_path: Path) -> None:
    """A spool file that lost bytes is not stored under its digest."""
    source = tmp_path / "spooled"
    source.write_bytes(b"abc")
    cut = Spooled(digest=digest_of(b"abcdef"), size=6, content=source)
    with pytest.raises(ObjectDamagedError, match="not whole"):
        store.put("cut", cut)
    assert list(store.versions("")) == []
