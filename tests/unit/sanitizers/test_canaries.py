import pytest

from custody.errors import RulesError
from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Inspection, NotScanned, Scanned
from sanitizers.canaries import BUILT_IN, EICAR, Canary, missed, must_find_all
from sanitizers.registry import BUILT_IN as SCANNERS

CANARY = Canary(scanner="looker", content=b"x", kind=FindingKind.DAMAGE)


def seen(scanner: str, kind: FindingKind) -> Inspection:
    """Return an inspection with one finding."""
    finding = Finding(scanner=scanner, rule="r", kind=kind, severity=Severity.SUSPICIOUS)
    outcome = Scanned(scanner=scanner, version="1", findings=(finding,))
    return Inspection(media_type="", outcomes=(outcome,))


def test_every_built_in_scanner_has_a_canary() -> None:
    """No scanner is trusted without proof that it sees."""
    assert {canary.scanner for canary in BUILT_IN} == {scanner.name for scanner in SCANNERS}


def test_eicar_has_its_published_length() -> None:
    """The halves give exactly the 68 characters of the test file."""
    assert (len(EICAR), EICAR[:4], EICAR[-4:]) == (68, b"X5O!", b"H+H*")


def test_a_canary_that_is_found_is_not_missed() -> None:
    """The finding has to be of the right scanner and kind."""
    assert missed(lambda _: seen("looker", FindingKind.DAMAGE), [CANARY]) == ""


@pytest.mark.parametrize(
    "inspection",
    [
        seen("other", FindingKind.DAMAGE),
        seen("looker", FindingKind.TYPE),
        Inspection(media_type="", outcomes=()),
        Inspection(media_type="", outcomes=(NotScanned(scanner="looker", reason="blind"),)),
    ],
)
def test_anything_else_is_a_miss(inspection: Inspection) -> None:
    """Another scanner's finding, another kind, silence and a failure are misses by name."""
    assert missed(lambda _: inspection, [CANARY]) == "looker"


def test_a_canary_of_the_other_lane_says_nothing() -> None:
    """What a lane leaves to the other is not a miss in this one."""
    assert missed(lambda _: None, [CANARY]) == ""


def test_a_miss_refuses_the_start() -> None:
    """A blind scanner stops the start with its name and a next step; sight lets it go on."""
    must_find_all("")
    with pytest.raises(RulesError, match="looker is blind") as caught:
        must_find_all("looker")
    assert caught.value.next_step
