"""What a bucket must be is found out and made so; what cannot be made so is refused."""

from typing import Any

import pytest
from moto import mock_aws

from custody.errors import RefusedError
from storage.s3.buckets import Bucket, Demands, Lock, LockMode
from storage.s3.client import Credentials, Endpoint, connect
from storage.s3.identities import Principals, Zone

ENDPOINT = Endpoint(url="https://s3.amazonaws.com", region="us-east-1")
LOCK = Lock(mode=LockMode.COMPLIANCE, days=30)
DEMANDS = Demands(lock=LOCK, principals=Principals(template="arn:aws:iam:::user/{identity}"))
NAME = "a-bucket"


@pytest.fixture
def client() -> Any:
    """A client of an empty server in memory."""
    with mock_aws():
        yield connect(ENDPOINT, Credentials(access_key="a", secret_key="b"))


def a_bucket(client: Any, zone: Zone = Zone.QUARANTINE, demands: Demands = DEMANDS) -> Bucket:
    """Return a bucket as its owner sees it."""
    return Bucket(client, NAME, zone, demands)


@pytest.mark.parametrize("zone", Zone, ids=lambda zone: zone.value)
def test_a_bucket_is_made_once_and_then_left(client, zone) -> None:
    """The first set-up makes everything, the second changes nothing, a check agrees."""
    first = list(a_bucket(client, zone).set_up())
    second = list(a_bucket(client, zone).set_up())

    assert not first[0].right
    assert {True} == {change.right for change in second}
    assert second == list(a_bucket(client, zone).check())
    assert [c.what for c in first] == [c.what for c in second]


def test_a_bucket_that_was_made_without_a_lock_is_refused(client) -> None:
    """A lock cannot be had later, so the step is another prefix."""
    client.create_bucket(Bucket=NAME)

    with pytest.raises(RefusedError, match=r"has no object lock -> .*another prefix"):
        list(a_bucket(client).set_up())


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (("GOVERNANCE", 10), ("COMPLIANCE", 30)),
        (("GOVERNANCE", 90), ("COMPLIANCE", 90)),
        (("COMPLIANCE", 10), ("COMPLIANCE", 30)),
        (("COMPLIANCE", 90), ("COMPLIANCE", 90)),
    ],
)
def test_a_lock_is_never_shortened_or_weakened(client, found, expected) -> None:
    """Of the lock that is there and the one that is asked for the stronger parts are kept."""
    client.create_bucket(Bucket=NAME, ObjectLockEnabledForBucket=True)
    set_lock(client, *found)

    list(a_bucket(client).set_up())

    configuration = client.get_object_lock_configuration(Bucket=NAME)["ObjectLockConfiguration"]
    retention = configuration["Rule"]["DefaultRetention"]
    assert expected == (retention["Mode"], retention["Days"])


def set_lock(client: Any, mode: str, days: int) -> None:
    """Give a bucket a default retention."""
    rule = {"DefaultRetention": {"Mode": mode, "Days": days}}
    configuration = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    client.put_object_lock_configuration(Bucket=NAME, ObjectLockConfiguration=configuration)


@pytest.mark.parametrize(
    "removing",
    [{"Expiration": {"Days": 1}}, {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}}],
    ids=str,
)
def test_a_bucket_that_removes_objects_by_itself_is_refused(client, removing) -> None:
    """A rule that would remove evidence is a person's to take away."""
    client.create_bucket(Bucket=NAME, ObjectLockEnabledForBucket=True)
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, **removing}
    client.put_bucket_lifecycle_configuration(Bucket=NAME, LifecycleConfiguration={"Rules": [rule]})

    with pytest.raises(RefusedError, match="a lifecycle rule of the bucket a-bucket removes"):
        list(a_bucket(client).set_up())


def suspend(client: Any) -> None:
    """Stop keeping versions."""
    client.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Suspended"})


def open_policy(client: Any) -> None:
    """Put a policy that lets everybody read."""
    policy = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",'
        ' "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a-bucket/*"}]}'
    )
    client.put_bucket_policy(Bucket=NAME, Policy=policy)


def drop_uploads(client: Any, **more: Any) -> None:
    """Put a rule of our name in the place of ours."""
    rule = {
        "ID": "autoclave-unfinished-uploads",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
    client.put_bucket_lifecycle_configuration(
        Bucket=NAME, LifecycleConfiguration={"Rules": [rule | more]}
    )


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (suspend, "keeps versions"),
        (open_policy, "has its policy"),
        (lambda c: c.delete_bucket_policy(Bucket=NAME), "has its policy"),
        (lambda c: c.delete_bucket_lifecycle(Bucket=NAME), "drops unfinished uploads"),
        (lambda c: drop_uploads(c, Status="Disabled"), "drops unfinished uploads"),
        (lambda c: drop_uploads(c, Filter={"Prefix": "sha256/"}), "drops unfinished uploads"),
        (lambda c: c.delete_public_access_block(Bucket=NAME), "ignores public access lists"),
    ],
    ids=["suspended", "open policy", "no policy", "no lifecycle", "off", "a part", "public"],
)
def test_what_was_changed_since_is_found_and_mended(client, spoil, what) -> None:
    """A check names exactly what is wrong, and another set-up mends that alone."""
    list(a_bucket(client, Zone.CLEAN).set_up())
    spoil(client)

    found = [c.what for c in a_bucket(client, Zone.CLEAN).check() if not c.right]
    mended = [c.what for c in a_bucket(client, Zone.CLEAN).set_up() if not c.right]

    assert ([what], [what]) == (found, mended)
    assert {True} == {change.right for change in a_bucket(client, Zone.CLEAN).check()}


def test_other_rules_of_a_bucket_are_kept(client) -> None:
    """Somebody's own lifecycle rule that removes nothing stays."""
    client.create_bucket(Bucket=NAME, ObjectLockEnabledForBucket=True)
    moving = {"Transitions": [{"Days": 30, "StorageClass": "GLACIER"}]}
    rule = {"ID": "own", "Status": "Enabled", "Filter": {"Prefix": ""}, **moving}
    client.put_bucket_lifecycle_configuration(Bucket=NAME, LifecycleConfiguration={"Rules": [rule]})

    list(a_bucket(client).set_up())

    rules = client.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"]
    assert ["autoclave-unfinished-uploads", "own"] == sorted(rule["ID"] for rule in rules)


def test_a_bucket_that_is_not_there_is_named_first(client) -> None:
    """A check of nothing says so and goes no further than it can."""
    first = next(iter(a_bucket(client).check()))

    assert ("is there", False) == (first.what, first.right)
