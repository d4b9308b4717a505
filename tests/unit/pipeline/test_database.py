"""Where a catalogue lies is a setting; the password is none, and is shown nowhere."""

from pathlib import Path

import pytest

from custody.errors import ExitCode, SettingsError
from pipeline.buckets import _check_variables
from pipeline.database import VARIABLE, place_of, server_url, shown
from pipeline.settings import CatalogueSettings, Settings

URL = "postgresql://anna@db.hospital:5433/autoclave"
SECRET = "s3cr:et@/"


def settings(home, url=URL):
    """The settings of a home whose catalogue is on a server."""
    return Settings(home=home, catalogue=CatalogueSettings(url=url))


def test_without_a_url_it_is_a_file_of_the_home(tmp_path):
    """Nothing has to be set up for one machine."""
    assert tmp_path / "catalogue.sqlite" == place_of(settings(tmp_path, ""), {})


def test_the_variable_holds_user_and_password(tmp_path):
    """Whatever characters a password has, it arrives as it is."""
    place = place_of(settings(tmp_path), {VARIABLE: f"bruno:{SECRET}"})

    assert ("bruno", SECRET, "db.hospital") == (place.username, place.password, place.host)
    assert "AUTOCLAVE_CREDENTIALS_CATALOGUE" == VARIABLE


def test_a_private_file_of_the_home_holds_them_too(tmp_path):
    """As the keys of stores do, in words of its own."""
    (tmp_path / "credentials").mkdir()
    file = tmp_path / "credentials" / "catalogue.toml"
    file.write_text(f'user = "bruno"\npassword = "{SECRET}"\n')
    file.chmod(0o600)
    place = place_of(settings(tmp_path), {})
    assert ("bruno", SECRET) == (place.username, place.password)

    file.write_text('user = "bruno"\n')
    with pytest.raises(SettingsError, match="not written as they should be") as caught:
        place_of(settings(tmp_path), {})
    assert 'write user = "..." and write password = "..."' == caught.value.next_step


def test_without_either_postgresql_s_own_ways_are_left_to_it(tmp_path):
    """A password file or a certificate is found by the driver."""
    assert place_of(settings(tmp_path), {}).password is None


@pytest.mark.parametrize(
    "url",
    [f"postgresql://anna:{'s3cr3t'}@h/db", "postgresql://anna@h/db?password=s3cr3t"],
)
def test_a_password_in_the_url_is_refused_and_not_quoted(tmp_path, url):
    """It would stand in a settings file and in the list of processes."""
    with pytest.raises(SettingsError, match="holds a password") as caught:
        place_of(settings(tmp_path, url), {})

    assert "s3cr3t" not in str(caught.value)
    assert ExitCode.USAGE is caught.value.exit_code
    assert VARIABLE in caught.value.next_step


@pytest.mark.parametrize("text", ["", "x", "mysql://h/db", "postgresql://u:s3cr3t@h:port/db"])
def test_what_is_no_url_of_a_server_is_refused_and_not_quoted(text):
    """A slip of the keyboard may have a password in it."""
    with pytest.raises(SettingsError, match="no URL of a PostgreSQL server") as caught:
        server_url(text)

    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_place_is_shown_without_its_account(tmp_path):
    """People see where it lies, not who goes there."""
    place = place_of(settings(tmp_path), {VARIABLE: "bruno:x"})

    assert "postgresql://db.hospital:5433/autoclave" == shown(place)
    assert "/home/c.sqlite" == shown(Path("/home/c.sqlite"))


def test_stores_on_s3_know_that_variable():
    """It is no identity of theirs, and no misspelt one either."""
    _check_variables({VARIABLE: "bruno:x"})
    with pytest.raises(SettingsError, match="unknown environment variable"):
        _check_variables({f"{VARIABLE}S": "bruno:x"})
