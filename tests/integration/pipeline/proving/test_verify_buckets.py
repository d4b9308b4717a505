"""A home on buckets is proven down to its bytes, and what was changed below S3 is named."""

import pytest

from pipeline.erase import erase
from pipeline.home import Home
from pipeline.proving.verify import verify
from pipeline.settings import read_settings
from pipeline.wiring import open_runtime
from storage.s3.identities import Zone
from storage.s3.parts import md5_of
from tests.corpus.accounts import an_account
from tests.corpus.homes import CASE, a_source, a_tree, recover


@pytest.fixture(scope="module")
def account(gateway):
    """Users and bucket names of this module alone."""
    return an_account(gateway)


@pytest.fixture(scope="module")
def runtime(account, tmp_path_factory):
    """A home on buckets that recovered two hosts, open; the tests follow one another."""
    folder = tmp_path_factory.mktemp("on-buckets")
    account.write_settings(folder / "home")
    account.make_buckets(folder / "home")
    (folder / "records").mkdir()
    (folder / "records" / "notes.txt").write_bytes(b"some notes\n" * 8)
    sources = a_source(a_tree(folder / "pacs")), a_source(folder / "records", "dpi", "records")
    with open_runtime(read_settings(folder / "home", {})) as opened:
        for source in sources:
            recover(opened, source)
        yield opened


def versions(account, zone):
    """Every version that a bucket holds."""
    listed = account.client("auditor").list_object_versions(Bucket=account.bucket(zone))
    return listed.get("Versions", [])


def test_everything_lies_in_the_buckets_and_is_proven(account, runtime):
    """A deep verification reads every byte from S3; the folders of the home stay empty."""
    found = verify(runtime, deep=True)

    assert () == found.faults
    assert found.counts["vault_parts"] > 3
    assert found.counts["promoted"] > 3
    assert all(versions(account, zone) for zone in Zone)
    home = Home(root=runtime.home.root)
    folders = (home.vault, home.clean, home.audit, home.names)
    assert [] == [p for folder in folders for p in folder.rglob("*")]


def test_what_is_locked_is_kept_for_the_time_that_was_set(account, runtime):
    """Every object of quarantine and audit stands under the lock of the settings."""
    auditor = account.client("auditor")

    modes = {
        auditor.head_object(
            Bucket=account.bucket(zone), Key=version["Key"], VersionId=version["VersionId"]
        )["ObjectLockMode"]
        for zone in (Zone.QUARANTINE, Zone.AUDIT)
        for version in versions(account, zone)
    }

    assert {"COMPLIANCE"} == modes


def test_erased_names_leave_no_version_behind(account, runtime):
    """After an erasure no version of the host's names objects is in the bucket."""
    before = {version["Key"] for version in versions(account, Zone.NAMES)}

    erased = erase(runtime, case=CASE, host="dpi", actor="engineer", reason="asked for")

    after = {version["Key"] for version in versions(account, Zone.NAMES)}
    assert 1 == erased.entries
    assert erased.objects == len(before - after)
    assert () == verify(runtime, deep=True).faults


def test_foreign_objects_in_the_audit_store_stop_nobody(account, runtime):
    """Who holds the sequencer's keys can put names that are none of ours; they are left aside."""
    sequencer, bucket = account.client("sequencer"), account.bucket(Zone.AUDIT)
    foreign = {"Body": b"foreign", "ContentMD5": md5_of(b"foreign")}
    for key in ("log/no key/1.p/2", "log/ /checkpoint", "manifests/\n", "other"):
        sequencer.put_object(Bucket=bucket, Key=key, **foreign)

    assert () == verify(runtime, deep=True).faults


def raw_object(gateway, version):
    """The raw object below S3 that holds a version."""
    listed = gateway.rados("ls").decode().splitlines()
    (found,) = [n for n in listed if n.endswith(f":{version['VersionId']}_{version['Key']}")]
    return found


def test_what_was_changed_removed_or_added_is_named(account, gateway, runtime):
    """Bytes changed below S3, a removed segment, a foreign object: each is a fault of its own."""
    clean = versions(account, Zone.CLEAN)
    segment = next(v for v in versions(account, Zone.QUARANTINE) if "segments" in v["Key"])
    raw = raw_object(gateway, clean[0])
    gateway.rados("put", raw, "-", content=b"x" * clean[0]["Size"])
    gateway.administer(
        "object",
        "rm",
        f"--bucket={account.bucket(Zone.QUARANTINE)}",
        f"--object={segment['Key']}",
        f"--object-version={segment['VersionId']}",
    )
    promoter, bucket = account.client("promoter"), account.bucket(Zone.CLEAN)
    digest = clean[0]["Key"].rpartition("/")[2]
    forged = {"Body": b"forged", "ContentMD5": md5_of(b"forged")}
    promoter.put_object(Bucket=bucket, Key="sha256/00/foreign", **forged)
    promoter.put_object(Bucket=bucket, Key=f"no key \x1b[2J/{digest}", **forged)
    promoter.put_object(Bucket=bucket, Key=clean[1]["Key"], **forged)

    faults = {(f.where.partition("@")[0], f.what) for f in verify(runtime, deep=True).faults}

    assert {
        (f"clean zone {clean[0]['Key']}", f"the stored bytes of {digest} are damaged"),
        (f"clean zone {clean[1]['Key']}", "its bytes are not those of its name"),
        ("clean zone sha256/00/foreign", "no manifest promoted it"),
        (f"clean zone no key \x1b[2J/{digest}", "no manifest promoted it"),
        (f"vault {segment['Key']}", f"no object {segment['Key']}"),
    } == faults
