"""What settings mean for meeting SFTP servers: pins, keys, and what is lacking."""

from pathlib import Path

import pytest

from custody.errors import SettingsError, SourceError
from pipeline.settings import Settings, SourcesSettings
from pipeline.source_sftp import login_of, readiness
from quarantine.sftp.program import Login


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with pinned host keys where they are looked for."""
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "known_hosts").touch()
    return tmp_path


def settings(home: Path, **said: str) -> Settings:
    """Settings of a home."""
    return Settings(home=home, sources=SourcesSettings(**said))


def test_pins_lie_with_the_credentials_unless_said_otherwise(home, tmp_path):
    """And without a key the agent is asked."""
    other = tmp_path / "pins"
    other.touch()

    pins = home / "credentials" / "known_hosts"
    assert Login(known_hosts=pins) == login_of(settings(home))
    assert Login(known_hosts=other) == login_of(settings(home, known_hosts=str(other)))


def test_without_pins_no_server_is_trusted(tmp_path):
    """Exit code 4, before anybody is asked anything."""
    with pytest.raises(SourceError, match="no host key is pinned"):
        login_of(settings(tmp_path))


@pytest.mark.parametrize(("mode", "said"), [(None, "is not there"), (0o640, "others can read")])
def test_a_key_is_there_and_private(home, mode, said):
    """The client would refuse it too, in words that tell less."""
    key = home / "key"
    if mode is not None:
        key.touch(mode=mode)
        key.chmod(mode)

    with pytest.raises(SettingsError, match=said):
        login_of(settings(home, key_file=str(key)))


def test_pins_that_everybody_can_write_pin_nothing(home):
    """Whoever is on this machine could vouch for a server of theirs."""
    (home / "credentials" / "known_hosts").chmod(0o646)

    with pytest.raises(SettingsError, match="everybody can pin"):
        login_of(settings(home))


@pytest.mark.parametrize("name", ['a" "b', "${HOME}", "back\\slash", "two\nlines"])
def test_a_path_that_the_client_would_take_for_another_is_refused(home, name):
    """In its options quotes end a name, and a dollar begins one of the environment."""
    (home / name).touch(mode=0o600)

    for setting in ("known_hosts", "key_file"):
        with pytest.raises(SettingsError, match="a quote"):
            login_of(settings(home, **{setting: str(home / name)}))


def test_what_is_lacking_is_told_without_asking_a_server(home, tmp_path, monkeypatch):
    """Pins first, then the client."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "openssh-client" in readiness(settings(home))
    assert "no host key is pinned" in readiness(settings(tmp_path / "none"))
