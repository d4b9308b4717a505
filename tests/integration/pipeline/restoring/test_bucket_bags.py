"""A set is delivered into a bucket of a real server, goes on after a cut, and proves itself."""

import subprocess
import sys
from dataclasses import replace
from uuid import uuid4

import pytest

from audit.verify import fingerprint
from custody.errors import RefusedError, SettingsError, UsageError
from pipeline.delivering.bag import deliver_set
from pipeline.endpoints import DELIVERY
from pipeline.restoring.asked import Asked
from pipeline.restoring.opening import open_set
from pipeline.restoring.seal import seal
from pipeline.restoring.sign import sign_set
from pipeline.settings import DeliverySettings, StoresSettings
from tests.corpus.accounts import OWNER
from tests.corpus.snapshots import HOST
from tests.integration.pipeline.restoring.test_bags import RIGHT, payload


@pytest.fixture
def opened(runtime, people):
    """An opened set of the whole case."""
    stored = seal(runtime, Asked(), people["anna"]).stored
    for name in ("anna", "cert"):
        sign_set(runtime, stored.set_id, people[name])
    return open_set(runtime, stored.set_id).stored


@pytest.fixture
def client(s3_users):
    """A client of somebody who has a bucket."""
    return s3_users.client(OWNER)


@pytest.fixture
def bucket(client):
    """A new bucket that keeps no versions."""
    name = f"ward-{uuid4().hex[:8]}"
    client.create_bucket(Bucket=name)
    return name


@pytest.fixture
def outward(runtime, s3_users):
    """The home with the address and the keys of the ward's server."""
    at = s3_users.endpoint
    s3_users.write_keys(runtime.home.root, [OWNER])
    (runtime.home.credentials / f"{OWNER}.toml").rename(
        runtime.home.credentials / f"{DELIVERY}.toml"
    )
    settings = DeliverySettings(endpoint=at.url, ca_file=str(at.ca_file))
    return replace(runtime, settings=replace(runtime.settings, delivery=settings))


def fetched(client, bucket, folder):
    """Download everything below the prefix, as any tool does."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="wave/1/"):
        for found in page.get("Contents", ()):
            path = folder / found["Key"].removeprefix("wave/1/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(client.get_object(Bucket=bucket, Key=found["Key"])["Body"].read())
    return folder


def test_a_bag_in_a_bucket_is_the_bag(outward, opened, client, bucket, tmp_path):
    """Downloaded, it verifies itself; cut short, the same command ends the same delivery.

    A finished bag is not touched, and one that somebody put a file into is not signed.
    """
    place = f"s3://{bucket}/wave/1"
    done = deliver_set(outward, opened.set_id, place)
    assert (5, 0, place) == (done.files, done.kept, done.destination)
    with pytest.raises(UsageError, match="finished"):
        deliver_set(outward, opened.set_id, place)
    client.delete_object(Bucket=bucket, Key="wave/1/delivery.note")
    client.delete_object(Bucket=bucket, Key=f"wave/1/data/{HOST}/a/one.txt")

    again = deliver_set(outward, opened.set_id, place)

    assert (done.delivery_id, 5, 4) == (again.delivery_id, again.files, again.kept)
    bag = fetched(client, bucket, tmp_path / "bag")
    assert RIGHT == payload(bag)
    words = [sys.executable, "-I", "verify.py", ".", "--key", fingerprint(outward.ledger.vkey)]
    checked = subprocess.run(words, cwd=bag, capture_output=True, check=False)
    assert 0 == checked.returncode, checked.stdout + checked.stderr
    client.delete_object(Bucket=bucket, Key="wave/1/delivery.note")
    stranger = f"wave/1/data/{HOST}/entered-since.txt"
    client.put_object(Bucket=bucket, Key=stranger, Body=b"entered since")
    with pytest.raises(RefusedError, match="1 files that do not belong"):
        deliver_set(outward, opened.set_id, place)
    assert b"entered since" == client.get_object(Bucket=bucket, Key=stranger)["Body"].read()


def test_a_place_that_is_none_is_refused(runtime, opened, tmp_path):
    """A bucket of our own, a prefix that is none, and a server that nobody named."""
    own = replace(
        runtime,
        settings=replace(
            runtime.settings, stores=StoresSettings(prefix="hospital", endpoint="https://127.0.0.1")
        ),
    )
    with pytest.raises(RefusedError, match="own buckets"):
        deliver_set(own, opened.set_id, "s3://hospital-clean/x")
    for place in ("s3://ward", "s3://ward/a b", "s3://ward/../x", "s3:///x"):
        with pytest.raises(UsageError, match="no place"):
            deliver_set(own, opened.set_id, place)
    with pytest.raises(SettingsError, match="nobody said"):
        deliver_set(runtime, opened.set_id, "s3://ward/x")


def test_an_urgent_set_goes_into_no_bucket(outward, people):
    """It is handed over read-only, which a bucket does not promise; nothing is recorded."""
    stored = seal(outward, Asked(), people["anna"]).stored
    sign_set(outward, stored.set_id, people["anna"])
    open_set(outward, stored.set_id, urgent=True)
    size = outward.ledger.size

    with pytest.raises(RefusedError, match="read-only"):
        deliver_set(outward, stored.set_id, "s3://ward/x")

    assert size == outward.ledger.size
