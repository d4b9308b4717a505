"""The OpenSSH client: what it is told, and what it means by its last words."""

from itertools import pairwise
from pathlib import Path

import pytest

from custody.errors import SourceChangedError, SourceError
from quarantine.sftp.faults import LinkBrokenError
from quarantine.sftp.place import SftpPlace
from quarantine.sftp.program import Login, arguments, connect, meaning

PINS = Path("/home of/known_hosts")
SHOWN = "debug1: Server host key: ssh-ed25519 SHA256:" + "a+/" * 14 + "Z"
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
        ("No user exists for uid 4711", SourceError, "users who have a name"),
    ],
)
def test_last_words_say_whose_fault_it_is(said, kind, reason):
    """Exit code 4, which no repetition mends."""
    found = meaning(said, PLACE, PINS)

    assert kind is type(found)
    assert reason in str(found)


def test_a_key_that_is_not_pinned_is_shown_with_what_to_do():
    """What to compare, and the line that pins this key and no other that the scan may tell."""
    said = f"debug1: connecting\r\n{SHOWN}\r\nHost key verification failed.\r\n"

    found = meaning(said, PLACE, PINS)

    assert isinstance(found, SourceError)
    assert SHOWN.removeprefix("debug1: Server host key: ") in found.reason
    scan = "`ssh-keyscan -p 2222 nas.example | grep ssh-ed25519 >> '/home of/known_hosts'`"
    assert scan in (found.next_step or "")
    assert "by another way" in (found.next_step or "")


@pytest.mark.parametrize(
    "line", ["Server host key: x SHA256:short", "Server host key: $(x) SHA256:" + "a" * 43]
)
def test_no_words_but_a_fingerprint_are_shown(line):
    """What else stands there is not for a terminal or a shell."""
    found = meaning(f"debug1: {line}\nHost key verification failed.", PLACE, PINS)

    assert "no host key of nas.example port 2222 is pinned" == getattr(found, "reason", "")


def test_of_another_key_than_the_pinned_the_fingerprint_is_told():
    """So that it can be compared with what the server's administrator says."""
    found = meaning(f"{SHOWN}\nREMOTE HOST IDENTIFICATION HAS CHANGED", PLACE, PINS)

    assert SHOWN.rpartition(" ")[2] in str(found)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "debug1: get_agent_identities: ssh_get_authentication_socket: Permission denied",
        "debug1: connect to address 10.0.0.1 port 22: Connection refused",
    ],
)
def test_other_last_words_are_a_line_that_broke(said):
    """Which is tried again; an agent that is closed to us is no refusal of the server."""
    assert None is meaning(said, PLACE, PINS)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("connect to host nas.example port 22: Connection refused", "nothing listens"),
        ("connect to host nas.example port 22: Connection timed out", "does not answer"),
        ("connect to host nas.example port 22: No route to host", "no way"),
        ("Could not resolve hostname nas.example: Name or service not known", "not known here"),
    ],
)
def test_why_there_is_no_way_is_said(said, why):
    """It is tried again, and the last word is the reason."""
    found = meaning(f"debug1: begin\r\nssh: {said}\r\n", PLACE, PINS)

    assert isinstance(found, LinkBrokenError)
    assert why in str(found)


def test_a_client_that_tells_no_key_does_not_stay(tmp_path):
    """It speaks the protocol, and says nothing of whom it met: refused, and ended."""
    client = tmp_path / "ssh"
    hello = "\\000\\000\\000\\005\\002\\000\\000\\000\\003"
    own = tmp_path / "own"
    client.write_text(f"#!/bin/sh\necho $$ >{own}\nprintf '{hello}'\nexec 2>&-\nread -r line\n")
    client.chmod(0o700)

    with pytest.raises(SourceError, match="does not tell the server's key"):
        connect(PLACE, Login(known_hosts=PINS), {"PATH": f"{tmp_path}:/bin"})

    assert not Path(f"/proc/{own.read_text().strip()}").exists()


def test_without_the_client_the_source_cannot_be_read(tmp_path):
    """It says what to install."""
    with pytest.raises(SourceError, match="install openssh-client"):
        connect(PLACE, Login(known_hosts=tmp_path), {"PATH": str(tmp_path)})
