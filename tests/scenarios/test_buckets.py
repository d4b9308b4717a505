"""The main job with its stores on a real S3 server: as on folders, through kills and cuts."""

import os
import signal
from dataclasses import replace

import pytest

from storage.s3.identities import Zone
from tests.corpus.accounts import OWNER, an_account
from tests.corpus.calls_outside import seen, watched
from tests.corpus.rule_packs import write_pack
from tests.scenarios.conftest import Autoclave, same_entries, wait_until
from tests.scenarios.model import check_history, events

pytestmark = [pytest.mark.slow, pytest.mark.own_places("has an S3 server whatever is asked for")]

FILES = 120
RULE = 'rule odd_visit { strings: $a = "visit 3 went" condition: $a }\n'
# What an SDK would obey: none of it may lead anywhere.
MISLEADING = {
    "AWS_PROFILE": "somebody-else",
    "AWS_ACCESS_KEY_ID": "somebody-else",
    "AWS_SECRET_ACCESS_KEY": "something-else",
    "AWS_ENDPOINT_URL": "https://192.0.2.1",
    "AWS_ENDPOINT_URL_S3": "https://192.0.2.1",
    "AWS_CA_BUNDLE": "/nowhere",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://192.0.2.1",
    "AWS_REGION": "nowhere-1",
    "HTTPS_PROXY": "http://192.0.2.1:9",
    "https_proxy": "http://192.0.2.1:9",
}


@pytest.fixture
def account(gateway):
    """Users and bucket names of this test alone."""
    return an_account(gateway)


@pytest.fixture
def on_buckets(account, tmp_path):
    """The command line over a home whose stores are buckets that are set up."""
    home = tmp_path / "on-buckets"
    account.write_settings(home)
    account.make_buckets(home)
    (home / "credentials" / f"{OWNER}.toml").unlink()
    return Autoclave(home=home)


def recover(source):
    """The words of the main job over a source."""
    return ("recover", source, "--host", "srv1", "--service", "radiologie", "--json")


@pytest.mark.timeout(240)
def test_a_run_that_was_cut_off_and_killed_ends_as_on_folders(
    on_buckets, autoclave, gateway, letters
):
    """After a cut network (exit 6) and kill -9 it is the same run, and its entries are the same."""
    source = letters(FILES)
    on_folders = autoclave(*recover(source))
    process = on_buckets.start(*recover(source))
    wait_until(lambda: process.poll() is not None or happened(on_buckets, "inventory.completed"))
    gateway.stop()
    try:
        _, err = process.communicate(timeout=120)
    finally:
        gateway.start()
    killed = on_buckets.start(*recover(source))
    wait_until(lambda: killed.poll() is not None or happened(on_buckets, "shard.inspected"))
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()

    ended = on_buckets(*recover(source))

    assert 6 == process.returncode, err.decode()
    assert b"the store cannot be reached" in err
    assert (0, 0, FILES) == (on_folders.code, ended.code, ended.json["promoted"])
    assert same_entries(autoclave.listed(), on_buckets.listed())
    started = [e["run"] for e in events(on_buckets.home) if e["type"].endswith("run.started")]
    assert [ended.json["run"]] == started
    assert [] == check_history(on_buckets.home).faults
    assert 0 == on_buckets("audit", "verify", "--deep").code
    assert [] == [p for p in (on_buckets.home / "quarantine").rglob("*") if p.is_file()]


def happened(autoclave, kind):
    """Whether the ledger has an event of a kind."""
    return any(e["type"] == f"autoclave.{kind}" for e in events(autoclave.home))


@pytest.mark.timeout(240)
def test_nobody_but_the_endpoint_is_called_and_nothing_secret_is_said(
    on_buckets, account, letters, tmp_path
):
    """Variables that lead an SDK elsewhere lead nowhere; no key and no content is said or kept."""
    folder = tmp_path / "hook"
    folder.mkdir()
    settings = (*on_buckets.settings, *watched(folder).items(), *MISLEADING.items())
    offline = replace(on_buckets, settings=settings)
    acts = (recover(letters(5)), ("doctor", "--json"), ("audit", "verify", "--deep"))

    said = [offline("--debug", *words) for words in acts]

    assert [0, 0, 0] == [ended.code for ended in said]
    assert [] == [line for line in seen(folder) if line.startswith("OUTSIDE")]
    kept = [
        path.read_bytes()
        for path in on_buckets.home.rglob("*")
        if path.is_file() and path.parent.name != "credentials"
    ]
    printed = "".join(ended.out + ended.err for ended in said).encode()
    markers = [b"Dear colleague", *(secret.encode() for _, secret in account.keys.values())]
    assert [] == [m for m in markers for place in (printed, *kept) if m in place]


@pytest.mark.timeout(240)
def test_a_certificate_of_nobody_known_is_named(on_buckets, letters):
    """Without the authority's certificate nothing is sent: exit 6, and the setting is named."""
    settings = (*on_buckets.settings, ("AUTOCLAVE_STORES_CA_FILE", ""))
    untrusting = replace(on_buckets, settings=settings)

    refused = untrusting(*recover(letters(3)))

    assert 6 == refused.code
    assert "the store's certificate is not one that we trust" in refused.err
    assert "stores.ca_file" in refused.err


@pytest.mark.timeout(240)
def test_a_re_scan_reads_with_the_keys_of_the_re_scanner(on_buckets, account, letters, tmp_path):
    """Without them it says so and nothing is judged; with them it needs nobody else's to read."""
    assert 0 == on_buckets(*recover(letters(5))).code
    pack = write_pack(tmp_path / "pack", {"r.yar": RULE})
    assert 0 == on_buckets("rules", "add", pack, "--dated", "2026-11-01").code
    keys = on_buckets.home / "credentials"
    (keys / "rescanner.toml").unlink()

    without = on_buckets("rescan", "--json")

    assert 6 == without.code
    assert "there are no credentials of the identity rescanner here" in without.err
    account.write_keys(on_buckets.home, ["rescanner"])
    (keys / "inspector.toml").unlink()
    ended = on_buckets("rescan", "--json")
    assert (3, 1) == (ended.code, len(ended.json["recalled"])), ended.err


@pytest.mark.timeout(240)
def test_a_machine_without_the_promoter_s_keys_does_the_rest(on_buckets, account, letters):
    """Everything is inspected; the promotion waits for a machine that has the keys."""
    source = letters(5)
    (on_buckets.home / "credentials" / "promoter.toml").unlink()

    without = on_buckets(*recover(source))

    assert 6 == without.code
    assert "there are no credentials of the identity promoter here" in without.err
    assert {"assessed"} == {entry["stage"] for entry in on_buckets.listed()}
    auditor = account.client("auditor")
    listed = auditor.list_object_versions(Bucket=account.bucket(Zone.CLEAN))
    assert None is listed.get("Versions")
    account.write_keys(on_buckets.home, ["promoter"])
    ended = on_buckets(*recover(source))
    assert (0, 5) == (ended.code, ended.json["promoted"])
