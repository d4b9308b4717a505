"""Who may decide."""

import pytest

from custody.people import Person, Role


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.ENGINEER, False),
        (Role.ANALYST, True),
        (Role.DATA_OWNER, True),
        (Role.APPROVER, True),
        (Role.AUTHORITY, True),
        (Role.AUDITOR, False),
        (Role.ADMIN, True),
    ],
)
def test_engineers_and_auditors_do_not_decide(role, expected):
    """Who pulls the data, and who checks the books, does not open the gate."""
    assert expected == Person(name="A", role=role, public_key="ssh-ed25519 AAAA").may_decide


def test_two_people_with_one_name_are_told_apart_by_their_keys():
    """A second person is a second key."""
    first, second = (
        Person(name="A", role=Role.ANALYST, public_key=f"ssh-ed25519 {key}") for key in "xy"
    )

    assert first != second
