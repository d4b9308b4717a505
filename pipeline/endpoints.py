"""The S3 servers that settings name. Only who needs one pays for its import."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from custody.errors import SettingsError
from pipeline.credentials import CredentialBook
from pipeline.home import Home
from pipeline.settings import DeliverySettings, Settings, SourcesSettings, StoresSettings
from storage.s3.client import Endpoint

# Reads the buckets that are sources; no store knows it.
READER = "source"
# Writes into a bucket that is not ours.
DELIVERY = "delivery"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


Named = StoresSettings | SourcesSettings | DeliverySettings


def endpoint_of(section: str, named: Named) -> Endpoint:
    """Return the endpoint of a section; without TLS names and contents could be read on their way.

    Raises:
        SettingsError: it is none, or the file of its authority is not there.
    """
    parts = urlsplit(named.endpoint)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not safe or not parts.hostname or parts.username or parts.password:
        raise SettingsError(
            f"{section}.endpoint is not the address of an S3 server",
            next_step="write it as https://host:port, without credentials",
        )
    ca_file = Path(named.ca_file).expanduser() if named.ca_file else None
    if ca_file is not None and not ca_file.is_file():
        raise SettingsError(
            f"{section}.ca_file {ca_file} is not there",
            next_step="name a PEM file, or leave it out",
        )
    return Endpoint(url=named.endpoint, region=named.region, ca_file=ca_file)


def server_of(endpoint: Endpoint) -> str:
    """Return what tells one server from another: its host, and its port if it is an odd one."""
    return urlsplit(endpoint.url).netloc.lower().removesuffix(":443")


def book_of(settings: Settings, home: Home, environment: Mapping[str, str]) -> CredentialBook:
    """Return the credentials of S3 identities that are here."""
    folder = settings.stores.credentials
    return CredentialBook(Path(folder) if folder else home.credentials, environment)
