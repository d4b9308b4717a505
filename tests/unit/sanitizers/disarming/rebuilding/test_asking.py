"""A container is written anew only when everything that was asked about the copy fits."""

from dataclasses import replace

import pytest

from custody.box import Answer, Failure, FailureCode, Produced
from custody.digest import digest_of
from sanitizers.disarming.interface import Removed
from sanitizers.disarming.making import Made, NotMade, Original
from sanitizers.disarming.rebuilding.asking import PlannedPart, programs, rebuilt
from sanitizers.disarming.rebuilding.plan import (
    NOTHING_CHANGES,
    Plan,
    Substitute,
    decode,
    encode,
)
from sanitizers.limits import DEFAULT_LIMITS
from tests.corpus.boxes import EmittingBox, factory_of
from tests.corpus.containers import NOTE, TABLE, mail
from tests.corpus.packages import archive
from tests.corpus.rebuilders import (
    MAIL,
    ZIP,
    a_box,
    copy_of_part,
    made_of,
    parts_of,
    planned,
    written,
)

DOCM = "application/vnd.ms-word.document.macroenabled.12"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BAD = b"MZ, and what follows"
WHOLE = archive({"note.txt": NOTE, "bad.exe": BAD, "letter.docm": b"macros", "t.csv": TABLE})
COPY = copy_of_part(b"no macros", DOCX, DOCM)
PARTS = planned(WHOLE, ZIP, left_out={2: "prohibited"}, copies={3: COPY})
ORIGINAL = Original(content=WHOLE, size=len(WHOLE), media_type=ZIP)


def test_what_may_be_in_it_is_in_it_and_the_report_says_the_rest():
    """By number, digest and name; what the copy of a part lacks is told too."""
    made = made_of(WHOLE, ZIP, PARTS)

    assert isinstance(made, Made), made
    assert [
        (b"note.txt", NOTE),
        (b"letter.docm.docx", b"no macros"),
        (b"t.csv", TABLE),
    ] == [(part.untrusted_name, part.content) for part in parts_of(made.content, ZIP)]
    letter, program = digest_of(b"macros"), digest_of(BAD)
    by = digest_of(b"no macros")
    assert (
        Removed(code="container.part-prohibited", where=f"part 2 {program} bad.exe"),
        Removed(code="container.part-replaced", where=f"part 3 {letter} letter.docm by {by}"),
        Removed(code="ooxml.macro", where="part 3"),
    ) == made.removed
    assert "2" == made.measures["parts"]


def test_a_plan_comes_out_of_its_job_as_it_went_in():
    """With the bytes that stand behind the container."""
    other = Substitute(untrusted_name=b"\xff.docx", content=b"safe", media_type=DOCX)
    plan = Plan(substitutes={7: other}, left_out={2: "malicious"})
    told, behind = encode(plan, 5)

    assert plan == decode(told, b"whole" + behind)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (planned(WHOLE, ZIP), "nothing: every part of it can be promoted"),
        (
            planned(WHOLE, ZIP, dict.fromkeys(range(1, 5), "malicious")),
            "refused: no part of it can be promoted",
        ),
        (PARTS[:3], "malformed: what is in it is not what was inspected"),
        (
            [*PARTS[:3], PlannedPart(digest=digest_of(b"another"))],
            "malformed: what is in it is not what was inspected",
        ),
    ],
)
def test_a_plan_that_does_not_fit_makes_nothing(parts, reason):
    """No part is in a copy, and none is kept out of it, that was not inspected as that part."""
    assert NotMade(reason=reason) == made_of(WHOLE, ZIP, parts)


def test_a_mail_keeps_its_text_and_a_note_stands_for_what_is_gone():
    """The note is a part that the copy has to have."""
    content = mail(("bad.exe", BAD))
    made = made_of(content, MAIL, planned(content, MAIL, left_out={2: "malicious"}))

    assert isinstance(made, Made), made
    assert BAD not in [part.content for part in parts_of(made.content, MAIL)]


def test_a_container_with_its_copies_keeps_to_the_limits():
    """What does not fit into a process of the box is not asked of it."""
    limits = replace(DEFAULT_LIMITS, most_content_bytes=len(WHOLE) + 3)
    made = made_of(WHOLE, ZIP, PARTS, limits=limits)

    assert NotMade(reason=f"limit: larger than {len(WHOLE) + 3} bytes") == made


class Misled(EmittingBox):
    """A box in which one program, at its nth run, says something else."""

    def __init__(self, program, at, reply):
        super().__init__(a_box().programs)
        self._program, self._at, self._reply = program, at, reply

    def run(self, jobs):
        """Yield honest replies, but for one."""
        for job in jobs:
            (reply,) = super().run([job])
            count = sum(each.program == self._program for each in self.asked)
            is_it = (job.program, count) == (self._program, self._at)
            yield self._reply(reply) if is_it else reply


def other_content(content):
    """A reply with another stream."""
    return lambda reply: replace(
        reply, produced=(Produced(untrusted_label="copy", content=content),)
    )


SMUGGLED = archive({"note.txt": NOTE, "letter.docm.docx": b"no macros", "t.csv": b"other"})
MORE = archive({"note.txt": NOTE, "letter.docm.docx": b"no macros", "t.csv": TABLE, "bad.exe": BAD})


@pytest.mark.parametrize(
    ("program", "at", "reply", "reason"),
    [
        ("rebuild", 1, other_content(SMUGGLED), "again: written anew once more, the copy changes"),
        ("rebuild", 2, other_content(b"x"), "again: written anew once more, the copy changes"),
        ("rebuild", 1, lambda r: replace(r, produced=()), "answered out of protocol"),
        (
            "rebuild",
            1,
            lambda r: replace(r, untrusted_value={"refusal": "", "media_type": "text/html"}),
            "answered out of protocol",
        ),
        (
            "reread",
            1,
            lambda r: replace(r, untrusted_value={**r.untrusted_value, "parts": 4}),
            "walk of the copy: another reader sees other parts in it",
        ),
        ("reread", 1, lambda _: Answer(untrusted_value=None), "walk of the copy: another reader"),
    ],
)
def test_a_process_that_lies_makes_nothing(program, at, reply, reason):
    """The copy is believed for what comes out of it, and for nothing that is said of it."""
    made = rebuilt(Misled(program, at, reply), ORIGINAL, PARTS, DEFAULT_LIMITS)

    assert isinstance(made, NotMade)
    assert made.reason.startswith(reason)


@pytest.mark.parametrize("content", [SMUGGLED, MORE])
def test_a_copy_in_its_own_form_that_holds_another_part_is_found(content):
    """Whoever takes the writer over cannot put in what was not inspected, or was left out."""
    anew = written(content, ZIP, NOTHING_CHANGES).content
    box = Misled("rebuild", 1, other_content(anew))
    made = rebuilt(box, ORIGINAL, PARTS, DEFAULT_LIMITS)

    reason = "measures: the copy does not hold the parts that it should"
    assert NotMade(reason=reason) == made


@pytest.mark.parametrize("program", ["rebuild", "reread", "unpack"])
@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("code", list(FailureCode))
def test_a_process_that_fails_costs_the_copy(program, at, code):
    """Only the machine's own trouble is tried again."""
    if (program, at) == ("reread", 2):
        return
    box = Misled(program, at, lambda _: Failure(code=code))
    made = rebuilt(box, ORIGINAL, PARTS, DEFAULT_LIMITS)

    assert isinstance(made, NotMade)
    assert code.value in made.reason
    assert (code is FailureCode.MACHINE) is made.transient


def test_the_programs_are_there():
    """The box makes them by their names."""
    for program in programs(DEFAULT_LIMITS):
        module, function = factory_of(program)
        made = getattr(__import__(module, fromlist=[function]), function)(program.params)
        assert callable(made)
