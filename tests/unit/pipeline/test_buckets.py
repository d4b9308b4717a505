"""Settings of stores on S3 that cannot be right are refused before a server is asked."""

from dataclasses import replace

import pytest

from custody.errors import SettingsError, StoreDeniedError
from pipeline.buckets import absent, open_buckets
from pipeline.home import Home
from pipeline.settings import Settings, StoresSettings
from storage.interface import Removable
from storage.s3.identities import Identity

GOOD = StoresSettings(kind="s3", endpoint="https://192.0.2.1")


def opened(tmp_path, stores=GOOD, environment=None):
    """Open the stores of a home that is not made."""
    settings = Settings(home=tmp_path, stores=stores)
    return open_buckets(settings, Home(root=tmp_path), environment or {})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"endpoint": ""}, "https://host:port"),
        ({"endpoint": "192.0.2.1"}, "https://host:port"),
        ({"endpoint": "https://"}, "https://host:port"),
        ({"endpoint": "http://192.0.2.1"}, "https://host:port"),
        ({"endpoint": "https://key:secret@192.0.2.1"}, "without credentials"),
        ({"ca_file": "/nowhere/ca.pem"}, "name a PEM file"),
        ({"lock_mode": "strict"}, "governance, compliance"),
        ({"principal": "arn:aws:iam:::user/all"}, "{identity}"),
    ],
    ids=str,
)
def test_what_cannot_be_right_is_refused_with_its_next_step(tmp_path, change, words):
    """Each wrong setting is named, and an address is not repeated: it may hold a secret."""
    with pytest.raises(SettingsError) as caught:
        opened(tmp_path, replace(GOOD, **change))

    assert words in caught.value.next_step
    assert "secret" not in str(caught.value)


def test_loopback_needs_no_tls(tmp_path):
    """A gateway on this machine may be spoken to in the clear."""
    opened(tmp_path, replace(GOOD, endpoint="http://127.0.0.1:7480"))


def test_credentials_of_nobody_are_refused(tmp_path):
    """A mistyped identity is not silently ignored."""
    with pytest.raises(SettingsError, match="AUTOCLAVE_CREDENTIALS_INJEST"):
        opened(tmp_path, environment={"AUTOCLAVE_CREDENTIALS_INJEST": "a:b"})


def test_opening_asks_for_no_credentials_and_no_network(tmp_path):
    """Keys are missed by who needs them, when they are needed."""
    stores = opened(tmp_path)

    with pytest.raises(StoreDeniedError, match="identity auditor"):
        stores.audit.open("log/a/checkpoint")


def test_only_names_can_be_removed(tmp_path):
    """What is locked, and what only a recall may remove, offers no way to do so."""
    stores = opened(tmp_path)

    removable = {
        name
        for name in ("quarantine", "outgoing", "clean", "audit", "names")
        if isinstance(getattr(stores, name), Removable)
    }
    assert {"names"} == removable


def test_the_identities_that_are_missing_here_are_told(tmp_path):
    """A machine knows which part of the work it cannot do."""
    settings = Settings(home=tmp_path, stores=GOOD)
    environment = {f"AUTOCLAVE_CREDENTIALS_{i.name}": "a:b" for i in Identity}
    del environment["AUTOCLAVE_CREDENTIALS_PROMOTER"]

    assert ["promoter"] == absent(settings, Home(root=tmp_path), environment)
