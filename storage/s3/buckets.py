"""Makes a bucket what its zone demands, and says what it is; nothing is ever loosened."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, unique
from typing import Any

from custody.errors import ObjectMissingError, RefusedError, StoreDeniedError
from storage.s3.faults import code_of, s3_faults
from storage.s3.identities import LOCKED, Principals, Zone, policy_of

UNLOCKABLE = (
    "a lock comes with a bucket's making and never later: name another prefix in stores.prefix"
)
LEFTOVER_DAYS = 7
DAYS_A_YEAR = 365
_RULE = {
    "ID": "autoclave-unfinished-uploads",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": LEFTOVER_DAYS},
}
_REMOVING = ("Expiration", "NoncurrentVersionExpiration")
# An upload in parts escapes the policy's conditions on Ceph and may call itself public: that has to
# be ignored where it is read. The sisters of this one are no use there: BlockPublicAcls refuses
# every put that a policy grants, BlockPublicPolicy every policy that denies something to everybody.
_PRIVATE = "IgnorePublicAcls"
_ABSENT = frozenset(
    {
        "ObjectLockConfigurationNotFoundError",
        "NoSuchBucketPolicy",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
    }
)


@unique
class LockMode(Enum):
    """Who may end a retention early: nobody, or whoever has a right to; weakest first."""

    GOVERNANCE = "GOVERNANCE"
    COMPLIANCE = "COMPLIANCE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """How long everything that is put stays, counted from its put."""

    mode: LockMode
    days: int

    def covers(self, other: "Lock") -> bool:
        """Whether this one is nowhere weaker."""
        order = list(LockMode)
        return self.days >= other.days and order.index(self.mode) >= order.index(other.mode)

    def with_all_of(self, other: "Lock") -> "Lock":
        """Return the strongest of both."""
        mode = max(self.mode, other.mode, key=list(LockMode).index)
        return Lock(mode=mode, days=max(self.days, other.days))


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What the settings ask of all buckets."""

    lock: Lock
    principals: Principals


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that a bucket must be: whether it was right when it was looked at."""

    bucket: str
    what: str
    right: bool


@dataclass(frozen=True, slots=True)
class _Demand:
    what: str
    met: Callable[[], bool]
    meet: Callable[[], None]


class Bucket:
    """One bucket as its owner, or as the auditor, sees it."""

    def __init__(self, client: Any, name: str, zone: Zone, demands: Demands) -> None:
        self._client = client
        self._name = name
        self._zone = zone
        self._lock = demands.lock
        self._policy = policy_of(zone, name, demands.principals)

    def set_up(self) -> Iterator[Change]:
        """Meet every demand and yield each, saying whether it was met before.

        Raises:
            RefusedError: the bucket cannot be made right.
            StoreError: the store cannot be reached, or refuses.
        """
        for demand in self._demands():
            right = demand.met()
            if not right:
                demand.meet()
            yield Change(bucket=self._name, what=demand.what, right=right)

    def check(self) -> Iterator[Change]:
        """Yield every demand, saying whether it is met.

        Raises:
            StoreError: the store cannot be reached, or refuses.
        """
        for demand in self._demands():
            yield Change(bucket=self._name, what=demand.what, right=demand.met())

    def _demands(self) -> Iterator[_Demand]:
        """Yield the demands in the order in which they can be met."""
        yield _Demand("is there", self._is_there, self._make)
        if self._zone in LOCKED:
            yield _Demand("has object lock", self._is_lockable, self._refuse_unlockable)
        yield _Demand("keeps versions", self._is_versioned, self._keep_versions)
        if self._zone in LOCKED:
            lock = f"keeps what is put {self._lock.days} days ({self._lock.mode.value.lower()})"
            yield _Demand(lock, self._is_locked, self._set_lock)
        yield _Demand("removes nothing by itself", self._keeps_all, self._refuse_removing)
        yield _Demand("drops unfinished uploads", self._drops_unfinished, self._drop_unfinished)
        yield _Demand("ignores public access lists", self._is_private, self._make_private)
        yield _Demand("has its policy", self._has_policy, self._put_policy)

    def _asked(self, call: str, **arguments: Any) -> Any:
        with s3_faults(f"set up the bucket {self._name}"):
            return getattr(self._client, call)(Bucket=self._name, **arguments)

    def _found(self, call: str) -> dict[str, Any]:
        """Return a configuration; an empty one where there is none."""
        try:
            found: dict[str, Any] = self._asked(call)
        except StoreDeniedError as error:
            if code_of(error) in _ABSENT:
                return {}
            raise
        return found

    def _is_there(self) -> bool:
        try:
            self._asked("get_bucket_versioning")
        except StoreDeniedError as error:
            if code_of(error) == "NoSuchBucket":
                return False
            raise
        return True

    def _make(self) -> None:
        region = self._client.meta.region_name
        arguments: dict[str, Any] = {"ObjectLockEnabledForBucket": self._zone in LOCKED}
        # AWS has a home region that must not be named; Ceph's default one need not be.
        if region not in {"us-east-1", "default"}:
            arguments["CreateBucketConfiguration"] = {"LocationConstraint": region}
        self._asked("create_bucket", **arguments)

    def _lock_configuration(self) -> dict[str, Any]:
        found = self._found("get_object_lock_configuration")
        configuration: dict[str, Any] = found.get("ObjectLockConfiguration", {})
        return configuration

    def _is_lockable(self) -> bool:
        return bool(self._lock_configuration().get("ObjectLockEnabled") == "Enabled")

    def _refuse_unlockable(self) -> None:
        raise RefusedError(f"the bucket {self._name} has no object lock", next_step=UNLOCKABLE)

    def _is_versioned(self) -> bool:
        return bool(self._asked("get_bucket_versioning").get("Status") == "Enabled")

    def _keep_versions(self) -> None:
        configuration = {"Status": "Enabled"}
        self._asked("put_bucket_versioning", VersioningConfiguration=configuration)

    def _found_lock(self) -> Lock | None:
        found = self._lock_configuration().get("Rule", {}).get("DefaultRetention")
        if not found:
            return None
        days = found.get("Days") or found.get("Years", 0) * DAYS_A_YEAR
        return Lock(mode=LockMode(found["Mode"]), days=days)

    def _is_locked(self) -> bool:
        found = self._found_lock()
        return found is not None and found.covers(self._lock)

    def _set_lock(self) -> None:
        lock = self._lock.with_all_of(self._found_lock() or self._lock)
        rule = {"DefaultRetention": {"Mode": lock.mode.value, "Days": lock.days}}
        configuration = {"ObjectLockEnabled": "Enabled", "Rule": rule}
        self._asked("put_object_lock_configuration", ObjectLockConfiguration=configuration)

    def _rules(self) -> list[dict[str, Any]]:
        rules: list[dict[str, Any]] = self._found("get_bucket_lifecycle_configuration").get(
            "Rules", []
        )
        return rules

    def _keeps_all(self) -> bool:
        return not any(name in rule for rule in self._rules() for name in _REMOVING)

    def _refuse_removing(self) -> None:
        raise RefusedError(
            f"a lifecycle rule of the bucket {self._name} removes objects",
            next_step="remove that rule, then run `autoclave init --stores s3` again",
        )

    def _drops_unfinished(self) -> bool:
        return any(_drops_all(rule) for rule in self._rules())

    def _drop_unfinished(self) -> None:
        rules = [*(rule for rule in self._rules() if rule.get("ID") != _RULE["ID"]), _RULE]
        self._asked("put_bucket_lifecycle_configuration", LifecycleConfiguration={"Rules": rules})

    def _is_private(self) -> bool:
        return bool(self._public_access().get(_PRIVATE))

    def _make_private(self) -> None:
        wanted = {**self._public_access(), _PRIVATE: True}
        self._asked("put_public_access_block", PublicAccessBlockConfiguration=wanted)

    def _public_access(self) -> dict[str, Any]:
        found: dict[str, Any] = self._found("get_public_access_block")
        blocked: dict[str, Any] = found.get("PublicAccessBlockConfiguration", {})
        return blocked

    def _has_policy(self) -> bool:
        try:
            found = self._found("get_bucket_policy").get("Policy", "{}")
        except ObjectMissingError:
            return False
        return bool(_plain(json.loads(found)) == _plain(json.loads(self._policy)))

    def _put_policy(self) -> None:
        self._asked("put_bucket_policy", Policy=self._policy)


def _drops_all(rule: dict[str, Any]) -> bool:
    """Whether a lifecycle rule is on and drops unfinished uploads under every key."""
    part = rule.get("Prefix") or any(rule.get("Filter", {}).values())
    dropping = "AbortIncompleteMultipartUpload" in rule
    return dropping and rule.get("Status") == "Enabled" and not part


def _plain(value: Any) -> Any:
    """Return a policy without what servers write in their own way: order, lists of one."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if key != "Sid"}
    if isinstance(value, list):
        plain = sorted((_plain(each) for each in value), key=json.dumps)
        return plain[0] if len(plain) == 1 else plain
    return value
