"""What the contract suite does not say of a bucket as a store, in memory."""

import io
from typing import Any

import pytest
from moto import mock_aws

from custody.digest import digest_of
from custody.errors import ObjectMissingError, StoreDeniedError, StoreError
from storage.interface import Spooled, Version
from storage.s3.client import Credentials, Endpoint, connect
from storage.s3.parts import PART
from storage.s3.store import S3Store
from tests.corpus.spooled import read, spooled

ENDPOINT = Endpoint(url="https://s3.amazonaws.com", region="us-east-1")
BUCKET = "quarantine"


@pytest.fixture
def client():
    """A client of a server in memory, with one bucket that keeps no versions yet."""
    with mock_aws():
        made = connect(ENDPOINT, Credentials(access_key="a", secret_key="b"))
        made.create_bucket(Bucket=BUCKET)
        yield made


@pytest.fixture
def store(client):
    """A bucket that keeps versions."""
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return S3Store(client, BUCKET)


def seen(client: Any, operation: str) -> list[dict[str, Any]]:
    """Return the parameters of each later call of an operation."""
    calls: list[dict[str, Any]] = []
    client.meta.events.register(
        f"provide-client-params.s3.{operation}", lambda params, **_: calls.append(params)
    )
    return calls


def test_a_large_object_goes_in_parts_with_their_sums(client, store, tmp_path) -> None:
    """A file over one part is uploaded in parts, each with its MD5, and comes back whole."""
    content = bytes(range(256)) * (PART // 256) + b"the rest"
    path = tmp_path / "large"
    path.write_bytes(content)
    calls = seen(client, "UploadPart")

    value = Spooled(digest=digest_of(content), size=len(content), content=path)
    version = store.put("large", value)

    assert [1, 2] == sorted(call["PartNumber"] for call in calls)
    assert all(call["ContentMD5"] for call in calls)
    assert digest_of(content) == digest_of(read(store, "large", version.version))


def test_a_small_object_is_put_with_its_sum(client, store) -> None:
    """Servers with a lock refuse a put without Content-MD5."""
    calls = seen(client, "PutObject")

    store.put("a", spooled(b""))

    assert ["1B2M2Y8AsgTpgAmY7PhCfg=="] == [call["ContentMD5"] for call in calls]


def test_a_failed_upload_is_taken_back(client, store, tmp_path) -> None:
    """When a part cannot be read, no object and no unfinished upload is left."""
    path = tmp_path / "cut"
    path.write_bytes(bytes(PART + 1))
    cut = Spooled(digest=digest_of(b""), size=PART + 2, content=path)

    with pytest.raises(StoreError, match="not whole"):
        store.put("cut", cut)

    assert [] == list(store.versions(""))
    assert "Uploads" not in client.list_multipart_uploads(Bucket=BUCKET)


def test_a_bucket_without_versions_is_refused(client) -> None:
    """What could be overwritten is no store of ours."""
    with pytest.raises(StoreDeniedError, match="keeps no versions"):
        S3Store(client, BUCKET).put("a", spooled(b"1"))


def test_a_missing_bucket_says_what_to_do(client) -> None:
    """The next step is to set the stores up."""
    with pytest.raises(StoreDeniedError, match="autoclave init --stores s3"):
        S3Store(client, "other").put("a", spooled(b"1"))


def test_a_hidden_object_is_missing_and_its_versions_stay(client, store) -> None:
    """Who deletes without a version hides an object; nothing of ours is lost by it."""
    first = store.put("a", spooled(b"1"))
    client.delete_object(Bucket=BUCKET, Key="a")

    with pytest.raises(ObjectMissingError):
        store.open("a")
    assert [first] == list(store.versions(""))
    assert b"1" == read(store, "a", first.version)


def test_many_versions_are_listed_over_several_pages(client, store) -> None:
    """A listing of more than one page keeps the order, also where a page ends within a key."""
    put = [store.put("a", spooled(bytes([n]))) for n in range(5)]
    after = store.put("b", spooled(b"b"))
    client.meta.events.register(
        "provide-client-params.s3.ListObjectVersions",
        lambda params, **_: {**params, "MaxKeys": 2},
    )

    assert [*put, after] == list(store.versions(""))


def test_a_body_that_ends_early_is_an_error(client, store, monkeypatch) -> None:
    """An answer shorter than its length is never taken for the whole."""
    version = store.put("a", spooled(b"0123456789"))

    def cut(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Body"]._raw_stream = io.BytesIO(b"01234")

    client.meta.events.register("after-call.s3.GetObject", cut)

    with pytest.raises(StoreError, match="the connection to the store broke"):
        read(store, "a", version.version)


def test_one_failure_among_many_is_the_failure_of_all(store, tmp_path) -> None:
    """A batch with one object that cannot be put raises; what was put is whole."""
    path = tmp_path / "cut"
    path.write_bytes(b"abc")
    cut = Spooled(digest=digest_of(b"abcdef"), size=6, content=path)

    with pytest.raises(StoreError, match="not whole"):
        store.put_all([("a", spooled(b"a")), ("cut", cut), ("b", spooled(b"b"))])

    assert all(1 == v.size for v in store.versions(""))


def test_versions_are_values_of_the_store(store) -> None:
    """A version names key, id and size as the server has them."""
    version = store.put("a", spooled(b"12"))

    assert Version(key="a", version=version.version, size=2) == version
