"""Opening a bucket as a source: by a server and keys of its own, and never a store of the home."""

from dataclasses import replace

import pytest

from custody.errors import SettingsError, SourceError, StoreDeniedError, UsageError
from pipeline.settings import Settings, SourcesSettings, StoresSettings
from pipeline.source_buckets import open_bucket

SERVER = "https://s3.example"
KEYS = {"AUTOCLAVE_CREDENTIALS_SOURCE": "access:secret"}


@pytest.fixture
def settings(tmp_path) -> Settings:
    """A home that knows a server for its sources."""
    return Settings(home=tmp_path, sources=SourcesSettings(endpoint=SERVER))


def test_a_bucket_is_opened_without_asking_anybody(settings):
    """No server is there to be asked; the keys come from the identity `source`."""
    open_bucket(settings, b"s3://shares/a", KEYS).close()


def test_without_keys_it_says_where_they_belong(settings):
    """The next step names file and variable, and no key."""
    with pytest.raises(StoreDeniedError, match="AUTOCLAVE_CREDENTIALS_SOURCE"):
        open_bucket(settings, b"s3://shares/a", {})


def test_without_a_server_it_names_the_setting(settings):
    """Buckets are never looked for at a cloud that nobody named."""
    with pytest.raises(UsageError, match=r"sources\.endpoint"):
        open_bucket(replace(settings, sources=SourcesSettings()), b"s3://shares/a", KEYS)


@pytest.mark.parametrize("address", ["http://s3.example", "s3.example", "https://a:b@s3.example"])
def test_a_server_without_tls_or_with_keys_in_its_address_is_refused(settings, address):
    """Names and contents could be read on their way, or keys in a list of processes."""
    other = replace(settings, sources=SourcesSettings(endpoint=address))
    with pytest.raises(SettingsError, match=r"sources\.endpoint"):
        open_bucket(other, b"s3://shares/a", KEYS)


@pytest.mark.parametrize(
    ("bucket", "endpoint", "refused"),
    [
        ("autoclave-quarantine", f"{SERVER}:443", True),
        ("autoclave-clean", SERVER, True),
        ("autoclave-shares", SERVER, False),
        ("autoclave-quarantine", "https://other.example", False),
    ],
)
def test_a_store_of_the_home_is_no_source(settings, bucket, endpoint, refused):
    """Its quarantine would be taken in again, and grow while it is read."""
    stores = StoresSettings(kind="s3", endpoint=endpoint)
    place = f"s3://{bucket}/".encode()
    if not refused:
        open_bucket(replace(settings, stores=stores), place, KEYS).close()
        return
    with pytest.raises(SourceError, match="is a store of this home"):
        open_bucket(replace(settings, stores=stores), place, KEYS)
