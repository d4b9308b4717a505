"""Large objects: gone on with by range after an interruption, as the version that was listed."""

import os
from pathlib import Path
from typing import Any

import pytest

from custody.digest import digest_of
from custody.entry import Entry
from custody.errors import StoreError
from quarantine import intake
from quarantine.buckets.place import BucketPlace
from quarantine.buckets.source import BucketSource
from quarantine.intake import NotTaken, Taken, take
from storage.s3.foreign import ForeignBucket
from storage.segments import MOST_BLOB, SegmentWriter
from storage.spool import Spool
from tests.corpus.taking import nothing_known
from tests.unit.quarantine.buckets.conftest import BUCKET

MIB = 1 << 20


def source(client: Any) -> BucketSource:
    """The bucket opened as a source."""
    place = BucketPlace(bucket=BUCKET)
    return BucketSource(ForeignBucket(client, BUCKET), place, "s3.example", lambda _: None)


def taken(client: Any, entry: Entry, spool: Spool) -> Taken | NotTaken:
    """Take one object that was listed before."""
    segment = SegmentWriter(spool)
    (result,) = take(source(client), [entry], segment, spool, nothing_known)
    return result


@pytest.mark.parametrize("replaced", [False, True])
def test_a_large_object_goes_on_at_its_last_mark(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, replaced: bool
) -> None:
    """What was spooled is not asked for again, and a new version under the key changes nothing."""
    monkeypatch.setattr(intake, "LONG_READ", MOST_BLOB)
    monkeypatch.setattr(intake, "MARK_EVERY", MIB)
    status = {"Status": "Enabled"}
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration=status)
    content = os.urandom(4 * MIB)
    client.put_object(Bucket=BUCKET, Key="dump", Body=content)
    (entry,) = source(client).walk()
    full = Spool(tmp_path / "spool", 4 * MIB)
    full.reserve(MIB)
    with pytest.raises(StoreError, match="the spool is full"):
        taken(client, entry, full)
    if replaced:
        client.put_object(Bucket=BUCKET, Key="dump", Body=bytes(4 * MIB))
    asked: list[str | None] = []
    client.meta.events.register(
        "provide-client-params.s3.GetObject", lambda params, **_: asked.append(params.get("Range"))
    )

    result = taken(client, entry, Spool(tmp_path / "spool", 8 * MIB))

    assert isinstance(result, Taken)
    assert digest_of(content) == result.digest
    assert [f"bytes={2 * MIB}-"] == asked or [f"bytes={3 * MIB}-"] == asked
