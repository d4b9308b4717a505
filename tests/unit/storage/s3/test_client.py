"""A client is made of what it is given, and of nothing that lies around."""

import logging

import pytest

from storage.s3 import client as client_module
from storage.s3.client import Credentials, Endpoint, connect

ENDPOINT = Endpoint(url="https://127.0.0.1:1", region="somewhere")
CREDENTIALS = Credentials(access_key="public", secret_key="the-secret")


@pytest.fixture(autouse=True)
def fresh_session():
    """Begin each test without the session of an earlier one."""
    client_module._session.cache_clear()
    yield
    client_module._session.cache_clear()


def test_a_secret_key_is_never_shown() -> None:
    """The repr of credentials, and of what holds them, has the public half only."""
    assert "Credentials(access_key='public')" == repr(CREDENTIALS)
    assert "the-secret" not in f"{CREDENTIALS} {[CREDENTIALS]}"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AWS_PROFILE", "nobody"),
        ("AWS_ACCESS_KEY_ID", "other"),
        ("AWS_ENDPOINT_URL_S3", "https://192.0.2.1"),
        ("AWS_DEFAULT_REGION", "other"),
        ("AWS_MAX_ATTEMPTS", "9"),
        ("AWS_DEFAULTS_MODE", "auto"),
        ("HTTPS_PROXY", "http://192.0.2.1:9"),
    ],
)
def test_variables_of_the_sdk_change_nothing(monkeypatch, variable, value) -> None:
    """Profile, keys, address, region, retries and proxies are the ones that were given."""
    monkeypatch.setenv(variable, value)

    client = connect(ENDPOINT, CREDENTIALS)

    used = client._request_signer._credentials
    assert ("public", "the-secret") == (used.access_key, used.secret_key)
    assert ("https://127.0.0.1:1", "somewhere") == (
        client.meta.endpoint_url,
        client.meta.region_name,
    )
    assert 1 == client.meta.config.retries["total_max_attempts"]
    assert {} == client.meta.config.proxies


def test_files_of_the_sdk_are_not_read(monkeypatch, tmp_path) -> None:
    """Configuration files of the user lead nowhere."""
    for name, variable in (("config", "AWS_CONFIG_FILE"), ("keys", "AWS_SHARED_CREDENTIALS_FILE")):
        (tmp_path / name).write_text("[default]\naws_access_key_id = other\nregion = other\n")
        monkeypatch.setenv(variable, str(tmp_path / name))

    client = connect(ENDPOINT, CREDENTIALS)

    assert "public" == client._request_signer._credentials.access_key
    assert "somewhere" == client.meta.region_name


def test_the_sdk_does_not_write_bodies_into_a_log() -> None:
    """At DEBUG it would log whole requests, with what patients' files hold."""
    connect(ENDPOINT, CREDENTIALS)

    names = ("boto3", "botocore", "botocore.endpoint", "urllib3.connectionpool")
    assert [] == [n for n in names if logging.getLogger(n).isEnabledFor(logging.DEBUG)]
