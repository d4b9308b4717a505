"""Who may decide."""

from dataclasses import replace

import pytest

from custody.digest import digest_of
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


CLAIRE = Person(name="claire", role=Role.ANALYST, public_key="ssh-ed25519 AAAA")


def test_who_a_person_is_has_a_fixed_digest():
    """Two people sign a digest over exactly these words."""
    words = b"autoclave person v1\nname: claire\nrole: analyst\nkey: ssh-ed25519 AAAA\n"

    assert digest_of(words) == CLAIRE.digest


@pytest.mark.parametrize(
    "changed", [{"name": "clara"}, {"role": Role.ADMIN}, {"public_key": "ssh-ed25519 AAAB"}]
)
def test_another_name_role_or_key_is_another_digest(changed):
    """A signature for one person registers no other one, and no other role or key."""
    assert CLAIRE.digest != replace(CLAIRE, **changed).digest


@pytest.mark.parametrize(
    "changed",
    [{"name": "claire\nrole: admin"}, {"name": " "}, {"public_key": ""}, {"public_key": "a\u2028"}],
)
def test_a_person_of_more_than_one_line_has_no_digest(changed):
    """A line break would forge another fact."""
    with pytest.raises(ValueError, match="single printable lines"):
        _ = replace(CLAIRE, **changed).digest
