"""What a Prefect server has, compared with what it should have."""

import pytest

from flows.registration import automation_body, rescan_body, says

ANSWER = {**rescan_body("d-1"), "id": "a-1", "created": "2026-11-30T03:00:00Z"}


@pytest.mark.parametrize("wanted", [automation_body(), rescan_body("d-1")])
def test_what_the_server_adds_changes_nothing(wanted):
    """It gives ids, defaults and times of its own."""
    assert says({**wanted, "id": "a-1", "tags": []}, wanted)


@pytest.mark.parametrize(
    "there",
    [
        ANSWER | {"enabled": False},
        ANSWER | {"actions": []},
        ANSWER | {"trigger": ANSWER["trigger"] | {"within": 5}},
        ANSWER | {"trigger": ANSWER["trigger"] | {"expect": ["something.else"]}},
        ANSWER | {"trigger": None},
        {**rescan_body("d-2"), "id": "a-1"},
        None,
    ],
    ids=["off", "no-action", "slower", "another-event", "no-trigger", "another", "nothing"],
)
def test_whatever_is_not_as_it_should_be_is_seen(there):
    """Switched off, without its action, of another event or for another deployment."""
    assert not says(there, rescan_body("d-1"))
