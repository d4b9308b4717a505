"""What clamd's words amount to: only a plain OK is a scan without findings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import SettingsError
from custody.finding import Severity
from custody.outcome import NotScanned, Scanned
from sanitizers.antivirus.clamd import Clamd, Database
from sanitizers.antivirus.judging import SCANNER, Antivirus, outcome_of
from sanitizers.inspection import Inspector
from sanitizers.policy_file import read_policy

VERSION = "1 1.4.6/27000"


@pytest.mark.parametrize(
    ("words", "severity"),
    [
        ("Win.Test.EICAR_HDB-1 FOUND", Severity.MALICIOUS),
        ("Site.Signature.UNOFFICIAL FOUND", Severity.MALICIOUS),
        ("PUA.Win.Tool.Packed-1 FOUND", Severity.SUSPICIOUS),
        ("Heuristics.Encrypted.Zip FOUND", Severity.SUSPICIOUS),
    ],
)
def test_a_name_is_a_finding(words, severity):
    """What is only unwanted, or only looks like something, is not called malicious."""
    (finding,) = outcome_of(words, VERSION).findings

    assert (words.removesuffix(" FOUND"), severity) == (finding.rule, finding.severity)


@pytest.mark.parametrize(
    ("words", "transient"),
    [
        ("Heuristics.Limits.Exceeded.MaxRecursion FOUND", False),
        ("INSTREAM size limit exceeded. ERROR", False),
        ("Can't allocate memory ERROR", True),
        ("FOUND", True),
        ("ok", True),
        ("", True),
    ],
)
def test_what_it_did_not_judge_is_said(words, transient):
    """Its own bounds stay as they are; what else went wrong is tried again."""
    outcome = outcome_of(words, VERSION)

    assert isinstance(outcome, NotScanned)
    assert transient == outcome.transient


@given(st.text())
def test_no_other_words_are_clean(words):
    """Whatever it answers, silence is never made of it."""
    outcome = outcome_of(words, VERSION)

    clean = isinstance(outcome, Scanned) and not outcome.findings
    assert (words == "OK") == clean
    assert SCANNER == outcome.scanner


@pytest.mark.parametrize("place", ["clamd", "host", "host:port", "host:3310/x", ":3310"])
def test_a_place_that_is_none_is_refused(place):
    """A setting is a path or HOST:PORT."""
    with pytest.raises(SettingsError, match=r"antivirus\.clamd"):
        Clamd(place)


def test_its_engine_and_database_are_part_of_the_profile(tmp_path):
    """What another database judged has to be judged again."""

    def digest(number):
        database = Database(engine="1.4.6", number=number, dated="")
        antivirus = Antivirus(clamd=Clamd("/run/clamd"), database=database)
        inspector = Inspector(
            policy=read_policy("strict"),
            packs=(),
            cache=tmp_path,
            sandboxed=True,
            antivirus=antivirus,
        )
        return inspector.profile.digest

    assert digest("27000") == digest("27000") != digest("27001")
