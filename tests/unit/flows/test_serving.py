"""What cannot be served is refused before anything is started."""

import pytest

from custody.errors import SettingsError
from flows.serving import check_settings
from pipeline.settings import ServeSettings


def test_the_defaults_can_be_served():
    """No setting is needed."""
    check_settings(ServeSettings())
    check_settings(ServeSettings(time_zone="Europe/Brussels", queues="urgent shards"))


@pytest.mark.parametrize("zone", ["Europe/Vivalia", "", "../etc/passwd"])
def test_a_time_zone_that_nobody_knows_is_refused(zone):
    """Schedules in the wrong zone run in the wrong night."""
    with pytest.raises(SettingsError, match=r"serve\.time_zone is"):
        check_settings(ServeSettings(time_zone=zone))


def test_a_queue_that_nobody_knows_is_refused():
    """A worker of a mistyped queue would wait for ever."""
    with pytest.raises(SettingsError, match=r"'urgnet' -> the queues are urgent"):
        check_settings(ServeSettings(queues="urgnet"))
