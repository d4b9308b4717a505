"""What a served home keeps is private, and its lock says whether somebody serves it."""

import pytest

from custody.errors import StoreError, UnavailableError
from flows.served import Served


def test_the_password_is_made_once_and_for_the_owner_alone(tmp_path):
    """Two reads give one password; nobody else may read it, nor the folder it is in."""
    served = Served(home=tmp_path)
    served.make()
    first = served.read_auth()

    assert (first, "autoclave:") == (served.read_auth(), first[:10])
    assert len(first) > 40
    assert (0o600, 0o700) == (
        served.password.stat().st_mode & 0o777,
        served.folder.stat().st_mode & 0o777,
    )


def test_a_home_is_served_once(tmp_path):
    """The second one is refused while the first serves, and not after."""
    with Served(home=tmp_path).serving():
        with pytest.raises(UnavailableError, match="another `autoclave serve`"):
            Served(home=tmp_path).serving().__enter__()
        during = Served(home=tmp_path).is_serving

    assert (True, False) == (during, Served(home=tmp_path).is_serving)


def test_an_address_of_a_killed_server_is_not_believed(tmp_path):
    """Who serves anew removes what a dead one had announced."""
    served = Served(home=tmp_path)
    served.make()
    served.announce("http://127.0.0.1:1/api")
    with served.serving():
        assert not served.address.exists()


def test_the_last_port_is_remembered_as_far_as_it_can_be_read(tmp_path):
    """A missing or spoilt note is no port."""
    served = Served(home=tmp_path)
    served.make()
    missing = served.last_port()
    served.port.write_text("x")
    spoilt = served.last_port()
    served.port.write_text("4200")

    assert (0, 0, 4200) == (missing, spoilt, served.last_port())


def test_a_folder_that_cannot_be_made_is_a_store_s_error(tmp_path):
    """A file where Prefect's folder should be is named as such."""
    (tmp_path / "prefect").write_text("in the way")
    with pytest.raises(StoreError):
        Served(home=tmp_path).serving().__enter__()
