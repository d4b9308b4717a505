"""A copy is believed only when four processes say what fits; any other answer is a named reason."""

from collections import deque

import pytest

from custody.box import Answer, Failure, FailureCode, Produced
from sanitizers.disarming.interface import Removed, Switch
from sanitizers.disarming.making import (
    DISARM,
    PROVE,
    Made,
    NotMade,
    Original,
    disarmed,
    programs,
)
from sanitizers.limits import DEFAULT_LIMITS
from tests.corpus.boxes import ScriptedBox

TYPE = "text/calendar"
ORIGINAL = Original(content=b"an original", size=11, media_type=TYPE)
MEASURES = {"text": "abc", "pages": "2"}


def copy(content=b"a copy", label="copy", **said):
    """The answer of a process that made a copy."""
    told = {"refusal": "", "media_type": TYPE, "removed": [["calendar.program", "VALARM", 2]]}
    produced = (Produced(untrusted_label=label, content=content),)
    return Answer(untrusted_value={**told, **said}, produced=produced)


def measures(values=None, left=()):
    """The answer of a process that measured and walked."""
    told = {"refusal": "", "measures": values or MEASURES, "left": list(left)}
    return Answer(untrusted_value=told)


SOUND = (copy(), copy(removed=[]), measures(), measures())


def run(*replies, switches=frozenset()):
    """What becomes of the replies of a box, and the jobs that it was given."""
    box = ScriptedBox(deque(replies))
    return disarmed(box, ORIGINAL, switches, DEFAULT_LIMITS), box.asked


def test_a_copy_that_four_processes_agree_on_is_made():
    """It says what is gone, and what is equal."""
    made, asked = run(*SOUND)

    assert (
        Made(
            content=b"a copy",
            media_type=TYPE,
            removed=(Removed(code="calendar.program", where="VALARM", times=2),),
            measures=MEASURES,
        )
        == made
    )
    assert [DISARM, DISARM, PROVE, PROVE] == [job.program for job in asked]
    assert [b"an original", b"a copy", b"a copy", b"an original"] == [j.content for j in asked]
    assert [True, False] == [job.params["walk"] for job in asked[2:]]


def test_the_copy_is_disarmed_again_in_the_same_way():
    """With other switches it would be another copy."""
    _, asked = run(*SOUND, switches=frozenset({Switch.KEEP_LINKS}))

    assert [["keep-links"]] * 2 == [job.params["switches"] for job in asked[:2]]


@pytest.mark.parametrize(
    ("replies", "reason"),
    [
        ([copy(removed=[])], "nothing: no active content was found that could be taken out"),
        ([Answer(untrusted_value={"refusal": "refused: it is signed"})], "refused: it is signed"),
        ([copy(), copy(b"other"), *SOUND[2:]], "again: disarmed once more, the copy changes"),
        (
            [copy(), Answer(untrusted_value={"refusal": "malformed: x"}), *SOUND[2:]],
            "again: malformed: x",
        ),
        (
            [*SOUND[:2], measures(left=["pdf.launch"]), measures()],
            "walk of the copy: pdf.launch is left",
        ),
        (
            [*SOUND[:2], measures({"text": "abd", "pages": "2"}), measures()],
            "measures: text differs between original and copy",
        ),
        (
            [*SOUND[:2], measures({"text": "abc"}), measures()],
            "measures: pages differs between original and copy",
        ),
        (
            [*SOUND[:3], Answer(untrusted_value={"refusal": "", "measures": {}, "left": []})],
            "measures: nothing could be compared",
        ),
    ],
)
def test_a_check_that_fails_is_named(replies, reason):
    """The original is held for it, and a person reads why."""
    assert NotMade(reason=reason) == run(*replies)[0]


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("code", list(FailureCode))
def test_a_process_that_fails_costs_the_copy(at, code):
    """A crash, a loop, too much of anything; only the machine's own trouble is tried again."""
    replies = [*SOUND[:at], Failure(code=code), *SOUND[at + 1 :]]
    made, _ = run(*replies)

    assert isinstance(made, NotMade)
    assert code.value in made.reason
    assert (code is FailureCode.MACHINE) is made.transient


@pytest.mark.parametrize(
    "forged",
    [
        copy(label="other"),
        copy(b""),
        copy(media_type="application/x-nobody-knows"),
        copy(media_type=7),
        copy(removed="all of it"),
        copy(removed=[["calendar.program", "VALARM"]]),
        copy(removed=[["Patient DURAND", "", 1]]),
        copy(removed=[["calendar.program", "", 0]]),
        copy(removed=[["calendar.program", "", True]]),
        copy(removed=[["calendar.program", 1, 1]]),
        copy(removed=[["a", "", 1]] * 1001),
        copy(removed=[[f"a{n}", "", 1] for n in range(65)]),
        copy(refusal=None),
        Answer(untrusted_value=None),
        Answer(untrusted_value={"refusal": "", "media_type": TYPE, "removed": []}),
        Answer(untrusted_value={}, produced=SOUND[0].produced * 2),
    ],
)
def test_a_forged_copy_is_none(forged):
    """Whatever has another shape was not said by our program."""
    assert NotMade(reason=FailureCode.FORGED.value) == run(forged)[0]


@pytest.mark.parametrize(
    "forged",
    [
        {"refusal": "", "measures": {"text": 1}, "left": []},
        {"refusal": "", "measures": {"text": "é"}, "left": []},
        {"refusal": "", "measures": {"text": "x" * 201}, "left": []},
        {"refusal": "", "measures": {str(n): "" for n in range(65)}, "left": []},
        {"refusal": "", "measures": ["text"], "left": []},
        {"refusal": "", "measures": MEASURES, "left": "none"},
        {"refusal": "", "measures": MEASURES, "left": ["Patient DURAND"]},
        {"refusal": ""},
        [],
    ],
)
def test_a_forged_measure_proves_nothing(forged):
    """Of the copy as of the original."""
    answer = Answer(untrusted_value=forged)

    for replies in ((*SOUND[:2], answer, SOUND[3]), (*SOUND[:3], answer)):
        made, _ = run(*replies)
        assert made.reason.endswith(FailureCode.FORGED.value)


def test_a_reason_is_one_printable_line():
    """People and the ledger see it, and hostile bytes may have written it."""
    made, _ = run(Answer(untrusted_value={"refusal": "a\nb\x1b[2J" + "é" * 500}))

    assert made.reason.isascii()
    assert made.reason.isprintable()
    assert 200 == len(made.reason)


def test_copies_and_proofs_run_in_processes_that_end_with_their_sample():
    """What an original did to one process has no say in the next one."""
    assert {("disarm", "forked"), ("prove", "forked")} == {
        (program.name, program.lane.value) for program in programs(DEFAULT_LIMITS)
    }
