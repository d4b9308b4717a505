"""What a service lacks before it re-opens: everything is told, and what blocks comes first."""

from dataclasses import replace

import pytest

from cleanzone.checklist import GOES_WITHOUT, Facts, Lack, SetFacts, checklist, is_open
from custody.fate import Fate

SET = SetFacts(set_id="s1", ended=False, opened=True, countersigned=True)
READY = Facts(
    fates={Fate.PROMOTED: 9},
    under_way=0,
    unfinished_runs=0,
    alarms=0,
    proposed=0,
    recalls=0,
    anchored=True,
    without_reference=0,
    newest_set=SET,
)


def lacks(facts):
    """What is lacking, in order."""
    return [item.lack for item in checklist(facts)]


def test_a_signed_and_opened_service_lacks_nothing():
    """Nothing is asked for where everything is there."""
    assert ([], True) == (lacks(READY), is_open(READY))


@pytest.mark.parametrize(
    ("changed", "lack"),
    [
        ({"under_way": 3}, Lack.UNEXPLAINED),
        ({"unfinished_runs": 1}, Lack.UNFINISHED),
        ({"fates": {Fate.HELD: 2}}, Lack.HELD),
        ({"alarms": 1}, Lack.ALARMS),
        ({"proposed": 1}, Lack.PROPOSED),
        ({"recalls": 1}, Lack.RECALLS),
        ({"without_reference": 1}, Lack.NO_REFERENCE),
        ({"newest_set": None}, Lack.NO_SET),
        ({"newest_set": replace(SET, ended=True)}, Lack.ENDED),
        ({"newest_set": replace(SET, opened=False)}, Lack.NOT_OPEN),
        ({"newest_set": replace(SET, countersigned=False)}, Lack.URGENT),
    ],
)
def test_each_lack_is_told_by_itself(changed, lack):
    """One thing is wrong, and exactly that is said."""
    facts = replace(READY, **changed)

    assert [lack] == lacks(facts)
    (item,) = checklist(facts)
    assert item.blocks is (lack not in GOES_WITHOUT)


def test_entries_of_a_run_under_way_are_not_unexplained_yet():
    """Only a run that has ended owes an explanation."""
    assert [Lack.UNFINISHED] == lacks(replace(READY, under_way=3, unfinished_runs=1))


def test_an_anchor_is_asked_for_before_the_sealing_only():
    """A sealed set names the anchor that it rests upon; one that has ended is sealed anew."""
    without = replace(READY, anchored=False)

    assert [] == lacks(without)
    assert [Lack.NO_ANCHOR, Lack.NO_SET] == lacks(replace(without, newest_set=None))
    ended = replace(without, newest_set=replace(SET, ended=True))
    assert [Lack.NO_ANCHOR, Lack.ENDED] == lacks(ended)
    assert not is_open(ended)


def test_what_blocks_comes_before_what_a_set_goes_without():
    """Who reads the first line reads what to do first."""
    sealed = replace(SET, opened=False, unsigned=("the signature of the authority",))
    found = checklist(replace(READY, fates={Fate.HELD: 2}, without_reference=1, newest_set=sealed))

    assert [Lack.UNSIGNED, Lack.NOT_OPEN, Lack.HELD, Lack.NO_REFERENCE] == [i.lack for i in found]
    assert "the signature of the authority" == found[0].words
    assert [True, True, False, False] == [item.blocks for item in found]
