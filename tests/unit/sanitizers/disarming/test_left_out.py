"""What a container answers by leaving parts out, and what it never does."""

import pytest

from custody.finding import Finding, FindingKind, Severity
from custody.outcome import NotScanned, Scanned
from custody.verdict import Required, Verdict, judge
from sanitizers.disarming.eligibility import without_active

REQUIRED = Required(scanners=frozenset({"archives", "yara_rules"}))
NOTHING = frozenset()
EICAR = ("yara_rules", "eicar")


def part(rule, kind, number=1, severity=Severity.SUSPICIOUS):
    """What is said of a part."""
    return Finding(
        scanner="archives", rule=rule, kind=kind, severity=severity, where=f"part {number}"
    )


MALICIOUS = part("part-malicious", FindingKind.RULE, severity=Severity.MALICIOUS)
SUSPICIOUS = part("part-suspicious", FindingKind.RULE)
DAMAGED = part("part-damaged", FindingKind.DAMAGE)
UNJUDGED = part("part-indeterminate", FindingKind.UNVERIFIABLE)
PROHIBITED = part("part-prohibited", FindingKind.ACTIVE)
ACTIVE = part("part-active", FindingKind.ACTIVE)
NAMED = part("hostile-name", FindingKind.UNVERIFIABLE)
NAMED_ELSEWHERE = part("hostile-name", FindingKind.UNVERIFIABLE, 2)
ENCRYPTED = part("part-encrypted", FindingKind.ENCRYPTION)
LOCKED = part("password-protected", FindingKind.UNVERIFIABLE)
OVERLAP = part("overlap", FindingKind.UNVERIFIABLE)


def said(*found, rules=()):
    """What scanners say of a container."""
    return (
        Scanned(scanner="archives", version="1", findings=found),
        Scanned(scanner="yara_rules", version="1", findings=tuple(map(rule, rules))),
    )


def rule(name):
    """What a rule says of the whole."""
    return Finding(
        scanner="yara_rules", rule=name, kind=FindingKind.RULE, severity=Severity.MALICIOUS
    )


def left(outcomes, left_out=None):
    """What a container would be without what goes; None if nothing does."""
    given = without_active(outcomes, left_out)
    return None if given is None else judge(given, REQUIRED).verdict


@pytest.mark.parametrize("found", [(ACTIVE,), (PROHIBITED,), (PROHIBITED, NAMED)])
def test_what_a_policy_disarms_goes(found):
    """Something active, and what is never let in with its name."""
    assert Verdict.CLEAN is left(said(*found))


@pytest.mark.parametrize(
    "found", [MALICIOUS, SUSPICIOUS, DAMAGED, UNJUDGED, NAMED, NAMED_ELSEWHERE]
)
def test_other_bad_parts_go_only_where_they_may_be_left_out(found):
    """Beside something that is never let in, or alone."""
    assert Verdict.CLEAN is not left(said(PROHIBITED, found)) or found is NAMED
    assert left(said(found)) is None
    assert Verdict.CLEAN is left(said(found), NOTHING)
    assert Verdict.CLEAN is left(said(PROHIBITED, found), NOTHING)


@pytest.mark.parametrize("found", [ENCRYPTED, LOCKED, OVERLAP])
def test_an_encrypted_part_and_a_structure_that_lies_never_go(found):
    """Nor what nobody could read."""
    assert left(said(found), NOTHING) is None
    assert Verdict.CLEAN is not left(said(ACTIVE, MALICIOUS, found), NOTHING)


def test_a_rule_that_speaks_of_the_whole_is_answered_only_if_it_speaks_of_a_part():
    """The copy is asked again; what only the whole shows stays."""
    both = said(MALICIOUS, rules=["eicar"])

    assert Verdict.CLEAN is left(both, frozenset({EICAR}))
    assert Verdict.MALICIOUS is left(both, frozenset({("antivirus", "eicar")}))
    assert Verdict.MALICIOUS is left(said(ACTIVE, rules=["eicar"]))
    assert left(said(rules=["eicar"]), frozenset({EICAR})) is None


def test_a_container_that_was_not_taken_apart_to_its_end_answers_nothing():
    """What is not known cannot be left out."""
    fault = NotScanned(scanner="archives", reason="limit: too many parts")

    assert Verdict.INDETERMINATE is left((*said(ACTIVE, MALICIOUS), fault), NOTHING)
