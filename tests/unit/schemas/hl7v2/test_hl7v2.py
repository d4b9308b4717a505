import base64

import pytest

from schemas.hl7v2.schema import Hl7v2
from schemas.interface import Record, Run
from tests.corpus.messages import admission, batch, framed, header, result, written
from tests.corpus.validating import codes, said_by, spans

PID_TWICE = "PID|1||P2^^^NORD^PI||MARTIN^Dominique||19700101|M"
ZBE = "ZBE|MV1^DPI|20260312073000||INSERT|N|||CHIR"


def told(content):
    """The codes that are said of some bytes."""
    return codes(said_by(Hl7v2(), content))


def changed(segments, **fields):
    """Segments with fields replaced: `PID_7="..."`."""
    done = []
    for segment in segments:
        parts = segment.split("|")
        for name, value in fields.items():
            segment_name, _, number = name.partition("_")
            if parts[0] == segment_name:
                place = int(number) - (parts[0] == "MSH")
                parts += [""] * (place + 1 - len(parts))
                parts[place] = value
        done.append("|".join(parts))
    return done


@pytest.mark.parametrize(
    "content",
    [
        written(admission()),
        written(result()),
        framed(written(admission("M1"))) + framed(written(result("R2"))),
        batch([written(admission("M1")), written(result("R2"))]),
        written([*admission(), ZBE]),
        written(
            [
                header("MDM^T01", "D1"),
                "EVN|T01|20260312",
                *admission()[2:],
                "TXA|1|CN||||||||||D1^DPI|||||LA",
            ]
        ),
        written([header("SIU^S12", "S1"), "SCH|A1|||||ROUTINE", "RGS|1"]),
        written([header("ORM^O01", "O1"), admission()[2], "ORC|NW|1"]),
    ],
    ids=["ADT", "ORU", "MLLP", "batch", "PAM.fr", "MDM", "SIU", "ORM"],
)
def test_sound_messages_are_accepted_without_a_word(content):
    """What follows the standard is accepted, every kind and every framing of it."""
    assert [] == told(content)


@pytest.mark.parametrize(
    ("segments", "code"),
    [
        ([*admission()[:3], PID_TWICE, admission()[3]], "HL7-009"),
        (admission()[:2], "HL7-010"),
        (changed(admission(), PID_3=""), "HL7-011"),
        (changed(admission(), MSH_10=""), "HL7-006"),
        (changed(admission(), MSH_11="X"), "HL7-006"),
        (changed(admission(), PID_7="19801399"), "GEN-008"),
        (changed(admission(), PID_7="20991231"), "GEN-009"),
        (changed(admission(), PID_7="17000101"), "GEN-009"),
        (changed(admission(), PID_29="19500101"), "GEN-010"),
        (changed(admission(), PV1_45="20250101"), "GEN-010"),
        ([*admission(), "OB\x01|1"], "HL7-003"),
        ([*admission(), "OBZ|1"], "HL7-003"),
        (changed(admission(), PID_5="DU\x00RAND"), "GEN-004"),
        (changed(admission(), PID_5="DU\u202eRAND"), "GEN-005"),
        (changed(admission(), PID_5="DU\x1cRAND"), "HL7-018"),
        (result(kind="RP", value="file:///etc/passwd"), "HL7-015"),
        (result(kind="RP", value="\\\\serveur\\partage\\x"), "HL7-015"),
        (result(code=""), "HL7-011"),
        (result(kind="ED", value="A^AP^PDF^Base64^!!!"), "GEN-016"),
        (result(kind="DT", value="20260230"), "GEN-008"),
        ([header(charset="KLINGON"), *admission()[1:]], "GEN-003"),
    ],
)
def test_what_is_garbled_or_impossible_is_refused(segments, code):
    """Each kind of damage refuses its message, with its own reason."""
    said = said_by(Hl7v2(), written(segments))

    assert code in codes(said)
    assert ["refused"] == [item.fate.value for item in said if isinstance(item, Record)]


@pytest.mark.parametrize(
    ("segments", "code"),
    [
        (changed(admission(), MSH_12="2.8"), "HL7-023"),
        (changed(admission(), MSH_12="2.5.9"), "HL7-025"),
        (changed(admission(), MSH_11="T"), "HL7-024"),
        ([header("DFT^P03", "F1"), *admission()[1:]], "HL7-022"),
        ([*admission(), "ZXX|1"], "HL7-021"),
        (changed(admission(), PID_8="1"), "HL7-025"),
        (changed(admission(), PID_7="14/07/1961"), "HL7-031"),
        (changed(admission(), PV1_19=""), "HL7-028"),
        ([admission()[0], *admission()[2:]], "HL7-028"),
        (result(value="Positif"), "HL7-032"),
        (result(code="718-8^Hémoglobine^LN"), "HL7-034"),
        (result(kind="ST", value="C:\\temp"), "HL7-013"),
        (result(kind="ST", value="<script>alert(1)</script>"), "HL7-029"),
        (changed(admission(), EVN_2="20300101"), "GEN-014"),
        (changed(admission(), MSH_18="", PID_5="Renée"), "HL7-033"),
    ],
)
def test_habits_are_accepted_and_flagged(segments, code):
    """What old systems do by habit is told and does not cost the record."""
    said = said_by(Hl7v2(), written(segments))

    assert [code] == codes(said)
    assert ["flagged"] == [item.fate.value for item in said if isinstance(item, Record)]


@pytest.mark.parametrize(
    ("value", "code"),
    [("< 0,5", []), (">=12.5", []), ("1e-3", []), ('""', []), ("13.2~14", [])],
)
def test_numbers_as_laboratories_write_them_are_numbers(value, code):
    """Comparisons, exponents, repetitions and deletions are numeric results."""
    assert code == told(written(result(value=value)))


INS = "PID|1||P1^^^NORD^PI~{}^^^ASIP-SANTE-INS-NIR&{}&ISO^INS||DURAND^Camille||19610714|F"
RPPS = "{}^MEDECIN^Claude^^^^^^ASIP-SANTE-PS&1.2.250.1.71.4.2.1&ISO"


@pytest.mark.parametrize(
    ("segments", "code"),
    [
        (admission(patient=INS.format("262087503203977", "1.2.250.1.213.1.4.8")), []),
        (admission(patient=INS.format("262087503203978", "1.2.250.1.213.1.4.8")), ["ID-002"]),
        (admission(patient=INS.format("262087503203978", "1.2.250.1.213.1.4.10")), []),
        (admission(patient=INS.format("26208", "1.2.250.1.213.1.4.8")), ["ID-006"]),
        (changed(admission(), PV1_7=RPPS.format("801234567897")), []),
        (changed(admission(), PV1_7=RPPS.format("01234567896")), ["ID-002"]),
    ],
)
def test_people_are_checked_by_their_authority(segments, code):
    """INS and RPPS are known by their OIDs and have keys; those of test namespaces are fake."""
    assert code == told(written(segments))


def test_line_ends_of_editors_are_flagged():
    """A message that was saved with LF or CRLF is whole, and that it was saved so is told."""
    assert ["HL7-020"] == told(written(admission(), "\n"))
    assert ["HL7-020"] == told(written(admission(), "\r\n"))


def test_a_message_that_is_cut_on_the_wire_is_refused():
    """With CR line ends the last segment has one too; a frame has its end."""
    assert ["HL7-004"] == told(written(admission())[:-5])
    assert "HL7-004" in told(framed(written(admission()))[:-20])


def test_two_messages_in_one_are_refused():
    """A header inside of a line makes one damaged message of two."""
    assert "HL7-005" in told(written(admission("M1"))[:-30] + written(admission("M2")))


def test_separators_that_mean_nothing_are_refused():
    """Without proper separators no field of a message is where it seems to be."""
    assert ["HL7-002"] == told(b"MSH|^^~&|DPI|NORD\rPID|1\r")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (batch([written(admission())], told=2), "HL7-007"),
        (batch([written(admission())], batches="3"), "HL7-007"),
        (batch([written(admission())], told="x"), "HL7-007"),
        (batch([written(admission())])[:-7], "HL7-008"),
        (b"BHS|^~\\&|A\r" + written(admission()), "HL7-008"),
        (written(admission()) + b"BTS|1\r", "HL7-008"),
    ],
)
def test_trailers_that_lie_or_lack_are_told(content, code):
    """Counts that contradict the messages, and envelopes that do not close, are about the whole."""
    said = said_by(Hl7v2(), content)

    assert code in codes(said)
    assert 1 == sum(isinstance(item, Record | Run) for item in said)


def test_a_trailer_without_a_count_says_nothing():
    """BTS-1 may be empty (HL7 v2.5.1 §2.15.3)."""
    assert [] == told(batch([written(admission())], told=""))


def test_the_same_control_id_with_other_content_is_refused():
    """A message that another one pretends to be is a contradiction; a repetition is a habit."""
    one, other = written(admission("M1")), written(changed(admission("M1"), PID_8="M"))

    assert ["HL7-017"] == told(one + other)
    assert ["HL7-026"] == told(one + one)


def test_an_admission_after_the_discharge_is_flagged():
    """Events of one visit in an impossible order are told."""
    left = written(admission("M1", event="A03"))

    assert ["HL7-030"] == told(left + written(admission("M2")))
    assert [] == told(left + written(admission("M2", visit="V2")))


def test_attachments_are_known_by_their_bytes():
    """A program in a result is found whatever the message calls it; a document is not one."""
    program = base64.b64encode(b"MZ" + bytes(58) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0").decode()
    page = base64.b64encode(b"%PDF-1.4\n%%EOF\n").decode()

    assert ["GEN-015"] == told(written(result(kind="ED", value=f"A^AP^PDF^Base64^{program}")))
    assert [] == told(written(result(kind="ED", value=f"A^AP^PDF^Base64^{page}")))


def test_hexadecimal_escapes_hide_nothing():
    """Characters that are written as hexadecimal are judged like those that are not."""
    assert ["GEN-004"] == told(written(result(kind="ST", value="a\\X0001\\b")))
    assert [] == told(written(result(kind="ST", value="a\\X0D0A\\b\\.br\\c\\F\\d")))


def test_the_declared_character_set_decides():
    """Latin letters are right when they are declared, and garbled when UTF-8 is."""
    latin = changed(admission(), MSH_18="8859/1", PID_5="Renée")
    assert [] == told("".join(s + "\r" for s in latin).encode("latin-1"))
    wrong = changed(admission(), PID_5="Renée")
    assert "GEN-003" in told("".join(s + "\r" for s in wrong).encode("latin-1"))


def test_random_bytes_in_a_message_are_no_text():
    """A block of random bytes inside of a message is told as encryption."""
    block = bytes(range(128, 256)) * 8
    assert "GEN-012" in told(written(admission())[:-1] + block + b"\r")


def test_records_cover_the_messages_byte_for_byte():
    """The spans of the records are the messages, so that accepted ones can be copied out."""
    one, two = framed(written(admission("M1"))), framed(written(result("R2")))

    assert [(0, len(one)), (len(one), len(one) + len(two))] == spans(said_by(Hl7v2(), one + two))


def test_stray_bytes_are_a_refused_record():
    """Bytes that belong to no message are counted and refused, never dropped."""
    said = said_by(Hl7v2(), b"garbage\r" + written(admission()))

    assert ["HL7-001"] == codes(said)
    assert 2 == sum(isinstance(item, Record | Run) for item in said)
