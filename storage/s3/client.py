"""Makes clients of one S3 endpoint that ask nothing of any other host or file.

An SDK would look for credentials in files of the user, in variables and at a cloud's metadata
service, and would take proxies from the environment. Everything is given here instead.
"""

import logging
import os
import threading
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import boto3.session
import botocore.session
from botocore.config import Config

CONNECT_SECONDS = 10
READ_SECONDS = 60
CONNECTIONS = 32
# At DEBUG they write request bodies, and with them what patients' files hold.
TALKATIVE = ("boto3", "botocore", "s3transfer", "urllib3")
_making = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A server, the region that requests are signed for, and who has to vouch for it."""

    url: str
    region: str
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The key pair of one identity; only the public half is ever shown."""

    access_key: str
    secret_key: str = field(repr=False)


def connect(endpoint: Endpoint, credentials: Credentials) -> Any:
    """Return a client; nothing is sent before it is asked for something."""
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.INFO)
    with _making:  # the clients of a session are safe in threads, their making is not
        return _session().client(
            "s3",
            endpoint_url=endpoint.url,
            region_name=endpoint.region,
            verify=str(endpoint.ca_file) if endpoint.ca_file else True,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            config=_configuration(),
        )


@cache
def _session() -> boto3.session.Session:
    """Return the one session, which reads no file and no variable of the SDK's.

    It holds no credentials. Each new one would read the description of S3 again (0.2 s).
    """
    nothing = (None, None, None, None)
    nowhere = (None, None, os.devnull, None)
    below = botocore.session.Session(
        session_vars={"profile": nothing, "config_file": nowhere, "credentials_file": nowhere}
    )
    return boto3.session.Session(botocore_session=below)


def _configuration() -> Config:
    """Return what works with AWS and with Ceph over TLS.

    With the SDK's own checksums Ceph refuses every put over TLS (411 MissingContentLength): they
    come as a trailer of a body without a length. Instead each payload is signed, and carries its
    MD5. Retries are a store around the store.
    """
    return Config(
        signature_version="s3v4",
        s3={"addressing_style": "path", "payload_signing_enabled": True},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=CONNECTIONS,
        tcp_keepalive=True,
        proxies={},
        defaults_mode="legacy",
        ignore_configured_endpoint_urls=True,
    )
