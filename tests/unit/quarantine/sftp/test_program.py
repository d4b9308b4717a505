"""The OpenSSH client: what it is told, and what it means by its last words."""

from itertools import pairwise
from pathlib import Path

import pytest

from custody.errors import SourceChangedError, SourceError
from quarantine.sftp.place import SftpPlace
from quarantine.sftp.program import Login, arguments, connect, meaning

PLACE = SftpPlace(user="reader", host="nas.example", port=2222, path=b"/data")


def told(login: Login) -> dict[str, str]:
    """Return the options that the client is given."""
    words = arguments(PLACE, login)
    pairs = [after for word, after in pairwise(words) if word == "-o"]
    return dict(pair.split("=", 1) for pair in pairs)


def test_host_keys_are_pinned_and_nobodys_configuration_is_read():
    """Never trust on first use, no file of the machine or of a person, nothing forwarded."""
    login = Login(known_hosts=Path("/pins of 100%"), key_file=Path("/key"))
    given = told(login)

    assert ["ssh", "-F", "none"] == arguments(PLACE, login)[:3]
    expected = {
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": '"/pins of 100%%"',
        "GlobalKnownHostsFile": "none",
        "UpdateHostKeys": "no",
        "BatchMode": "yes",
        "ForwardAgent": "no",
        "ClearAllForwardings": "yes",
        "PermitLocalCommand": "no",
        "IdentityFile": '"/key"',
        "IdentitiesOnly": "yes",
    }
    assert expected == {key: given[key] for key in expected}


def test_where_it_goes_stands_behind_all_options():
    """The host is a word of its own that cannot be an option."""
    where = ["-p", "2222", "-l", "reader", "-s", "--", "nas.example", "sftp"]

    assert where == arguments(PLACE, Login(known_hosts=Path("/pins")))[-len(where) :]


def test_without_a_key_the_agent_is_asked():
    """And no key that happens to lie in the folder of the person."""
    given = told(Login(known_hosts=Path("/pins")))

    assert ("none", "no") == (given["IdentityFile"], given["IdentitiesOnly"])


@pytest.mark.parametrize(
    ("said", "kind", "reason"),
    [
        ("@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @", SourceChangedError, "another"),
        ("@ WARNING: REVOKED HOST KEY DETECTED! @", SourceChangedError, "another machine"),
        ("Host key verification failed.", SourceError, "no host key"),
        ("reader@nas: Permission denied (publickey).", SourceError, "does not let reader in"),
        ("Unable to negotiate with 10.0.0.1", SourceError, "broken"),
        ("subsystem request failed on channel 0", SourceError, "no SFTP"),
    ],
)
def test_last_words_say_whose_fault_it_is(said, kind, reason):
    """Exit code 4, which no repetition mends."""
    found = meaning(said, PLACE)

    assert kind is type(found)
    assert reason in str(found)


@pytest.mark.parametrize("said", ["", "ssh: connect to host nas.example: Connection refused"])
def test_other_last_words_are_a_line_that_broke(said):
    """Which is tried again."""
    assert None is meaning(said, PLACE)


def test_without_the_client_the_source_cannot_be_read(tmp_path):
    """It says what to install."""
    with pytest.raises(SourceError, match="install openssh-client"):
        connect(PLACE, Login(known_hosts=tmp_path), {"PATH": str(tmp_path)})
