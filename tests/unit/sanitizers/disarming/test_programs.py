"""The programs of the box: what a disarmer says, in a shape that its caller can check."""

from custody.box import Answer, Produced
from sanitizers.disarming.interface import (
    CannotDisarmError,
    Copy,
    Disarmer,
    Measures,
    Removed,
    Switch,
)
from sanitizers.disarming.making import Made, Original, disarmed
from sanitizers.disarming.programs import MOST_LISTED, Disarm, Prove, disarming, proving
from sanitizers.limits import DEFAULT_LIMITS, Limits
from tests.corpus.boxes import HeldSample
from tests.corpus.calendars import calendar, sound, starting

TYPE = "text/calendar"


class Box:
    """Runs the two programs in this process, and keeps what they emit."""

    def __init__(self, disarm, prove):
        self.programs = {"disarm": disarm, "prove": prove}

    def run(self, jobs):
        """Yield one answer a job."""
        for job in jobs:
            emitted = Emitted()
            said = self.programs[job.program](HeldSample(job.content), job.params, emitted)
            yield Answer(untrusted_value=said, produced=tuple(emitted))


class Emitted(list):
    """The streams that a program emitted."""

    def __call__(self, label, content):
        """Keep one."""
        self.append(Produced(untrusted_label=label, content=content))


def made_of(content, disarmer=None, limits=DEFAULT_LIMITS, switches=frozenset()):
    """What becomes of a calendar, under our disarmer or another one."""
    params = {"limits": dict(limits.encode())}
    box = Box(disarming(params), proving(params))
    if disarmer is not None:
        box = Box(Disarm({TYPE: disarmer}, limits), Prove({TYPE: disarmer}, limits))
    return disarmed(
        box, Original(content=content, size=len(content), media_type=TYPE), switches, limits
    )


def fake(disarm=None, measure=None, walk=None):
    """A disarmer that takes the first byte out, or does otherwise."""
    return Disarmer(
        disarm=disarm or (lambda content, _: copy_of(content.lstrip(b"!"))),
        measure=measure
        or (lambda content: Measures(values={"text": str(len(content.lstrip(b"!")))})),
        walk=walk or (lambda content: ("a.mark",) if content.startswith(b"!") else ()),
    )


def length(content):
    """How long a text is without its marks."""
    return Measures(values={"text": str(len(content.lstrip(b"!")))})


def copy_of(content, *removed):
    """A copy that lacks something."""
    return Copy(
        content=content, media_type=TYPE, removed=removed or (Removed(code="a.mark", where="0"),)
    )


def test_a_calendar_is_disarmed_and_proven():
    """Through both programs, as the box runs them."""
    made = made_of(calendar(starting(), sound()))

    assert isinstance(made, Made)
    assert calendar(sound()) == made.content


def test_what_cannot_be_disarmed_says_why():
    """Signed documents are held for their owners."""

    def refuse(content, switches):
        raise CannotDisarmError("it is signed: held for its owner")

    assert "refused: it is signed: held for its owner" == made_of(b"!x", fake(refuse)).reason


def test_content_that_cannot_be_read_says_why():
    """The named faults of readers keep their names."""
    reason = made_of(calendar(starting()[:-12])).reason

    assert "malformed: an alarm has no end" == reason


def test_a_disarmer_that_leaves_something_is_found_out():
    """The walk does not know how the copy was made."""
    made = made_of(b"!!x", fake(lambda content, _: copy_of(content[1:] or b"x")))

    assert made.reason.startswith(("again", "walk of the copy: a.mark"))


def test_a_disarmer_that_loses_text_is_found_out():
    """What is measured differs."""
    made = made_of(b"!some text", fake(lambda content, _: copy_of(b"some")))

    assert "measures: text differs between original and copy" == made.reason


def test_a_content_beyond_the_bounds_is_not_read():
    """The bound is that of every other reader."""
    limits = Limits(most_content_bytes=8)

    assert "limit: larger than 8 bytes" == made_of(b"!" * 9, fake(), limits).reason


def test_very_many_places_are_told_as_numbers():
    """So that a document with a million links is told of, and not held for its report."""
    many = tuple(Removed(code="a.mark", where=str(n)) for n in range(MOST_LISTED + 1))
    made = made_of(b"!x", fake(lambda content, _: copy_of(content.lstrip(b"!"), *many)))

    assert (Removed(code="a.mark", times=MOST_LISTED + 1),) == made.removed


def test_switches_reach_the_disarmer():
    """As values of ours, not as words."""
    seen = []

    def note(content, switches):
        seen.append(switches)
        return copy_of(content.lstrip(b"!"))

    made_of(b"!x", fake(note), switches=frozenset({Switch.PIXELS}))

    assert [frozenset({Switch.PIXELS})] * 2 == seen
