"""Which pictures a copy may stand for: what hides in them is a script, and no program."""

import pytest

from custody.verdict import Required, Verdict, judge
from sanitizers.disarming.eligibility import without_active
from sanitizers.disarming.registry import disarmer_of
from sanitizers.limits import Limits
from sanitizers.registry import look_forked
from tests.corpus.active_images import IMAGES, SCRIPT, WHOLE
from tests.corpus.disguises import PE

REQUIRED = Required(scanners=frozenset({"file_type", "integrity", "active_content"}))
TYPES = ("image/jpeg", "image/png", "image/gif", "image/bmp")
SCRIPTED = [
    pytest.param(media_type, name, id=f"{media_type}-{name}")
    for media_type in TYPES
    for name, case in IMAGES[media_type].items()
    if SCRIPT in case.content
]


def verdict_without(content):
    """The verdict on what a copy would not lack; None when there is nothing active."""
    outcomes = [
        o for o in look_forked(content, Limits()).outcomes if o.scanner in REQUIRED.scanners
    ]
    left = without_active(outcomes)
    return None if left is None else judge(left, REQUIRED).verdict


@pytest.mark.parametrize(("media_type", "name"), SCRIPTED)
def test_a_script_in_or_behind_a_picture_is_answered_by_a_copy(media_type, name):
    """In metadata, between pixels or behind the end: the copy is clean."""
    content = IMAGES[media_type][name].content
    made = disarmer_of(media_type).disarm(content, frozenset()).content
    found = look_forked(made, Limits()).outcomes

    assert Verdict.CLEAN is verdict_without(content)
    assert (
        Verdict.CLEAN
        is judge([o for o in found if o.scanner in REQUIRED.scanners], REQUIRED).verdict
    )


@pytest.mark.parametrize("media_type", TYPES)
@pytest.mark.parametrize("behind", [PE, b"\x7fELF\x02\x01\x01" + bytes(57), b"#!/bin/sh\nrm a\n"])
def test_a_program_behind_a_picture_is_not_answered(media_type, behind):
    """Nobody appends one by accident: the picture is evidence, and stays held."""
    for content in (WHOLE[media_type] + behind, WHOLE[media_type] + SCRIPT + behind):
        assert verdict_without(content) in {None, Verdict.INDETERMINATE, Verdict.MALICIOUS}
