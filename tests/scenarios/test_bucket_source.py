"""The main job from a bucket of a real S3 server, through a kill; and from a time before."""

import json
import os
import signal
import time
from datetime import UTC, datetime

import pytest

from storage.s3.client import Credentials, Endpoint, connect
from tests.corpus.commands import Commands
from tests.scenarios.conftest import Autoclave, wait_until
from tests.scenarios.model import check_history, events

pytestmark = [pytest.mark.slow, pytest.mark.own_places("has an S3 server whatever is asked for")]

BUCKET = "recovered"
READER = "reader-of-sources"
FILES = 8
LATER = "2031-01-01"
# Below the prefix; the folder's marker has nothing to take.
ODD = ["../up", "/abs", "ward-0", "line\nend", "ward-0//twice", "ward-0/é", "ward-0/a b+c"]
MAY = ("ListBucket", "ListBucketVersions", "GetObject", "GetObjectVersion", "GetBucketVersioning")
ENCRYPTED = os.urandom(4096)


@pytest.fixture(scope="module")
def night(gateway):
    """A bucket of letters that were encrypted and removed in the night; the time just before."""
    owner = client(gateway, gateway.user("owner-of-sources", buckets=10))
    owner.create_bucket(Bucket=BUCKET)
    status = {"Status": "Enabled"}
    owner.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration=status)
    owner.put_bucket_policy(Bucket=BUCKET, Policy=policy())
    for n in range(FILES):
        put(owner, f"disk/letters/letter-{n:02d}.txt", f"Dear colleague,\nvisit {n} went well.\n")
    for n, key in enumerate(ODD):
        put(owner, f"disk/{key}", f"Dear colleague,\nodd visit {n} went well.\n")
    put(owner, "disk/letters/", "")
    put(owner, "other/letter.txt", "Dear colleague,\nnot from this disk.\n")
    time.sleep(1.1)
    before = datetime.now(UTC)
    time.sleep(1.1)
    owner.put_object(Bucket=BUCKET, Key="disk/letters/letter-00.txt", Body=ENCRYPTED)
    owner.delete_object(Bucket=BUCKET, Key="disk/letters/letter-01.txt")
    return before


def client(gateway, keys):
    """A client of the gateway."""
    endpoint = Endpoint(url=gateway.endpoint, region="default", ca_file=gateway.ca_file)
    return connect(endpoint, Credentials(access_key=keys[0], secret_key=keys[1]))


def policy():
    """What docs/sources.md lets the reader do."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam:::user/{READER}"]},
        "Action": [f"s3:{act}" for act in (*MAY, "GetBucketAcl")],
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def put(owner, key, text):
    """Put a small object."""
    owner.put_object(Bucket=BUCKET, Key=key, Body=text.encode())


@pytest.fixture(scope="module")
def keys(gateway, night):
    """The keys of who may only read."""
    return gateway.user(READER)


@pytest.fixture
def home(gateway, keys, tmp_path):
    """The command line over a home that knows the server of its sources."""
    folder = tmp_path / "home"
    (folder / "credentials").mkdir(mode=0o700, parents=True)
    folder.chmod(0o700)
    path = folder / "credentials" / "source.toml"
    path.touch(mode=0o600)
    path.write_text(f'access_key = "{keys[0]}"\nsecret_key = "{keys[1]}"\n')
    (folder / "autoclave.toml").write_text(
        f'[sources]\nendpoint = "{gateway.endpoint}"\nca_file = "{gateway.ca_file}"\n'
        "[run]\nshard_entries = 8\n"
    )
    return Autoclave(home=folder, settings=())


@pytest.fixture
def here(home, capsys):
    """The same commands within this process, which spares their starts."""
    return Commands(home=home.home, capture=capsys)


def happened(autoclave, kind):
    """Whether the ledger has an event of a kind."""
    return any(e["type"] == f"autoclave.{kind}" for e in events(autoclave.home))


@pytest.mark.timeout(240)
def test_a_bucket_and_its_night_before_are_recovered_through_a_kill(home, here, night, tmp_path):
    """Counted, killed, gone on with; what was encrypted or removed comes back from before."""
    place = (f"s3://{BUCKET}/disk", "--host", "nas", "--service", "wards")
    assert 0 == here("source", "add", *place, "--snapshot-time", LATER).code
    assert 0 == here("source", "add", *place, "--at", night.isoformat()).code
    foreseen = here("recover", "--dry-run", "--json").json
    killed = home.start("recover", "--json")
    wait_until(lambda: killed.poll() is not None or happened(home, "shard.inspected"), 200)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()

    ended = home("recover", "--json")

    # The marker of the folder, the name with a line end and the encrypted letter do not come back.
    now, then = FILES - 1 + len(ODD) + 1, FILES + len(ODD) + 1
    assert 3 == ended.code, ended.err
    assert (now + then, 2) == (foreseen["listed"], foreseen["not_taken"])
    fates = {"promoted": now - 3 + then - 2, "held": 2, "set_aside": 1, "not_taken": 2}
    assert fates == {fate: n for fate, n in ended.json["fates"].items() if n}
    started = [e["run"] for e in events(home.home) if e["type"].endswith("run.started")]
    assert [ended.json["run"]] == started
    assert [] == check_history(home.home).faults
    plan = here("restore", "plan", "--json").lines[:-1]
    back = {each["path"] for each in plan if each["outcome"] == "restore"}
    assert FILES + len(ODD) - 1 == len(back)
    assert {"letters/letter-00.txt", "letters/letter-01.txt", "../up", "/abs"} < back
    target = tmp_path / "back"
    delivered = here("restore", "deliver", target, "--all", "--json")
    assert (0, fates["promoted"]) == (delivered.code, delivered.json["files"]), delivered.err
    assert [] == [p for p in tmp_path.rglob("up") if p.is_file()]


@pytest.mark.timeout(240)
def test_such_a_source_is_shown_and_rebuilt_and_its_keys_are_kept_nowhere(here, keys):
    """By `source list`, `list`, `show` and a dry re-scan; the secret is in its own file only."""
    assert 0 == here("recover", f"s3://{BUCKET}/disk/ward-0", "--host", "nas", "--json").code

    (source,) = here("source", "list", "--json").lines
    listed = here("list", "--json").lines
    shown = here("show", "a b+c", "--json")

    assert ("bucket", f"s3://{BUCKET}/disk/ward-0/") == (source["kind"], source["location"])
    assert {"/twice", "a b+c", "é"} == {entry["path"] for entry in listed}
    assert (0, 0) == (shown.code, here("rescan", "--dry-run", "--json").code)
    assert 0 == here("catalogue", "rebuild").code
    assert listed == here("list", "--json").lines
    assert [source] == here("source", "list", "--json").lines
    kept = [p for p in here.home.rglob("*") if p.is_file() and p.parent.name != "credentials"]
    assert [] == [path for path in kept if keys[1].encode() in path.read_bytes()]


@pytest.mark.timeout(240)
def test_each_mistake_is_one_line_with_the_next_step(here, night, gateway):
    """A wrong bucket, prefix, key file, authority and setting: exit code, and what to do."""
    settings = here.home / "autoclave.toml"
    known = settings.read_text()
    said = [
        here("source", "add", place, "--host", "nas")
        for place in (
            "s3://nowhere-at-all/x",
            f"s3://{BUCKET}/nothing",
            "s3://-a",
            f"s3://{BUCKET}@then",
            f"s3://{BUCKET}@2999-01-01/disk",
        )
    ]
    said.append(here("source", "add", f"s3://{BUCKET}@2022-05-13/disk", "--at", "2022-05-12"))
    said.append(here("source", "add", "/usr", "--at", "2022-05-12"))
    dated = ("--at", "2022-05-12", "--snapshot-time", "2022-05-13")
    said.append(here("source", "add", f"s3://{BUCKET}/disk", *dated))
    said.append(here("recover", "--at", "2022-05-12"))
    settings.write_text(known.replace(str(gateway.ca_file), ""))
    said.append(here("source", "add", f"s3://{BUCKET}/disk"))
    settings.write_text("")
    said.append(here("source", "add", f"s3://{BUCKET}/disk"))
    settings.write_text(known)
    (here.home / "credentials" / "source.toml").unlink()
    said.append(here("source", "add", f"s3://{BUCKET}/disk"))

    assert [4, 4, 2, 2, 2, 2, 2, 2, 2, 6, 2, 6] == [ended.code for ended in said]
    steps = [
        "check its name, and sources.endpoint",
        "check bucket, prefix and time",
        "s3://BUCKET/PREFIX",
        "s3://BUCKET/PREFIX",
        "name a time before now",
        "leave --at out",
        "leave --at out",
        "leave --snapshot-time out",
        "name the bucket with --at",
        "sources.ca_file",
        "sources.endpoint",
        "credentials/source.toml",
    ]
    assert [] == [step for step, ended in zip(steps, said, strict=True) if step not in ended.err]
