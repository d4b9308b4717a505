"""One setting, and whether somebody serves the home, say who drives its runs."""

import pytest

from custody.errors import SettingsError, UnavailableError
from flows.in_force import Way, api_of, fleet_api, in_force, way_of
from flows.served import Served
from pipeline.settings import read_settings


def settings(home, **orchestrator):
    """Settings of a home with these keys of [orchestrator]."""
    names = {f"AUTOCLAVE_ORCHESTRATOR_{key.upper()}": value for key, value in orchestrator.items()}
    return read_settings(home, names)


def test_a_fresh_home_is_driven_in_process(tmp_path):
    """Without a setting and without a server nothing stands between the command and its run."""
    assert Way.IN_PROCESS is way_of(settings(tmp_path))
    assert api_of(settings(tmp_path)) is None
    assert in_force(settings(tmp_path)).as_json() is None


def test_a_home_is_served_while_somebody_serves_it(tmp_path):
    """The server's lock says it, and only while it is held."""
    served = Served(home=tmp_path)
    with served.serving():
        during = way_of(settings(tmp_path))

    assert (Way.SERVED, Way.IN_PROCESS) == (during, way_of(settings(tmp_path)))


def test_a_server_that_is_not_up_yet_is_waited_for_by_the_person(tmp_path):
    """Between lock and address there is no API; the error says to wait, and where the log is."""
    with Served(home=tmp_path).serving(), pytest.raises(UnavailableError, match="not up yet"):
        api_of(settings(tmp_path))


def test_the_address_is_that_of_the_one_who_serves(tmp_path):
    """What is announced is what commands connect to, with the password of the home."""
    served = Served(home=tmp_path)
    with served.serving():
        served.announce("http://127.0.0.1:1/api")
        api = api_of(settings(tmp_path))

    assert ("http://127.0.0.1:1/api", served.read_auth()) == (api.url, api.auth)
    assert "http://127.0.0.1:1" == api.pages


def test_a_home_that_is_to_be_served_is_not_driven_otherwise(tmp_path):
    """With kind = "served" and no server the command refuses: the operator wanted it seen."""
    with pytest.raises(UnavailableError, match="nobody serves this home"):
        api_of(settings(tmp_path, kind="served"))

    assert {"url": None} == in_force(settings(tmp_path, kind="served")).as_json()


def test_a_fleet_has_its_address_and_its_password(tmp_path):
    """The settings name both; the password is the file's content."""
    auth = tmp_path / "auth"
    auth.write_text("autoclave:secret\n")
    asked = settings(
        tmp_path, kind="fleet", api_url="https://prefect.example/api/", auth_file=str(auth)
    )
    api = api_of(asked)

    assert ("https://prefect.example/api", "autoclave:secret") == (api.url, api.auth)
    assert "https://prefect.example/api/" == in_force(asked).url
    assert "secret" not in repr(api)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "orchestrator.api_url is not set"),
        ({"api_url": "https://x/api"}, "orchestrator.auth_file is not set"),
        ({"api_url": "https://x/api", "auth_file": "/nowhere"}, "/nowhere cannot be read"),
    ],
)
def test_a_fleet_that_is_half_set_is_named(tmp_path, given, named):
    """A missing address or password is a usage error that names the setting."""
    with pytest.raises(SettingsError, match=named):
        fleet_api(settings(tmp_path, kind="fleet", **given))


def test_an_unknown_kind_is_refused(tmp_path):
    """A mistyped kind drives nothing, and the three are named."""
    with pytest.raises(SettingsError, match=r"orchestrator\.kind is 'flett'.*in-process, served"):
        way_of(settings(tmp_path, kind="flett"))
