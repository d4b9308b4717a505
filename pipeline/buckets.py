"""The stores of a home on S3: opened, set up and checked. Only who needs it pays for its import."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence

from custody.errors import SettingsError
from pipeline.database import IDENTITY as DATABASE
from pipeline.endpoints import DELIVERY, READER, book_of, endpoint_of
from pipeline.home import Home
from pipeline.settings import CREDENTIALS_PREFIX, Settings
from pipeline.stores import Stores
from storage.deferred import DeferredStore
from storage.interface import ObjectStore
from storage.parted import PartedStore
from storage.read_ahead import ReadAheadStore
from storage.retrying import RetryingStore
from storage.s3.buckets import Bucket, Change, Demands, Lock, LockMode
from storage.s3.client import Credentials, connect
from storage.s3.identities import Identity, Principals, Zone
from storage.s3.store import S3Store

ATTEMPTS = 6
# Makes the buckets and their policies, and is not needed afterwards.
OWNER = "owner"


def open_buckets(
    settings: Settings, home: Home, environment: Mapping[str, str] = os.environ
) -> Stores:
    """Return the stores of a home on S3; no bucket is asked for anything yet.

    What the promoter puts is read back by the auditor: who writes does not read.

    Raises:
        SettingsError: the settings or the credentials are not written as they should be.
    """
    at = Account(settings, home, environment)
    inspector, promoter, rescanner = (
        ReadAheadStore(at.store(Zone.QUARANTINE, who))
        for who in (Identity.INSPECTOR, Identity.PROMOTER, Identity.RESCANNER)
    )
    ingest = at.store(Zone.QUARANTINE, Identity.INGEST)
    return Stores(
        quarantine=PartedStore(inspector, ingest),
        outgoing=PartedStore(promoter, ingest),
        again=PartedStore(rescanner, ingest),
        audited=lambda: ReadAheadStore(at.store(Zone.QUARANTINE, Identity.AUDITOR)),
        clean=PartedStore(
            at.store(Zone.CLEAN, Identity.AUDITOR), at.store(Zone.CLEAN, Identity.PROMOTER)
        ),
        audit=PartedStore(
            at.store(Zone.AUDIT, Identity.AUDITOR), at.store(Zone.AUDIT, Identity.SEQUENCER)
        ),
        names=at.store(Zone.NAMES, Identity.NAMES),
        recaller=at.store(Zone.CLEAN, Identity.RECALLER),
    )


def set_up(
    settings: Settings, home: Home, environment: Mapping[str, str] = os.environ
) -> list[Change]:
    """Make the buckets what they must be, as their owner, and return what was found and changed.

    Raises:
        RefusedError: a bucket cannot be made right.
        StoreError: the store cannot be reached, or does not let the owner.
    """
    at = Account(settings, home, environment)
    return [change for zone in Zone for change in at.bucket(zone, OWNER).set_up()]


def check(
    settings: Settings, home: Home, environment: Mapping[str, str] = os.environ
) -> Iterator[Change]:
    """Yield what each bucket is and should be, as the auditor sees it.

    Raises:
        StoreError: the store cannot be reached, or does not let the auditor.
    """
    at = Account(settings, home, environment)
    for zone in Zone:
        yield from at.bucket(zone, Identity.AUDITOR.value).check()


def absent(
    settings: Settings, home: Home, environment: Mapping[str, str] = os.environ
) -> Sequence[str]:
    """Return the identities of which this machine has no credentials."""
    book = Account(settings, home, environment).book
    return [identity.value for identity in Identity if not book.has(identity.value)]


class Account:
    """An endpoint, the names of its buckets, and the credentials that are here."""

    def __init__(self, settings: Settings, home: Home, environment: Mapping[str, str]) -> None:
        self._settings = settings.stores
        self._endpoint = endpoint_of("stores", settings.stores)
        self._demands = _demands(settings)
        _check_variables(environment)
        self.book = book_of(settings, home, environment)

    def bucket(self, zone: Zone, identity: str) -> Bucket:
        """Return a bucket as somebody sees it."""
        return Bucket(self._client(identity), self._name(zone), zone, self._demands)

    def store(self, zone: Zone, identity: Identity) -> ObjectStore:
        """Return a bucket as the store of an identity, whose keys are read when it is used."""

        def make() -> ObjectStore:
            store = S3Store(self._client(identity.value), self._name(zone))
            return RetryingStore(store, ATTEMPTS, time.sleep)

        return DeferredStore(make)

    def _client(self, identity: str) -> object:
        access, secret = self.book.pair(identity)
        return connect(self._endpoint, Credentials(access_key=access, secret_key=secret))

    def _name(self, zone: Zone) -> str:
        return f"{self._settings.prefix}-{zone.value}"


def _demands(settings: Settings) -> Demands:
    stores = settings.stores
    try:
        mode = LockMode(stores.lock_mode.upper())
    except ValueError:
        known = ", ".join(mode.value.lower() for mode in LockMode)
        raise SettingsError(
            f"stores.lock_mode is {stores.lock_mode!r}", next_step=f"give one of: {known}"
        ) from None
    if "{identity}" not in stores.principal:
        raise SettingsError(
            "stores.principal does not say where the identity stands",
            next_step="write it as arn:aws:iam:::user/{identity}",
        )
    return Demands(
        lock=Lock(mode=mode, days=stores.lock_days),
        principals=Principals(template=stores.principal),
    )


def _check_variables(environment: Mapping[str, str]) -> None:
    """Refuse credentials of an identity that does not exist: somebody relies on them."""
    known = {OWNER, DELIVERY, DATABASE, READER, *(identity.value for identity in Identity)}
    for variable in sorted(environment):
        if variable.startswith(CREDENTIALS_PREFIX):
            name = variable.removeprefix(CREDENTIALS_PREFIX).lower()
            if name not in known:
                raise SettingsError(
                    f"unknown environment variable {variable}",
                    next_step=f"known identities are: {', '.join(sorted(known))}",
                )
