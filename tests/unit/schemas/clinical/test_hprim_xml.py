import pytest

from schemas.clinical.hprim_xml import HprimXml
from schemas.detection import media_type_of
from schemas.interface import Record
from tests.corpus.validating import codes, said_by, spans

MESSAGE = """<?xml version="1.0" encoding="ISO-8859-1"?>
<evenementsPatients xmlns="http://www.hprim.org/hprimXML" version="1.05">
 <enteteMessage><identifiantMessage>M1</identifiantMessage>
  <dateHeureProduction>2026-03-12T08:00:00</dateHeureProduction></enteteMessage>
 <evenementPatient><enregistrementPatient><patient><personnePhysique sexe="F">
   <nomUsuel>DURAND</nomUsuel><dateNaissance><date>1961-07-14</date></dateNaissance>
   <numeroSecuriteSociale>262087503203977</numeroSecuriteSociale>
  </personnePhysique></patient></enregistrementPatient></evenementPatient>
</evenementsPatients>
"""


def told(text):
    """The codes that are said of a message, but that there is one validator alone."""
    said = said_by(HprimXml(), text.encode("latin-1"))
    return [c for c in codes(said) if c != "GEN-013"]


def test_a_sound_message_is_one_record():
    """Accepted without a word, to its last byte."""
    content = MESSAGE.encode()

    assert "application/hprim+xml" == media_type_of(memoryview(content))
    assert [] == told(MESSAGE.replace("DURAND", "HÉLÈNE"))
    assert [(0, len(content))] == spans(said_by(HprimXml(), content))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("</evenementsPatients>", "", "XML-001"),
        ("?>", '?><!DOCTYPE x [<!ENTITY e "x">]>', "XML-002"),
        ("enteteMessage>", "tete>", "XML-008"),
        ("hprim.org/hprimXML", "hprim.org/other", "XML-008"),
        ("</patient>", "</patient><patient/>", "XML-007"),
        ("1961-07-14", "1961-07-45", "GEN-008"),
        ("1961-07-14", "2061-07-14", "GEN-009"),
        ("2026-03-12T08", "2026-02-31T08", "GEN-008"),
        ("<nomUsuel>", '<nomUsuel href="javascript:x()">', "GEN-019"),
    ],
)
def test_each_fault_refuses_the_message(old, new, code):
    """Cut, foreign, of two patients, impossible or planted."""
    text = MESSAGE.replace(old, new)
    said = said_by(HprimXml(), text.encode())

    assert code in told(text)
    assert ["refused"] == [i.fate.value for i in said if isinstance(i, Record)]


def test_a_wrong_key_is_told():
    """A number that a person typed is no damage of the file."""
    text = MESSAGE.replace("262087503203977", "262087503203978")
    assert ["ID-002"] == told(text)
