"""Passwords, accounts, sessions and attempts: what opens a session, and what ends it."""

import pytest

from audit.ssh_keys import generate, public_line, write_private_key
from console.accounts import Accounts
from console.attempts import MOST_BY_NAME, MOST_NAMES, MOST_TOGETHER, WINDOW_SECONDS, Attempts
from console.passwords import Cost, check_password, hashed, matches
from console.sessions import IDLE_SECONDS, LONGEST_SECONDS, MOST_SESSIONS, Sessions
from custody.errors import SignatureError, StoreError, UsageError
from custody.people import Person, Role

CHEAP = Cost(iterations=1, lanes=1, kibibytes=64)
PASSWORD = "mot de passe très long"


class Clock:
    """A clock that a test turns."""

    now = 0.0

    def __call__(self):
        """Return what it shows."""
        return self.now


@pytest.fixture
def clock():
    """A clock at zero."""
    return Clock()


@pytest.fixture
def key(tmp_path):
    """Ana's key in a file."""
    made = generate()
    write_private_key(tmp_path / "ana", made)
    return made


@pytest.fixture
def ana(key):
    """Ana, an analyst."""
    return Person(name="ana", role=Role.ANALYST, public_key=public_line(key))


def test_a_password_matches_its_own_hash_alone():
    """No hash is never matched, nor is one that is broken or another password's."""
    stored = hashed(PASSWORD, CHEAP)

    assert stored.startswith("$argon2id$v=19$")
    assert stored != hashed(PASSWORD, CHEAP)
    assert [True, False, False, False, False] == [
        matches(PASSWORD, stored),
        matches(PASSWORD + " ", stored),
        matches(PASSWORD, ""),
        matches(PASSWORD, stored[:-4]),
        matches("x" * 2000, stored),
    ]


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 1025])
def test_a_password_has_a_length(password):
    """Twelve characters at least, and no more than anybody types."""
    with pytest.raises(UsageError, match="a password has"):
        check_password(password)


def test_an_account_opens_the_key_of_its_person(tmp_path, ana, key):
    """The key comes out under the password alone, and lies in the home encrypted and private."""
    accounts = Accounts(tmp_path / "console")
    account = accounts.give(ana, PASSWORD, tmp_path / "ana", CHEAP)

    assert account == accounts.get("ana")
    assert public_line(key) == public_line(accounts.open_key(account, PASSWORD))
    with pytest.raises(SignatureError, match="password"):
        accounts.open_key(account, PASSWORD.upper())
    files = sorted((tmp_path / "console").iterdir())
    assert [0o600, 0o600] == [file.stat().st_mode & 0o777 for file in files]
    assert 0o700 == (tmp_path / "console").stat().st_mode & 0o777
    assert b"ENCRYPTED PRIVATE KEY" in files[0].read_bytes()
    assert PASSWORD.encode() not in b"".join(file.read_bytes() for file in files)


def test_a_new_password_replaces_key_and_hash(tmp_path, ana):
    """What was sealed under the old password does not stay behind."""
    accounts = Accounts(tmp_path / "console")
    accounts.give(ana, PASSWORD, tmp_path / "ana", CHEAP)
    accounts.give(ana, "another long password", None, CHEAP)
    account = accounts.get("ana")

    assert not account.may_sign
    assert matches("another long password", account.password)
    assert [".json"] == [file.suffix for file in (tmp_path / "console").iterdir()]
    accounts.take("ana")
    assert [] == list((tmp_path / "console").iterdir())


def test_nobody_gets_an_account_that_signs_with_another_s_key(tmp_path, ana):
    """The key has to be the registered one, and of somebody who may decide."""
    write_private_key(tmp_path / "other", generate())
    accounts = Accounts(tmp_path / "console")
    auditor = Person(name="eva", role=Role.AUDITOR, public_key=ana.public_key)

    with pytest.raises(UsageError, match="not the registered key"):
        accounts.give(ana, PASSWORD, tmp_path / "other", CHEAP)
    with pytest.raises(SignatureError, match="may not decide"):
        accounts.give(auditor, PASSWORD, tmp_path / "ana", CHEAP)
    assert [] == accounts.all()


@pytest.mark.parametrize("content", [b"", b"{}", b'{"v": 2}', b'{"v": 1, "name": "ana"}', b"[]"])
def test_a_damaged_account_opens_nothing(tmp_path, ana, content):
    """It is named, never taken for one without a password."""
    accounts = Accounts(tmp_path / "console")
    accounts.give(ana, PASSWORD, None, CHEAP)
    next((tmp_path / "console").glob("*.json")).write_bytes(content)

    with pytest.raises(StoreError, match="cannot be understood"):
        accounts.get("ana")


def test_an_account_under_another_s_name_is_none(tmp_path, ana):
    """Who copies his own account over somebody's file does not become that person."""
    accounts = Accounts(tmp_path / "console")
    accounts.give(ana, PASSWORD, None, CHEAP)
    ben = Person(name="ben", role=Role.ADMIN, public_key=ana.public_key)
    accounts.give(ben, "ben's own password", None, CHEAP)
    own, other = (accounts._file(name) for name in ("ana", "ben"))
    other.write_bytes(own.read_bytes())

    with pytest.raises(StoreError):
        accounts.get("ben")


def test_a_session_ends_when_nobody_uses_it(clock):
    """Each use puts the end off, up to eight hours after the login."""
    sessions = Sessions(clock)
    token, session = sessions.begin("ana")
    clock.now += IDLE_SECONDS
    assert session is sessions.get(token)
    clock.now += IDLE_SECONDS + 1
    assert sessions.get(token) is None

    token, _ = sessions.begin("ana")
    for _ in range(int(LONGEST_SECONDS // IDLE_SECONDS)):
        clock.now += IDLE_SECONDS
        assert sessions.get(token) is not None
    clock.now += 1
    assert sessions.get(token) is None


def test_tokens_are_new_and_kept_as_hashes(clock):
    """Two sessions share neither token nor form token, and no token stands in memory."""
    sessions = Sessions(clock)
    (first, one), (second, two) = sessions.begin("ana"), sessions.begin("ana")

    assert 4 == len({first, second, one.form_token, two.form_token})
    assert first.encode() not in sessions._by_hash
    assert (True, False, False) == (
        one.owns(one.form_token),
        one.owns(two.form_token),
        one.owns(""),
    )


def test_strangers_do_not_fill_the_memory(clock):
    """Sessions without a login make room for each other; a person's stays."""
    sessions = Sessions(clock)
    token, _ = sessions.begin("ana")
    for _ in range(MOST_SESSIONS + 10):
        sessions.begin()

    assert len(sessions._by_hash) <= MOST_SESSIONS
    assert sessions.get(token) is not None


def test_attempts_are_counted_by_name_and_together(clock):
    """Ten for a name, two hundred for all; the window slides, and success forgets."""
    attempts = Attempts(clock)
    assert [True] * MOST_BY_NAME + [False] == [
        attempts.begin("ana") for _ in range(MOST_BY_NAME + 1)
    ]
    assert attempts.begin("ben")
    attempts.succeed("ben")
    clock.now += WINDOW_SECONDS + 1
    assert attempts.begin("ana")

    allowed = sum(attempts.begin(f"name-{n}") for n in range(MOST_NAMES + 5))
    assert MOST_TOGETHER - 1 == allowed
    assert len(attempts._by_name) <= MOST_NAMES
