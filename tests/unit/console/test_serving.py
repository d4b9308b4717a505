"""Where the console may listen, and which addresses browsers may name."""

import pytest

from console.serving import check_place, is_secure, origin_of, origins
from custody.errors import SettingsError
from pipeline.settings import ConsoleSettings

PLAIN = ConsoleSettings()


@pytest.fixture
def certified(tmp_path):
    """Settings with a certificate of its own."""
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("x")
    return ConsoleSettings(
        certificate=str(tmp_path / "cert.pem"), certificate_key=str(tmp_path / "key.pem")
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_the_loopback_needs_nothing(host):
    """This machine alone reaches it."""
    check_place(host, PLAIN)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "console.example", ""])
def test_elsewhere_it_needs_a_certificate(host, certified):
    """Without one it says why, behind a proxy too: that one is on this machine."""
    for settings in (PLAIN, ConsoleSettings(url="https://console.example")):
        with pytest.raises(SettingsError, match="in the clear"):
            check_place(host, settings)
    check_place(host, certified)


@pytest.mark.parametrize(
    "settings",
    [
        ConsoleSettings(url="http://console.example"),
        ConsoleSettings(url="https://"),
        ConsoleSettings(url="https://console.example/below"),
        ConsoleSettings(certificate="/nothing.pem"),
        ConsoleSettings(certificate="/nothing.pem", certificate_key="/nothing.key"),
    ],
)
def test_wrong_settings_are_named(settings):
    """Half a certificate, a missing file, or an address that is not https."""
    with pytest.raises(SettingsError):
        check_place("127.0.0.1", settings)


def test_browsers_name_its_own_address_and_the_proxy_s(certified):
    """Nothing else: any other name was rebound to this address."""
    own = origin_of("127.0.0.1", 8380, secure=False)
    behind = ConsoleSettings(url="https://console.example/")

    assert {own, "http://localhost:8380"} == origins(own, PLAIN)
    assert {own, "http://localhost:8380", "https://console.example"} == origins(own, behind)
    assert "https://[::1]:8380" == origin_of("::1", 8380, secure=True)
    assert {"https://[::1]:1", "https://localhost:1"} == origins("https://[::1]:1", certified)
    assert [False, True, True] == [is_secure(s) for s in (PLAIN, behind, certified)]
