import gzip
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custody.outcome import Coverage
from custody.verdict import Required, Verdict, judge
from sanitizers.examining import SecondOpinion, examine
from sanitizers.limits import DEFAULT_LIMITS
from sanitizers.registry import BUILT_IN, look_forked, look_resident
from sanitizers.sniffing import open_sample
from sanitizers.understood import UNDERSTOOD
from tests.corpus.compounds import WORD_97, compound
from tests.corpus.images import bmp, dicom, gif, jpeg, png, tiff
from tests.corpus.packages import docx, odt, xlsx
from tests.corpus.pdfs import pdf

REQUIRED = Required(
    scanners=frozenset(scanner.name for scanner in BUILT_IN),
    coverages=frozenset({Coverage.WHOLE}),
)
WHOLE = [docx(), xlsx(), odt(), pdf(), png(), jpeg(), gif(), bmp(), tiff(), dicom()]
WHOLE += [compound({"WordDocument": WORD_97}), b"Bonjour", b"", b"{\\rtf1 a}", b"MSH|^~\\&|L\r"]


@pytest.mark.parametrize("content", WHOLE)
def test_plain_content_of_every_understood_type_becomes_clean(content: bytes) -> None:
    """Nothing that an ordinary writer made is held."""
    judgement = judge(look_forked(content).outcomes, REQUIRED)
    assert (judgement.verdict, judgement.reasons) == (Verdict.CLEAN, ())


@pytest.mark.parametrize("content", WHOLE)
def test_the_lane_says_who_looks(content: bytes) -> None:
    """Where the resident lane answers, the forked one would say the same."""
    answer = look_resident(open_sample(content))
    assert answer is None or answer == look_forked(content)


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (b"\x7fELF\x02\x01\x01" + bytes(60), Verdict.PROHIBITED),
        (pdf(b"<</S/JavaScript>>"), Verdict.ACTIVE),
        (pdf()[:-20], Verdict.DAMAGED),
        (bytes(5000), Verdict.DAMAGED),
        (random.Random(1).randbytes(9000), Verdict.INDETERMINATE),
        (pdf(trailer=b"/Encrypt 1 0 R"), Verdict.INDETERMINATE),
        (gzip.compress(b"words")[:-3], Verdict.DAMAGED),
    ],
)
def test_everything_else_has_its_verdict(content: bytes, verdict: Verdict) -> None:
    """What cannot be vouched for is never clean."""
    assert judge(look_forked(content).outcomes, REQUIRED).verdict is verdict


def test_libmagic_is_asked_about_what_the_table_does_not_know() -> None:
    """Its opinion can make unknown bytes a program, and nothing clean."""
    opinion = SecondOpinion()
    unknown = open_sample(b"\x01\x02\x03 no type at all \x04\x05" * 9)
    assert examine(unknown, opinion).media_type == "application/octet-stream"
    assert examine(open_sample(b"Bonjour"), opinion).media_type == "text/plain"
    assert "application/octet-stream" not in UNDERSTOOD


def test_the_limits_are_part_of_the_profile() -> None:
    """Every bound is a number with a name."""
    encoded = DEFAULT_LIMITS.encode()
    assert encoded["most_members"] == 10_000
    assert all(isinstance(value, int) for value in encoded.values())


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(WHOLE[:11]),
    st.integers(0, 4000),
    st.binary(min_size=1, max_size=8),
    st.sampled_from(["changed", "cut"]),
)
def test_mutated_documents_never_raise(content: bytes, at: int, change: bytes, damage: str) -> None:
    """Every scanner answers for every content: a finding, silence on purpose, or a reason."""
    at %= max(1, len(content))
    rest = b"" if damage == "cut" else content[at + len(change) :]
    inspection = look_forked(content[:at] + change + rest)
    assert [outcome.scanner for outcome in inspection.outcomes] == [s.name for s in BUILT_IN]
