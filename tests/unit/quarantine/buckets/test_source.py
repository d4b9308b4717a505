"""A bucket as a source: listed whole over pages, read as listed, every trouble named."""

import io
from contextlib import closing
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from custody.entry import Entry, EntryKind, NotTakenReason
from custody.errors import SourceEmptyError, SourceError, StoreError
from quarantine.ahead import AHEAD
from quarantine.buckets import source as bucket_source
from quarantine.buckets.place import BucketPlace
from quarantine.buckets.source import BucketSource
from quarantine.interface import NotReadableError
from storage.s3 import foreign
from storage.s3.foreign import ForeignBucket
from storage.segments import MOST_BLOB
from tests.unit.quarantine.buckets.conftest import BUCKET


@pytest.fixture
def versioned(client: Any) -> Any:
    """The same with versions."""
    status = {"Status": "Enabled"}
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration=status)
    return client


def source(client: Any, place: str = f"s3://{BUCKET}/", slept: Any = None) -> BucketSource:
    """A bucket opened as a source that does not really wait."""
    told = BucketPlace.parse(place.encode())
    sleep = (lambda _: None) if slept is None else slept.append
    return BucketSource(ForeignBucket(client, told.bucket), told, "s3.example", sleep)


def put(client: Any, *keys: str) -> None:
    """Put objects that hold their keys."""
    for key in keys:
        client.put_object(Bucket=BUCKET, Key=key, Body=key.encode())


def content(of: BucketSource, entry: Entry) -> bytes:
    """Read a file of a source whole."""
    with closing(of.open(entry)) as file:
        return file.read(entry.size + 1, 0)


def refuse(client: Any, call: str, code: str, status: int = 403) -> None:
    """Let every answer to a call be a refusal."""

    def refused(**_: Any) -> tuple[Any, dict[str, Any]]:
        return Raw(status), {
            "Error": {"Code": code},
            "ResponseMetadata": {"HTTPStatusCode": status},
        }

    client.meta.events.register(f"before-call.s3.{call}", refused)


class Raw:
    """The HTTP side of an answer."""

    def __init__(self, status: int) -> None:
        self.status_code = status


def why(of: BucketSource, entry: Entry) -> NotTakenReason:
    """Return why a file cannot be read."""
    with pytest.raises(NotReadableError) as caught:
        content(of, entry)
    return caught.value.why


@pytest.mark.parametrize("closed", [False, True])
def test_all_keys_are_listed_over_several_pages(
    versioned: Any, monkeypatch: pytest.MonkeyPatch, *, closed: bool
) -> None:
    """Once each in the order of their bytes, whether versions may be listed or not."""
    monkeypatch.setattr(foreign, "PAGE", 2)
    keys = ["a", "a/b", "a//b", "../x", "/abs", "p/q", "b", "c", "\u00e9", "a b+c"]
    put(versioned, *keys, "a", "a", "a/b", "gone")
    versioned.delete_object(Bucket=BUCKET, Key="gone")
    if closed:
        refuse(versioned, "ListObjectVersions", "AccessDenied")
    opened = source(versioned)

    entries = list(opened.walk())

    assert sorted(key.encode() for key in keys) == [entry.path for entry in entries]
    assert [e.path for e in entries] == [content(opened, e) for e in entries]


def test_a_prefix_is_a_folder(client: Any) -> None:
    """What only begins alike is not below it; its own marker is."""
    put(client, "p/a", "p", "pq/x", "p/d/a")
    client.put_object(Bucket=BUCKET, Key="p/", Body=b"")

    found = [(entry.path, entry.kind) for entry in source(client, f"s3://{BUCKET}/p").walk()]

    file = EntryKind.FILE
    assert [(b"", EntryKind.FOLDER_MARKER), (b"a", file), (b"d/a", file)] == found


def test_nothing_at_the_place_is_an_empty_source(client: Any) -> None:
    """Exit 4, as for an empty folder."""
    put(client, "a")
    with pytest.raises(SourceEmptyError, match="the source is empty"):
        source(client, f"s3://{BUCKET}/b").check_not_empty()


def test_what_was_overwritten_after_the_listing_is_read_as_listed(versioned: Any) -> None:
    """A version keeps its content, and its removal too leaves it there."""
    put(versioned, "a")
    opened = source(versioned)
    (entry,) = opened.walk()
    versioned.put_object(Bucket=BUCKET, Key="a", Body=b"ENCRYPTED")
    versioned.delete_object(Bucket=BUCKET, Key="a")

    assert b"a" == content(opened, entry)


def test_without_versions_what_changed_is_named(client: Any) -> None:
    """Neither half of the one nor the whole of the other is taken."""
    put(client, "a", "b")
    opened = source(client)
    first, second = opened.walk()
    client.put_object(Bucket=BUCKET, Key="a", Body=b"A")
    client.delete_object(Bucket=BUCKET, Key="b")

    assert NotTakenReason.CHANGED is why(opened, first)
    assert NotTakenReason.VANISHED is why(opened, second)


def test_a_server_that_ignores_conditions_is_caught(client: Any) -> None:
    """What it says of its answer is held against what was listed."""
    put(client, "a")
    opened = source(client)
    (entry,) = opened.walk()
    client.put_object(Bucket=BUCKET, Key="a", Body=b"A")
    client.meta.events.register(
        "provide-client-params.s3.GetObject",
        lambda params, **_: {k: v for k, v in params.items() if k != "IfMatch"},
    )

    assert NotTakenReason.CHANGED is why(opened, entry)


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidObjectState", "KMS.DisabledException"])
def test_one_object_that_is_refused_does_not_end_the_source(client: Any, code: str) -> None:
    """It is unreadable: forbidden, in an archive, or under a key that is gone."""
    put(client, "a")
    opened = source(client)
    (entry,) = opened.walk()
    refuse(client, "GetObject", code)

    assert NotTakenReason.UNREADABLE is why(opened, entry)


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"])
def test_keys_that_are_refused_end_the_source(client: Any, code: str) -> None:
    """A million unreadable entries would hide that one file of keys is wrong."""
    put(client, "a")
    opened = source(client)
    (entry,) = opened.walk()
    refuse(client, "GetObject", code)

    with pytest.raises(SourceError, match=r"credentials/source\.toml") as caught:
        content(opened, entry)
    assert not isinstance(caught.value, NotReadableError)


@pytest.mark.parametrize(
    ("code", "status", "step"),
    [
        ("AccessDenied", 403, "docs/sources.md"),
        ("NoSuchBucket", 404, "check its name, and sources.endpoint"),
        ("SignatureDoesNotMatch", 403, "credentials/source.toml"),
        ("PermanentRedirect", 301, "sources.endpoint"),
        ("Unheard", 400, "sources.endpoint"),
    ],
)
def test_a_listing_that_is_refused_says_what_to_do(
    client: Any, code: str, status: int, step: str
) -> None:
    """One line, and the next step."""
    for call in ("ListObjectVersions", "ListObjectsV2"):
        refuse(client, call, code, status)
    with pytest.raises(SourceError, match=f"{BUCKET} cannot be listed") as caught:
        list(source(client).walk())
    assert step in caught.value.next_step


def test_a_read_that_breaks_goes_on_where_it_was(client: Any) -> None:
    """The rest is asked for by range, under the same condition."""
    client.put_object(Bucket=BUCKET, Key="a", Body=bytes(range(100)))
    opened = source(client)
    (entry,) = opened.walk()
    asked: list[dict[str, Any]] = []
    client.meta.events.register(
        "provide-client-params.s3.GetObject", lambda params, **_: asked.append(params)
    )
    broken = Breaking(client, after=40)
    with closing(opened.open(entry)) as file:
        parts = [file.read(40, 0), file.read(60, 40), file.read(1, 100)]

    assert [bytes(range(40)), bytes(range(40, 100)), b""] == parts
    assert [None, "bytes=40-"] == [params.get("Range") for params in asked]
    assert 1 == len({params["IfMatch"] for params in asked})
    assert 1 == broken.times


class Breaking:
    """Ends the first body of a server early."""

    def __init__(self, client: Any, after: int) -> None:
        self.times = 0
        self._after = after
        client.meta.events.register("after-call.s3.GetObject", self._cut)

    def _cut(self, parsed: dict[str, Any], **_: Any) -> None:
        if self.times == 0:
            self.times += 1
            body = parsed["Body"]
            body._raw_stream = io.BytesIO(body._raw_stream.read(self._after))


def test_an_object_that_always_fails_is_unreadable_while_its_bucket_answers(client: Any) -> None:
    """One damaged object does not end each run; six attempts are made, with pauses."""
    put(client, "a")
    slept: list[float] = []
    opened = source(client, slept=slept)
    (entry,) = opened.walk()
    refuse(client, "GetObject", "InternalError", 500)

    assert NotTakenReason.UNREADABLE is why(opened, entry)
    assert bucket_source.ATTEMPTS - 1 == len(slept)


@pytest.mark.parametrize("reason", ["down", "busy"])
def test_a_server_that_does_not_answer_ends_the_run_for_now(client: Any, reason: str) -> None:
    """Exit 6: nothing is called unreadable, and the same command goes on."""
    put(client, "a")
    opened = source(client)
    (entry,) = opened.walk()
    if reason == "busy":
        refuse(client, "GetObject", "SlowDown", 503)
    else:

        def fail(**_: Any) -> None:
            raise ReadTimeoutError(endpoint_url="https://s3.example")

        client.meta.events.register("before-send.s3", fail)

    with pytest.raises(StoreError, match="the source's server"):
        content(opened, entry)


def test_a_time_of_a_bucket_without_versions_is_refused(client: Any) -> None:
    """It would show what was put before and not overwritten since, and call that a snapshot."""
    put(client, "a")
    with pytest.raises(SourceError, match="keeps no versions"):
        list(source(client, f"s3://{BUCKET}@2022-05-13/").walk())


def test_another_bucket_of_the_name_has_another_identity(client: Any) -> None:
    """Owner and time of making are in it, and so is the server."""
    before = source(client).identity()
    client.meta.events.register(
        "after-call.s3.GetBucketAcl", lambda parsed, **_: parsed["Owner"].update(ID="another")
    )

    assert source(client).identity() != before
    assert before.filesystem == f"s3.example/{BUCKET}"


def test_keys_out_of_order_are_refused(client: Any) -> None:
    """A listing that goes back would never end, or lose something."""
    put(client, "a", "b")
    refuse(client, "ListObjectVersions", "AccessDenied")
    client.meta.events.register(
        "after-call.s3.ListObjectsV2", lambda parsed, **_: parsed["Contents"].reverse()
    )
    with pytest.raises(SourceError, match="order of its keys"):
        list(source(client).walk())


@pytest.mark.parametrize("call", ["ListObjectsV2", "ListObjectVersions"])
@pytest.mark.parametrize("times", [1, 100])
def test_a_page_without_a_line_is_not_the_end(client: Any, call: str, times: int) -> None:
    """What comes after it is listed; a server that gives no other page is refused."""
    put(client, "a", "b")
    if call == "ListObjectsV2":
        refuse(client, "ListObjectVersions", "AccessDenied")
    left = [times]

    def emptied(parsed: dict[str, Any], **_: Any) -> None:
        if left[0]:
            left[0] -= 1
            parsed.update(Contents=[], Versions=[], IsTruncated=True)
            parsed.update(NextContinuationToken="", NextKeyMarker="")

    client.meta.events.register(f"after-call.s3.{call}", emptied)
    client.meta.events.register(
        f"provide-client-params.s3.{call}",
        lambda params, **_: {name: told for name, told in params.items() if told != ""},
    )
    if times == 1:
        assert [b"a", b"b"] == [entry.path for entry in source(client).walk()]
        return
    with pytest.raises(SourceError, match="order of its keys"):
        list(source(client).walk())


def test_small_objects_are_on_their_way_before_their_turn(client: Any) -> None:
    """In their order, each asked for once; what is not taken up is not kept."""
    keys = [f"k{n:03d}" for n in range(3 * AHEAD)]
    put(client, *keys)
    client.put_object(Bucket=BUCKET, Key="large", Body=bytes(MOST_BLOB + 1))
    opened = source(client)
    asked: list[str] = []
    client.meta.events.register(
        "provide-client-params.s3.GetObject", lambda params, **_: asked.append(params["Key"])
    )
    entries = list(opened.walk())

    with closing(opened):
        found = [(entry.path, content(opened, entry)) for entry in opened.ahead(entries)]
        some = opened.ahead(entries)
        first = next(some)
        some.close()  # type: ignore[attr-defined]  # a generator

    assert [(key.encode(), key.encode()) for key in keys] == found[:-1]
    assert MOST_BLOB + 1 == len(found[-1][1])
    assert first.path == b"k000"
    assert sorted([*keys, "large"]) == sorted(asked[: len(keys) + 1])
    assert {} == opened._ahead._waiting


def test_what_failed_ahead_is_named_in_its_turn(client: Any) -> None:
    """One that is refused is not taken, and those around it are."""
    put(client, "a", "b", "c")
    opened = source(client)
    entries = list(opened.walk())
    client.put_object(Bucket=BUCKET, Key="b", Body=b"B")
    found = []
    with closing(opened):
        for entry in opened.ahead(entries):
            try:
                found.append(content(opened, entry))
            except NotReadableError as error:
                found.append(error.why)

    assert [b"a", NotTakenReason.CHANGED, b"c"] == found
