"""`init --stores s3` and `doctor` on a real S3 server, and what they refuse."""

import pytest

from storage.s3.identities import Zone
from tests.corpus.accounts import OWNER, an_account
from tests.corpus.commands import Commands


@pytest.fixture
def account(gateway):
    """Users and bucket names of this test alone."""
    return an_account(gateway)


@pytest.fixture
def commands(account, tmp_path, capsys):
    """The command line over a home whose settings name the account."""
    account.write_settings(tmp_path / "home")
    return Commands(home=tmp_path / "home", capture=capsys)


def test_buckets_are_set_up_once_and_then_left(commands):
    """The first run makes them and says so; the second finds everything as it must be."""
    first = commands("init", "--stores", "s3", "--json").json["buckets"]
    second = commands("init", "--stores", "s3", "--json").json["buckets"]

    assert 4 == len([b for b in first if b["what"] == "is there" and b["changed"]])
    assert {False} == {b["changed"] for b in second}
    assert [b["what"] for b in first] == [b["what"] for b in second]


def test_a_bucket_without_a_lock_is_refused(commands, account):
    """A bucket that somebody made without object lock cannot be made right: exit 5."""
    account.client(OWNER).create_bucket(Bucket=account.bucket(Zone.AUDIT))

    ended = commands("init", "--stores", "s3")

    assert 5 == ended.code
    assert f"the bucket {account.bucket(Zone.AUDIT)} has no object lock" in ended.err


def test_without_the_owner_s_keys_nothing_is_set_up(commands):
    """Only the owner makes buckets; the message says where its keys go."""
    (commands.home / "credentials" / f"{OWNER}.toml").unlink()

    ended = commands("init", "--stores", "s3")

    assert 6 == ended.code
    assert "there are no credentials of the identity owner here" in ended.err


def test_an_owner_who_may_make_no_bucket_is_told(commands, account):
    """An account without the right to make buckets ends with exit 6, and leaves nothing."""
    access, secret = account.keys["console"]
    (commands.home / "credentials" / f"{OWNER}.toml").write_text(
        f'access_key = "{access}"\nsecret_key = "{secret}"\n'
    )

    ended = commands("init", "--stores", "s3")

    assert 6 == ended.code
    assert "this identity may not do that" in ended.err


def test_buckets_that_nobody_set_up_are_named(commands):
    """Every command says that the buckets are missing, and what to do."""
    ended = commands("status")

    assert 6 == ended.code
    assert "the bucket is not there -> run `autoclave init --stores s3`" in ended.err


def test_other_stores_than_the_settings_name_are_a_usage_error(commands):
    """The kind on the command line repeats the settings: a typing error makes no buckets."""
    ended = commands("init", "--stores", "filesystem")

    assert 2 == ended.code
    assert "write the section [stores]" in ended.err


def test_an_unknown_kind_is_a_usage_error(commands, account):
    """A kind of stores that does not exist is refused with those that do."""
    account.write_settings(commands.home, kind="s4")

    assert 2 == commands("status").code
    assert 2 == commands("init", "--stores", "s4").code


def stores_of(ended):
    """What `doctor` said of the stores: name and whether it passed."""
    return {
        c["name"]: (c["passed"], c["detail"]) for c in ended.json["checks"] if c["area"] == "stores"
    }


def test_the_doctor_says_what_is_wrong_with_a_bucket(commands, account):
    """A policy that was removed is named with its bucket; the others are well: exit 5."""
    commands("init", "--stores", "s3")
    well = commands("doctor", "--json")
    account.client(OWNER).delete_bucket_policy(Bucket=account.bucket(Zone.NAMES))
    account.client(OWNER).put_bucket_policy(
        Bucket=account.bucket(Zone.CLEAN),
        Policy=account.client(OWNER)
        .get_bucket_policy(Bucket=account.bucket(Zone.CLEAN))["Policy"]
        .replace('"Deny"', '"Allow"', 1),
    )

    ill = commands("doctor", "--json")

    assert (0, 5) == (well.code, ill.code)
    assert {True} == {passed for passed, _ in stores_of(well).values()}
    clean = stores_of(ill)[account.bucket(Zone.CLEAN)]
    assert (False, "not so: has its policy: `autoclave init --stores s3`") == clean
    assert commands("init", "--stores", "s3").code == 0
    assert 0 == commands("doctor").code
