"""The policies say who may do what, and deny each identity all the rest by name."""

import json

import pytest

from storage.s3.identities import EVERYTHING, GRANTS, Identity, Principals, Zone, policy_of

PRINCIPALS = Principals(template="arn:aws:iam:::user/x-{identity}")
# AWS takes bucket policies of 20 KB.
MOST_POLICY = 20 * 1024


@pytest.fixture(params=Zone, ids=lambda zone: zone.value)
def zone(request) -> Zone:
    """Each zone in turn."""
    return request.param


@pytest.fixture
def statements(zone):
    """The statements of its policy."""
    return json.loads(policy_of(zone, "bucket", PRINCIPALS))["Statement"]


def test_each_identity_is_granted_or_denied_every_action(zone, statements) -> None:
    """Of all actions none is left to what an owner of objects could do by default."""
    for identity in Identity:
        name = f"arn:aws:iam:::user/x-{identity.value}"
        own = [
            s
            for s in statements
            if s["Principal"] != "*" and name in s["Principal"]["AWS"] and "Condition" not in s
        ]
        granted = {a for s in own if s["Effect"] == "Allow" for a in s["Action"]}
        denied = {a for s in own if s["Effect"] == "Deny" for a in s["Action"]}
        assert set(GRANTS[zone].get(identity, ())) == granted
        assert (set(EVERYTHING), set()) == (granted | denied, granted & denied)


def test_nobody_may_change_a_lock_or_a_policy(statements) -> None:
    """No grant of any zone holds an action that loosens something."""
    loosening = ("Policy", "Acl", "Retention", "LegalHold", "Configuration", "Versioning", "Bypass")
    granted = {a for s in statements if s["Effect"] == "Allow" for a in s["Action"]}

    assert [] == [a for a in granted if not a.startswith("s3:Get") and a.endswith(loosening)]


def test_whoever_writes_elsewhere_than_names_reads_nothing_there() -> None:
    """In no zone but that of the names does one identity both put and get."""
    both = {
        zone
        for zone, grants in GRANTS.items()
        for actions in grants.values()
        if {"s3:PutObject", "s3:GetObject"} <= set(actions)
    }

    assert {Zone.NAMES} == both


def test_a_policy_names_no_bucket_but_its_own(statements) -> None:
    """Each resource is the bucket or what is in it."""
    resources = {resource for s in statements for resource in s["Resource"]}

    assert resources <= {
        "arn:aws:s3:::bucket",
        "arn:aws:s3:::bucket/*",
        "arn:aws:s3:::bucket/opened/*",
    }


def test_a_policy_is_short_enough(zone) -> None:
    """AWS refuses longer ones, also with longer names than ours."""
    long = Principals(template="arn:aws:iam::123456789012:user/hospital-of-a-long-name-{identity}")

    assert len(policy_of(zone, "a" * 63, long)) < MOST_POLICY
