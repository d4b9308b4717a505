"""A bucket as the target of a delivery, with an identity and an address of its own."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from cleanzone.bag import Filling
from cleanzone.bucket_bag import BucketBag
from custody.errors import RefusedError, SettingsError, UsageError
from pipeline.endpoints import DELIVERY, book_of, endpoint_of
from pipeline.wiring import Runtime
from storage.interface import is_key
from storage.s3.client import Credentials, connect
from storage.s3.identities import Zone
from storage.s3.target import TargetBucket
from storage.spool import Spool


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketTarget:
    """A prefix of a bucket."""

    place: str
    bucket: TargetBucket
    spool: Spool

    def __str__(self) -> str:
        return self.place

    def is_absent(self) -> bool:
        """Whether nothing lies below the prefix."""
        return self.bucket.is_empty()

    def check_new(self, _size: int) -> None:
        """Refuse a prefix below which something lies; how much room is left, no bucket says."""
        if not self.bucket.is_empty():
            raise UsageError(
                "a delivery goes below a prefix where nothing lies", next_step="name another one"
            )

    @property
    def keeps_read_only(self) -> bool:
        """No: who may write there is for the bucket's owner to say."""
        return False

    @contextmanager
    def filling(self, *, read_only: bool = False) -> Iterator[Filling]:
        """Return the bag below the prefix."""
        if read_only:
            raise RuntimeError("a bucket keeps nothing read-only")
        yield BucketBag(self.bucket, self.spool)


def bucket_target(
    runtime: Runtime, place: str, environment: Mapping[str, str] = os.environ
) -> BucketTarget:
    """Return s3://BUCKET/PREFIX at the address of [delivery], or that of our own stores.

    Raises:
        UsageError: it is no such place.
        RefusedError: it is one of our own buckets.
        SettingsError: there is no address, or there are no keys of the identity `delivery`.
    """
    settings = runtime.settings
    bucket, prefix = _parts(place)
    if bucket in {f"{settings.stores.prefix}-{zone.value}" for zone in Zone}:
        raise RefusedError(
            f"{bucket} is one of Autoclave's own buckets", next_step="name another bucket"
        )
    at, own = settings.delivery, settings.stores
    if at.endpoint:
        endpoint = endpoint_of("delivery", at)
    elif own.endpoint:
        endpoint = endpoint_of("stores", own)
    else:
        raise SettingsError(
            "nobody said where the bucket's server is", next_step="set delivery.endpoint"
        )
    access, secret = book_of(settings, runtime.home, environment).pair(DELIVERY)
    client = connect(endpoint, Credentials(access_key=access, secret_key=secret))
    target = TargetBucket(client, bucket, prefix)
    return BucketTarget(place=place, bucket=target, spool=runtime.spool)


def _parts(place: str) -> tuple[str, str]:
    """Return the bucket and the prefix with a slash at its end."""
    parts = urlsplit(place)
    prefix = parts.path.strip("/")
    if not (is_key(parts.netloc) and is_key(prefix)) or parts.query or parts.fragment:
        raise UsageError(
            f"{place} is no place for a bag", next_step="write it as s3://BUCKET/PREFIX"
        )
    return parts.netloc, f"{prefix}/"
