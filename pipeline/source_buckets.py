"""Opens a bucket as a source. Only who reads one pays for the import of its SDK."""

import os
from collections.abc import Mapping

from custody.errors import SourceError, UsageError
from pipeline.endpoints import READER, book_of, endpoint_of, server_of
from pipeline.home import Home
from pipeline.settings import Settings
from quarantine.buckets.place import BucketPlace
from quarantine.buckets.source import BucketSource
from storage.s3.client import Credentials, connect
from storage.s3.foreign import ForeignBucket
from storage.s3.identities import Zone


def open_bucket(
    settings: Settings, location: bytes, environment: Mapping[str, str] = os.environ
) -> BucketSource:
    """Open a bucket for reading, as the identity `source`; nothing is asked of it yet.

    Raises:
        SettingsError: the server or the keys are not written as they should be.
        StoreDeniedError: there are no keys here.
        SourceError: it is a store of this home: its quarantine would be taken in again, and grow.
    """
    place = BucketPlace.parse(location)
    if not settings.sources.endpoint:
        raise UsageError(
            "it is not said on which server buckets lie that are sources",
            next_step="set sources.endpoint to https://host:port (see docs/sources.md)",
        )
    endpoint = endpoint_of("sources", settings.sources)
    server = server_of(endpoint)
    _check_apart(settings, server, place.bucket)
    access, secret = book_of(settings, Home(root=settings.home), environment).pair(READER)
    client = connect(endpoint, Credentials(access_key=access, secret_key=secret))
    return BucketSource(ForeignBucket(client, place.bucket), place, server)


def _check_apart(settings: Settings, server: str, bucket: str) -> None:
    if settings.stores.kind != "s3":
        return
    own = {f"{settings.stores.prefix}-{zone.value}" for zone in Zone}
    if server == server_of(endpoint_of("stores", settings.stores)) and bucket in own:
        raise SourceError(
            f"the bucket {bucket} is a store of this home", next_step="name another bucket"
        )
