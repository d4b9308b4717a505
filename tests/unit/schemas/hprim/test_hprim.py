import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.detection import media_type_of
from schemas.hprim.schema import Hprim
from schemas.interface import Record
from tests.corpus.hprim import HEADER, PATIENT, SEGMENTS, changed, without, written
from tests.corpus.resources import PROGRAM
from tests.corpus.validating import codes, said_by, spans


def told(content):
    """The codes that are said of some bytes."""
    return codes(said_by(Hprim(), content))


def refused(content):
    """Whether a message is refused."""
    said = said_by(Hprim(), content)
    return any(isinstance(i, Record) and i.fate.value == "refused" for i in said)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_sound_messages_are_accepted_without_a_word(end):
    """Every line end that programs write; each message is one record, to its last byte."""
    content = written(end=end)

    assert "application/hprim" == media_type_of(memoryview(content))
    assert [] == told(content * 2)
    assert [(0, len(content)), (len(content), 2 * len(content))] == spans(
        said_by(Hprim(), content * 2)
    )


def test_letters_and_addenda_are_read_as_the_recommendation_says():
    """ISO 8859-1, UTF-8, a long line cut in two, and the last byte of DOS."""
    assert [] == told(changed("CAMILLE", "HÉLÈNE"))
    assert [] == told(written().replace(b"CAMILLE", "HÉLÈNE".encode()))
    cut = changed("L|1||1|7|", "L|1||1|8|").replace(b"~DR MARTIN~L", b"~DR MAR\rA|TIN~L")
    assert [] == told(cut)
    assert [] == told(written() + b"\x1a")


BROKEN = {
    "bytes before": (b"hello\r" + written(), "HPR-001"),
    "bytes behind": (written() + b"hello", "HPR-001"),
    "two equal separators": (changed("H|~^\\&|", "H|~^\\^|"), "HPR-002"),
    "no segment": (changed("C|1|L|Controle", "controle"), "HPR-003"),
    "cut in the middle": (written()[:200], "HPR-004"),
    "without its end": (written(SEGMENTS[:-1]), "HPR-004"),
    "cut in its last line": (written()[:-1], "HPR-004"),
    "a patient too few": (changed("L|1||1|7|", "L|1||2|7|"), "HPR-005"),
    "a line too few": (changed("L|1||1|7|", "L|1||1|9|"), "HPR-005"),
    "no context": (changed("||ORU|", "|||"), "HPR-006"),
    "no patient": (without(1), "HPR-007"),
    "no order": (without(2), "HPR-007"),
    "a patient of nobody": (
        changed("P|1|398|S2603120001||DURAND~CAMILLE|", "P|1|||||"),
        "HPR-008",
    ),
    "a result of nothing": (changed("|HB~Hemoglobine~L|", "||"), "HPR-008"),
    "impossible day": (changed("|202603121200|", "|202602311200|"), "GEN-008"),
    "born tomorrow": (changed("|19610714|", "|20990714|"), "GEN-009"),
    "zero byte": (changed("CAMILLE", "CAM\x00LLE"), "GEN-004"),
    "control": (changed("CAMILLE", "CAM\x02LLE"), "GEN-004"),
    "program": (
        changed("|NM|HB~Hemoglobine~L||13.2|",
                f"|ED|PDF||LABO~PDF~~Base64~{base64.b64encode(PROGRAM).decode()}|"),
        "GEN-015",
    ),
    "share": (
        changed("|NM|HB~Hemoglobine~L||13.2|", "|FIC|TEXTE~~L||GALAXIE~//srv/x~TXT|"), "HPR-016",
    ),
    "noise": (written()[:120] + bytes(range(128, 256)) * 2 + b"\rL|1\r", "GEN-012"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_each_fault_is_refused_by_its_own_reason(name):
    """One change that makes a message wrong is found."""
    content, code = BROKEN[name]

    assert code in told(content)
    assert refused(content)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (changed("OBX|2|", "OBX|3|"), "HPR-009"),
        (
            changed("|NM|HB~Hemoglobine~L||13.2|", "|ED|PDF||LABO~PDF~~Base64~aGVsbG8=|"),
            "GEN-017",
        ),
        (changed("|F||1 RUE", "|X||1 RUE"), "HPR-010"),
        (changed("|H2.2~C|", "|H9~C|"), "HPR-010"),
        (changed("||ORU|", "||XYZ|"), "HPR-010"),
        (changed("|202603121200|", "|12/03/26|"), "HPR-011"),
        (changed("|P|H2.2", "|T|H2.2"), "HPR-012"),
        (changed("Controle", "<img src=x>"), "HPR-013"),
        (changed("C|1|L|Controle", "ZZZ|1"), "HPR-014"),
        (changed("||13.2|", "||treize|"), "HPR-015"),
        (changed("|202603121200|", "|209903121200|"), "GEN-014"),
    ],
    ids=range(11),
)
def test_habits_are_accepted_and_flagged(content, code):
    """What is odd and harmless is told, and does not cost the message."""
    assert [code] == told(content)
    assert not refused(content)


def test_a_file_beside_is_named_and_not_refused():
    """The recommendation lets a result name a file that is sent with it."""
    named = changed("|NM|HB~Hemoglobine~L||13.2|", "|FIC|TEXTE~~L||GALAXIE~AL1.j1~TXT|")
    assert [] == told(named)


def test_ranks_begin_anew_below_each_patient():
    """Two patients, each with an order and results of their own."""
    second = PATIENT.replace("P|1|398|S2603120001", "P|2|399|S2603120002")
    content = written([*SEGMENTS[:-1], second, *SEGMENTS[2:-1], "L|1||2|12|"])
    assert [] == told(content)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=8), st.integers(0, len(written()) - 1), st.integers(0, 40))
def test_damage_costs_one_record_and_loses_no_byte(noise, at, dropped):
    """Wherever bytes are lost or put, each byte is of one record, and the next message whole."""
    whole = written()
    content = whole[:at] + noise + whole[at + dropped :] + whole
    found = spans(said_by(Hprim(), content))
    covered = b"".join(content[start:end] for start, end in found)

    assert content.replace(b"\r", b"").strip() == covered.replace(b"\r", b"").strip()
    assert found == sorted(found)


def test_other_separators_are_followed():
    """A header may choose its own signs."""
    own = written().replace(b"|", b"!")
    assert [] == told(own)
    assert HEADER.startswith("H|~^\\&|")
