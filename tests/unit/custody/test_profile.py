"""A profile names the instruments of an inspection, and every change of them."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.digest import digest_of
from custody.profile import Profile

PROFILE = Profile(
    scanners={"yara_rules": "1", "integrity": "1"},
    rule_packs={"core": "00"},
    limits={"depth": 6},
    sandboxed=True,
)
versions = st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3)
profiles = st.builds(
    Profile,
    scanners=versions,
    rule_packs=versions,
    limits=st.dictionaries(st.text(max_size=3), st.integers(0, 9), max_size=3),
    sandboxed=st.booleans(),
)


def test_a_profile_s_digest_does_not_depend_on_order():
    """The same instruments in another order are the same profile."""
    turned = dataclasses.replace(PROFILE, scanners=dict(reversed(PROFILE.scanners.items())))

    assert PROFILE.digest == turned.digest


@pytest.mark.parametrize(
    "changes",
    [
        {"scanners": {"yara_rules": "2", "integrity": "1"}},
        {"scanners": {"yara_rules": "1"}},
        {"rule_packs": {"core": "01"}},
        {"limits": {"depth": 7}},
        {"sandboxed": False},
    ],
    ids=str,
)
def test_a_profile_s_digest_tells_instruments_apart(changes):
    """A version, a pack, a limit or the missing box is another profile."""
    assert PROFILE.digest != dataclasses.replace(PROFILE, **changes).digest


@given(profiles, profiles)
def test_profiles_share_a_digest_only_when_they_are_equal(first, second):
    """Outcomes of one profile are never taken for those of another."""
    assert (first == second) == (first.digest == second.digest)


@given(profiles)
def test_what_is_hashed_is_readable_json(profile):
    """The digest is over bytes that an outsider can read and hash again."""
    content = json.loads(profile.encode())

    assert profile.digest == digest_of(profile.encode())
    assert profile == Profile(**content)
