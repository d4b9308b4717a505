"""Each identity can do its work on a real S3 server, and nothing else."""

import datetime as dt
import ssl
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from storage.s3.identities import LOCKED, Identity, Zone
from storage.s3.parts import md5_of
from tests.corpus.accounts import NOBODY, OWNER, an_account

CONTENT = b"an invented letter"
EVERYBODY = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One object of a bucket, put by the identity whose work that is."""

    bucket: str
    key: str
    version: str


@pytest.fixture(scope="module")
def account(gateway, tmp_path_factory):
    """An account whose buckets are set up."""
    made = an_account(gateway)
    home = tmp_path_factory.mktemp("identities") / "home"
    made.write_settings(home)
    made.make_buckets(home)
    return made


@pytest.fixture(scope="module")
def clients(account):
    """A client for every user."""
    return {user: account.client(user) for user in account.keys}


@pytest.fixture(scope="module")
def targets(account, clients):
    """An object in every zone, and one in the part of the clean zone that is opened."""
    writers = {
        Zone.QUARANTINE: Identity.INGEST,
        Zone.CLEAN: Identity.PROMOTER,
        Zone.AUDIT: Identity.SEQUENCER,
        Zone.NAMES: Identity.NAMES,
    }
    return {
        zone: Target(
            bucket=account.bucket(zone),
            key="sha256/one",
            version=put(clients[writer.value], account.bucket(zone), "sha256/one")["VersionId"],
        )
        for zone, writer in writers.items()
    }


def put(client: Any, bucket: str, key: str, **more: Any) -> Any:
    """Put an object as the store does."""
    arguments = {"Body": CONTENT, "ContentMD5": md5_of(CONTENT), **more}
    return client.put_object(Bucket=bucket, Key=key, **arguments)


def put_in_parts(client: Any, bucket: str, key: str, **more: Any) -> Any:
    """Put an object in parts."""
    upload = client.create_multipart_upload(Bucket=bucket, Key=key, **more)["UploadId"]
    named = {"Bucket": bucket, "Key": key, "UploadId": upload}
    part = client.upload_part(**named, PartNumber=1, Body=CONTENT)
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    return client.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})


def allowed(act: Callable[..., Any], *arguments: Any, **named: Any) -> bool:
    """Whether the server lets somebody do something; any fault but a refusal is a defect."""
    try:
        act(*arguments, **named)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 403:
            return False
        raise
    return True


# What is tried with every identity in every bucket.
ACTS: Mapping[str, Callable[[Any, Target], Any]] = {
    "put": lambda c, t: put(c, t.bucket, f"sha256/{uuid.uuid4()}"),
    "put in parts": lambda c, t: put_in_parts(c, t.bucket, f"sha256/{uuid.uuid4()}"),
    "read": lambda c, t: c.get_object(Bucket=t.bucket, Key=t.key),
    "read a version": lambda c, t: c.get_object(Bucket=t.bucket, Key=t.key, VersionId=t.version),
    "look": lambda c, t: c.head_object(Bucket=t.bucket, Key=t.key, VersionId=t.version),
    "list": lambda c, t: c.list_objects_v2(Bucket=t.bucket),
    "list versions": lambda c, t: c.list_object_versions(Bucket=t.bucket),
}
READS = {"read", "read a version", "look"}
LISTS = {"list", "list versions"}
PUTS = {"put", "put in parts"}
MAY: Mapping[tuple[Identity, Zone], set[str]] = {
    (Identity.INGEST, Zone.QUARANTINE): PUTS,
    (Identity.INSPECTOR, Zone.QUARANTINE): READS | LISTS,
    (Identity.PROMOTER, Zone.QUARANTINE): READS | LISTS,
    (Identity.PROMOTER, Zone.CLEAN): PUTS,
    (Identity.RESCANNER, Zone.QUARANTINE): READS | LISTS,
    (Identity.RESCANNER, Zone.CLEAN): READS | LISTS,
    (Identity.RECALLER, Zone.CLEAN): LISTS,
    (Identity.SEQUENCER, Zone.AUDIT): PUTS,
    (Identity.NAMES, Zone.NAMES): PUTS | READS | LISTS,
    **{(Identity.AUDITOR, zone): READS | LISTS for zone in Zone},
}


@pytest.mark.parametrize("zone", Zone, ids=lambda z: z.value)
@pytest.mark.parametrize("identity", Identity, ids=lambda i: i.value)
def test_each_reads_lists_and_puts_where_its_work_is(clients, targets, identity, zone):
    """What an identity may do in a bucket is exactly what the table says."""
    client, target = clients[identity.value], targets[zone]

    may = {name for name, act in ACTS.items() if allowed(act, client, target)}

    assert MAY.get((identity, zone), set()) == may


@pytest.mark.parametrize("user", [NOBODY, OWNER])
def test_neither_a_stranger_nor_the_owner_reads_or_puts(clients, targets, user):
    """Who is no identity gets nothing; the owner of a bucket does not read what others put."""
    wanted = READS | PUTS

    may = {
        (zone, name)
        for zone, target in targets.items()
        for name in wanted
        if not (user == OWNER and name in PUTS) and allowed(ACTS[name], clients[user], target)
    }

    assert set() == may


def weaken(name: str) -> Callable[[Any, Target], Any]:
    """Return an attempt to shorten or end what keeps an object."""
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60)
    acts = {
        "remove": lambda c, t: c.delete_object(Bucket=t.bucket, Key=t.key, VersionId=t.version),
        "remove several": lambda c, t: _all_removed(
            c.delete_objects(
                Bucket=t.bucket,
                Delete={"Objects": [{"Key": t.key, "VersionId": t.version}]},
            )
        ),
        "remove past the lock": lambda c, t: c.delete_object(
            Bucket=t.bucket, Key=t.key, VersionId=t.version, BypassGovernanceRetention=True
        ),
        "hide": lambda c, t: c.delete_object(Bucket=t.bucket, Key=t.key),
        "shorten": lambda c, t: c.put_object_retention(
            Bucket=t.bucket,
            Key=t.key,
            VersionId=t.version,
            Retention={"Mode": "GOVERNANCE", "RetainUntilDate": soon},
            BypassGovernanceRetention=True,
        ),
        "weaken the default": lambda c, t: c.put_object_lock_configuration(
            Bucket=t.bucket,
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
            },
        ),
        "stop versions": lambda c, t: c.put_bucket_versioning(
            Bucket=t.bucket, VersioningConfiguration={"Status": "Suspended"}
        ),
        "let it expire": lambda c, t: c.put_bucket_lifecycle_configuration(
            Bucket=t.bucket,
            LifecycleConfiguration={
                "Rules": [
                    {
                        "ID": "evil",
                        "Status": "Enabled",
                        "Filter": {"Prefix": ""},
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
                    }
                ]
            },
        ),
        "remove the policy": lambda c, t: c.delete_bucket_policy(Bucket=t.bucket),
        "remove the bucket": lambda c, t: c.delete_bucket(Bucket=t.bucket),
    }
    return acts[name]


def _all_removed(answer: Mapping[str, Any]) -> None:
    """A refusal of a batch stands in its answer."""
    for error in answer.get("Errors", ()):
        raise ClientError(
            {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 403}}, "DeleteObjects"
        )


@pytest.mark.parametrize("identity", Identity, ids=lambda i: i.value)
@pytest.mark.parametrize(
    "attempt",
    [
        "remove",
        "remove several",
        "remove past the lock",
        "hide",
        "shorten",
        "weaken the default",
        "stop versions",
        "let it expire",
        "remove the policy",
        "remove the bucket",
    ],
)
def test_nobody_weakens_a_lock(clients, targets, identity, attempt):
    """No identity removes, hides or shortens what is locked, or changes what keeps it."""
    act = weaken(attempt)

    may = [z for z in LOCKED if allowed(act, clients[identity.value], targets[z])]

    assert [] == may


@pytest.mark.parametrize("attempt", ["remove", "remove several", "shorten", "remove the bucket"])
def test_the_owner_does_not_weaken_a_lock_either(clients, targets, attempt):
    """Compliance mode holds against the bucket's owner, as far as S3 goes."""
    act = weaken(attempt)
    refused = []
    for zone in LOCKED:
        try:
            act(clients[OWNER], targets[zone])
        except ClientError:
            refused.append(zone)

    assert list(LOCKED) == refused


def test_only_the_recaller_removes_from_the_clean_zone(account, clients, targets):
    """Recall removes a version that the promoter put; nobody else does."""
    bucket = targets[Zone.CLEAN].bucket
    version = put(clients["promoter"], bucket, "sha256/recalled")["VersionId"]

    def remove(user: str) -> bool:
        named = {"Bucket": bucket, "Key": "sha256/recalled", "VersionId": version}
        return allowed(clients[user].delete_object, **named)

    others = [i.value for i in Identity if i is not Identity.RECALLER]
    assert [] == [user for user in (*others, NOBODY) if remove(user)]
    assert remove("recaller")


def test_names_are_removed_by_their_own_identity_alone(account, clients, targets):
    """An erasure removes a version for good; nobody else can."""
    bucket = targets[Zone.NAMES].bucket
    version = put(clients["names"], bucket, "run/1.paths")["VersionId"]
    named = {"Bucket": bucket, "Key": "run/1.paths", "VersionId": version}
    others = [i.value for i in Identity if i is not Identity.NAMES]

    assert [] == [u for u in others if allowed(clients[u].delete_object, **named)]
    clients["names"].delete_object(**named)
    listed = clients["names"].list_object_versions(Bucket=bucket, Prefix="run/1.paths")
    assert (None, None) == (listed.get("Versions"), listed.get("DeleteMarkers"))


def test_a_consumer_reads_what_was_opened_and_nothing_else(account, clients, targets):
    """The consumer reads below `opened/`; the clean zone itself is closed to it."""
    bucket = targets[Zone.CLEAN].bucket
    put(clients["promoter"], bucket, "opened/set/one")
    consumer = clients["consumer"]

    assert allowed(consumer.get_object, Bucket=bucket, Key="opened/set/one")
    assert not allowed(consumer.get_object, Bucket=bucket, Key="sha256/one")
    assert not allowed(consumer.list_objects_v2, Bucket=bucket, Prefix="opened/")


@pytest.mark.parametrize(
    "header",
    [
        {"ACL": "public-read"},
        {"ACL": "public-read-write"},
        {"ACL": "authenticated-read"},
        {"GrantRead": EVERYBODY},
        {"GrantReadACP": EVERYBODY},
        {"GrantWriteACP": EVERYBODY},
        {"GrantFullControl": EVERYBODY},
    ],
    ids=str,
)
@pytest.mark.parametrize("writer", ["ingest", "promoter", "sequencer", "names"])
def test_no_writer_puts_for_everybody(account, clients, targets, writer, header):
    """A put that says who else may read is refused."""
    zones = {
        "ingest": Zone.QUARANTINE,
        "promoter": Zone.CLEAN,
        "sequencer": Zone.AUDIT,
        "names": Zone.NAMES,
    }
    bucket = account.bucket(zones[writer])

    assert not allowed(put, clients[writer], bucket, "sha256/public", **header)


@pytest.mark.parametrize(
    "header",
    [{"ACL": "public-read"}, {"ACL": "authenticated-read"}, {"GrantFullControl": EVERYBODY}],
    ids=str,
)
def test_what_calls_itself_public_in_parts_is_not(account, clients, targets, header):
    """An upload in parts escapes the policy's conditions, and still nobody else reads it."""
    bucket = account.bucket(Zone.QUARANTINE)
    key = f"sha256/{uuid.uuid4()}"
    try:
        put_in_parts(clients["ingest"], bucket, key, **header)
    except ClientError:
        return  # refused outright is better still

    assert not allowed(clients[NOBODY].get_object, Bucket=bucket, Key=key)
    assert 403 == anonymous(account, bucket, key)


def anonymous(account: Any, bucket: str, key: str) -> int:
    """Return what somebody without any keys is answered."""
    context = ssl.create_default_context(cafile=account.gateway.ca_file)
    try:
        url = f"{account.gateway.endpoint}/{bucket}/{key}"
        with urllib.request.urlopen(url, context=context) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    "act",
    [
        lambda c, t: c.put_object_acl(Bucket=t.bucket, Key=t.key, ACL="public-read"),
        lambda c, t: c.put_bucket_acl(Bucket=t.bucket, ACL="public-read"),
        lambda c, t: c.put_bucket_policy(Bucket=t.bucket, Policy="{}"),
        lambda c, t: c.delete_public_access_block(Bucket=t.bucket),
        lambda c, t: c.create_bucket(Bucket=f"mine-{uuid.uuid4()}"),
        lambda c, t: c.copy_object(
            Bucket=t.bucket, Key="sha256/copy", CopySource={"Bucket": t.bucket, "Key": t.key}
        ),
    ],
    ids=["object acl", "bucket acl", "policy", "public access", "new bucket", "copy"],
)
@pytest.mark.parametrize("writer", ["ingest", "sequencer"])
def test_no_writer_opens_a_bucket(clients, targets, writer, act):
    """A writer changes no access list and no policy, and makes no bucket of its own."""
    zone = Zone.QUARANTINE if writer == "ingest" else Zone.AUDIT

    assert not allowed(act, clients[writer], targets[zone])


def test_a_weaker_lock_is_only_ever_on_a_new_version(account, clients, targets):
    """A writer may ask for a weaker lock on what it puts; what is there already keeps its own."""
    bucket, key = account.bucket(Zone.QUARANTINE), f"sha256/{uuid.uuid4()}"
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60)
    first = put(clients["ingest"], bucket, key)["VersionId"]

    weaker = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": soon}
    taken = allowed(put, clients["ingest"], bucket, key, **weaker)

    kept = clients["auditor"].head_object(Bucket=bucket, Key=key, VersionId=first)
    assert taken, "Ceph takes it; where this is refused the threat model may promise more"
    assert "COMPLIANCE" == kept["ObjectLockMode"]
    assert kept["ObjectLockRetainUntilDate"] > soon + dt.timedelta(hours=20)
