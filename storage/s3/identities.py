"""Who may do what in which bucket: the policies that a bucket's owner puts on them.

Whoever writes an object owns it on Ceph, and could read it and give it away whatever the bucket's
policy grants; so each identity is also denied, by name, all that its work does not need. A denial
of "all but" (NotAction) has no effect there.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, unique
from typing import Any


@unique
class Identity(Enum):
    """Who works on the stores; each has keys of its own."""

    INGEST = "ingest"
    INSPECTOR = "inspector"
    PROMOTER = "promoter"
    RESCANNER = "rescanner"
    RECALLER = "recaller"
    SEQUENCER = "sequencer"
    AUDITOR = "auditor"
    NAMES = "names"
    CONSOLE = "console"
    CONSUMER = "consumer"


@unique
class Zone(Enum):
    """The four buckets."""

    QUARANTINE = "quarantine"
    CLEAN = "clean"
    AUDIT = "audit"
    NAMES = "names"


# Nothing is ever removed from these before its time.
LOCKED = frozenset({Zone.QUARANTINE, Zone.AUDIT})

WRITE = ("s3:PutObject", "s3:AbortMultipartUpload")
READ = ("s3:GetObject", "s3:GetObjectVersion")
LIST = ("s3:ListBucket", "s3:ListBucketVersions")
REMOVE = ("s3:DeleteObjectVersion",)
LOOK = (
    "s3:GetBucketVersioning",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketPolicy",
    "s3:GetLifecycleConfiguration",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetObjectRetention",
)
# What an owner of objects, or of a bucket, could do besides.
OTHER = (
    "s3:DeleteObject",
    "s3:GetObjectAcl",
    "s3:GetObjectVersionAcl",
    "s3:PutObjectAcl",
    "s3:PutObjectVersionAcl",
    "s3:GetObjectTagging",
    "s3:GetObjectVersionTagging",
    "s3:PutObjectTagging",
    "s3:PutObjectVersionTagging",
    "s3:DeleteObjectTagging",
    "s3:DeleteObjectVersionTagging",
    "s3:PutObjectRetention",
    "s3:GetObjectLegalHold",
    "s3:PutObjectLegalHold",
    "s3:BypassGovernanceRetention",
    "s3:ListBucketMultipartUploads",
    "s3:ListMultipartUploadParts",
    "s3:RestoreObject",
    "s3:GetBucketAcl",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketVersioning",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutBucketPublicAccessBlock",
    "s3:DeleteBucket",
)
EVERYTHING = (*WRITE, *READ, *LIST, *REMOVE, *LOOK, *OTHER)
# Where consumers read: nothing else of the clean zone is theirs.
OPENED = "opened/*"

GRANTS: Mapping[Zone, Mapping[Identity, tuple[str, ...]]] = {
    Zone.QUARANTINE: {
        Identity.INGEST: WRITE,
        Identity.INSPECTOR: (*READ, *LIST),
        Identity.PROMOTER: (*READ, *LIST),
        Identity.RESCANNER: (*READ, *LIST),
        Identity.AUDITOR: (*READ, *LIST, *LOOK),
    },
    Zone.CLEAN: {
        Identity.PROMOTER: WRITE,
        Identity.RESCANNER: (*READ, *LIST),
        Identity.RECALLER: (*LIST, *REMOVE),
        Identity.AUDITOR: (*READ, *LIST, *LOOK),
        Identity.CONSUMER: READ,
    },
    Zone.AUDIT: {
        Identity.SEQUENCER: WRITE,
        Identity.AUDITOR: (*READ, *LIST, *LOOK),
    },
    Zone.NAMES: {
        Identity.NAMES: (*WRITE, *READ, *LIST, *REMOVE),
        Identity.AUDITOR: (*READ, *LIST, *LOOK),
    },
}
_OBJECT_ACTIONS = frozenset({*WRITE, *READ, *REMOVE})
_ACL_HEADERS = (
    "acl",
    "grant-read",
    "grant-write",
    "grant-read-acp",
    "grant-write-acp",
    "grant-full-control",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principals:
    """How the server names an identity: a template like `arn:aws:iam:::user/{identity}`."""

    template: str

    def of(self, identities: Iterable[Identity]) -> dict[str, list[str]]:
        """Return identities as a policy names them."""
        return {"AWS": [self.template.replace("{identity}", i.value) for i in identities]}


def policy_of(zone: Zone, bucket: str, principals: Principals) -> str:
    """Return the policy of a bucket: a grant for each who works there, and denials for all."""
    statements = [
        *(_grant(bucket, principals, who, what) for who, what in GRANTS[zone].items()),
        *_denials(zone, bucket, principals),
        *_never_public(zone, bucket, principals),
        _encrypted_only(bucket),
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True)


def _grant(
    bucket: str, principals: Principals, who: Identity, actions: tuple[str, ...]
) -> dict[str, Any]:
    resources = []
    if not _OBJECT_ACTIONS.isdisjoint(actions):
        resources.append(_arn(bucket, OPENED if who is Identity.CONSUMER else "*"))
    if not _OBJECT_ACTIONS.issuperset(actions):
        resources.append(_arn(bucket))
    return _statement("Allow", principals.of([who]), actions, resources)


def _denials(zone: Zone, bucket: str, principals: Principals) -> Iterable[dict[str, Any]]:
    """Yield one denial for each set of identities that may do the same."""
    granted = GRANTS[zone]
    same: dict[tuple[str, ...], list[Identity]] = {}
    for identity in Identity:
        same.setdefault(granted.get(identity, ()), []).append(identity)
    for actions, identities in same.items():
        denied = tuple(action for action in EVERYTHING if action not in actions)
        yield _statement(
            "Deny", principals.of(identities), denied, [_arn(bucket), _arn(bucket, "*")]
        )


def _never_public(zone: Zone, bucket: str, principals: Principals) -> Iterable[dict[str, Any]]:
    """Yield denials of puts that would say who else may read; one each, as conditions add up."""
    writers = [who for who, what in GRANTS[zone].items() if "s3:PutObject" in what]
    for header in _ACL_HEADERS:
        yield {
            **_statement("Deny", principals.of(writers), ("s3:PutObject",), [_arn(bucket, "*")]),
            "Condition": {"StringLike": {f"s3:x-amz-{header}": "?*"}},
        }


def _encrypted_only(bucket: str) -> dict[str, Any]:
    everybody = _statement("Deny", "*", ("s3:*",), [_arn(bucket), _arn(bucket, "*")])
    return {**everybody, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}


def _statement(
    effect: str, principal: object, actions: Iterable[str], resources: list[str]
) -> dict[str, Any]:
    return {
        "Effect": effect,
        "Principal": principal,
        "Action": list(actions),
        "Resource": resources,
    }


def _arn(bucket: str, key: str = "") -> str:
    return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"
