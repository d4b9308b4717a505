"""What a recovery report says of the cause, and that its pages say all of it in both languages."""

import pytest

from cleanzone.certificate_words import ENGLISH, FRENCH
from cleanzone.last_clean import Gap, Mark
from cleanzone.printing.pdf import print_page
from cleanzone.recovery import WORDS, Conclusion, conclusion, render_report
from cleanzone.recovery_words import RECOVERY_ENGLISH, RECOVERY_FRENCH
from custody.case import CaseKind
from custody.digest import digest_of
from custody.verdict import Verdict

CLEAN = {Verdict.CLEAN: 9, Verdict.DAMAGED: 2}
DIGEST = digest_of(b"report")
SERVICE = {
    "service": "wards <b>",
    "restore": 5,
    "bytes": "12345",
    "marks": {mark.value: 1 for mark in Mark},
    "missing": 7,
    "why": [
        {"outcome": o, "verdict": "encrypted", "stage": "set-aside", "why": "noise", "paths": 3}
        for o in (*(gap.value for gap in Gap), "encrypted-copy")
    ],
}


@pytest.mark.parametrize(
    ("kind", "verdicts", "unjudged", "unfinished", "expected"),
    [
        (CaseKind.ATTACK, CLEAN, 0, False, Conclusion.ATTACK),
        (CaseKind.FAILURE, CLEAN, 0, False, Conclusion.FAILURE),
        (CaseKind.FAILURE, CLEAN | {Verdict.ENCRYPTED: 1}, 0, False, Conclusion.CONTRADICTED),
        (CaseKind.FAILURE, CLEAN | {Verdict.MALICIOUS: 1}, 3, True, Conclusion.CONTRADICTED),
        (CaseKind.FAILURE, CLEAN | {Verdict.SUSPICIOUS: 1}, 0, False, Conclusion.CONTRADICTED),
        (CaseKind.FAILURE, CLEAN | {Verdict.INDETERMINATE: 1}, 0, False, Conclusion.UNPROVEN),
        (CaseKind.FAILURE, CLEAN, 1, False, Conclusion.UNPROVEN),
        (CaseKind.FAILURE, CLEAN, 0, True, Conclusion.UNPROVEN),
        (CaseKind.FAILURE, {}, 0, False, Conclusion.UNPROVEN),
    ],
)
def test_not_an_attack_is_said_only_where_everything_was_judged(
    kind, verdicts, unjudged, unfinished, expected
):
    """One sign contradicts it, one gap leaves it unproven, and nothing read proves nothing."""
    assert expected == conclusion(kind, verdicts, unjudged=unjudged, unfinished=unfinished)


def a_report(said):
    """A report with everything that a page can say."""
    return {
        "case": "dax-2021",
        "kind": "failure",
        "intrusion": None,
        "cut_off": None,
        "made_at": "2026-11-29T17:00:00.000000Z",
        "unfinished": ["srv1-sunday"],
        "conclusion": said.value,
        "verdicts": {verdict.value: 1 for verdict in Verdict},
        "unjudged": 4,
        "services": [SERVICE, SERVICE | {"service": "", "why": [], "missing": 0, "marks": {}}],
        "no_reference": ["srv1"],
        "unnamed": 2,
        "sets": [
            {"set": "s1", "service": "", "files": 5, "opened_at": opened, "deliveries": 1}
            for opened in (None, "2026-11-29T17:00:00.000000Z")
        ],
        "data_as_of": [{"source": "s", "host": "srv1", "snapshot": None, "decryptor": "tool"}],
        "ledger": {"origin": "o", "size": 3, "root": "00", "key": "11"},
        "anchors": [],
    }


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("said", Conclusion)
def test_every_conclusion_is_a_page_and_a_print(said, language):
    """No word is missing in either language, and no value becomes markup."""
    page = render_report(a_report(said), language, DIGEST)

    assert "wards &lt;b&gt;" in page
    assert DIGEST in page
    assert str(SERVICE["missing"]) in page
    assert page.count("http") == page.count("http-equiv")
    assert print_page(page, title="t", language=language).startswith(b"%PDF-")


def test_both_languages_say_the_same_things():
    """Each word stands in both."""
    assert ENGLISH.keys() == FRENCH.keys()
    assert RECOVERY_ENGLISH.keys() == RECOVERY_FRENCH.keys()
