"""Each format names its patient where its standard says, also in a record that is cut."""

import time
from datetime import datetime

import pytest

from cli.hospital.dicom import Study, instance
from cli.hospital.people import patient
from schemas.subjects.documents import (
    FHIR_ID,
    in_cda,
    in_dicom,
    in_fhir,
    in_hprim_xml,
    in_kmehr,
)
from schemas.subjects.messages import in_hl7, in_hprim
from schemas.subjects.systems import INS, NISS, system_of, value_of, values_meant
from tests.corpus import hprim, messages, resources
from tests.corpus.clinical import CDA, KMEHR


def test_hl7_names_its_patient_by_oid_or_by_local_name():
    """PID-3 repeats; of an authority the OID counts, else its name."""
    pid = "PID|1||P1^^^NORD^PI~262087503203977^^^ASIP&1.2.250.1.213.1.4.8&ISO^INS||DURAND"
    content = messages.written(messages.admission(patient=pid))

    assert [("NORD", "P1"), ("1.2.250.1.213.1.4.8", "262087503203977")] == list(in_hl7(content))


def test_hl7_with_other_separators_and_a_merge():
    """What MSH declares separates; MRG-1 is the number that a patient had before."""
    content = b"MSH$*%\\#$A$B\rPID$1$$P1***NORD\rMRG$OLD***NORD\r"

    assert [("NORD", "P1"), ("NORD", "OLD")] == list(in_hl7(content))


def test_hl7_with_the_number_at_its_old_place():
    """PID-2 counts where PID-3 is empty."""
    assert [("hl7:pid", "P7")] == list(in_hl7(b"MSH|^~\\&|A\rPID|1|P7||\r"))


def test_a_message_that_is_cut_inside_of_its_patient():
    """What is left of the segment is read."""
    assert [("NORD", "P1")] == list(in_hl7(b"MSH|^~\\&|A|B\rPID|1||P1^^^NORD"))


def test_hprim_names_its_patient():
    """P-3 is the asking side's number, P-4 the answering side's."""
    expected = [("hprim:asking", "398"), ("hprim:answering", "S2603120001")]

    assert expected == list(in_hprim(hprim.written()))


def test_fhir_names_patients_by_reference_and_by_identifier():
    """A resource points at its patient; a Patient has its own id and identifiers."""
    patient = {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [{"system": "urn:oid:1.2.3", "value": "77"}],
    }
    bundle = {"resourceType": "Bundle", "entry": [{"resource": patient}]}
    pointing = b'{"resourceType":"Observation","subject":{"reference":"https://h/fhir/Patient/p2"}}'
    expected = [(FHIR_ID, "p1"), ("urn:oid:1.2.3", "77")]

    assert expected == list(in_fhir(resources.line(patient)))
    assert expected == list(in_fhir(resources.line(bundle)))
    assert expected == list(in_fhir(resources.document(patient)))
    assert [(FHIR_ID, "p2")] == list(in_fhir(pointing))
    assert [(FHIR_ID, "p2")] == list(in_fhir(pointing[:-3]))


def test_documents_name_their_patient():
    """CDA by patientRole, KMEHR by INSS, HPRIM XML by its identifiers; other people are none."""
    xml = b"<patient><identifiant><emetteur><valeur>E1</valeur></emetteur></identifiant>"

    assert [("1.2.250.1.213.1.4.8", "262087503203977")] == list(in_cda(CDA.encode()))
    assert [("niss", "85073003328")] == list(in_kmehr(KMEHR.encode()))
    assert [("hprim-xml", "E1")] == list(in_hprim_xml(xml))


def test_dicom_names_its_patient_also_when_it_is_cut():
    """Patient ID is found near the head of the file."""
    someone = patient(1)
    study = Study(
        number=1, patient=someone, description="x", at=datetime.fromisoformat("2026-03-01")
    )
    image = instance(study, 1)
    found = list(in_dicom(image))

    assert 1 == len(found)
    assert found == list(in_dicom(image[:-100]))
    assert found[0][1].encode() in image


@pytest.mark.parametrize(
    ("system", "value", "expected"),
    [
        ("1.2.250.1.213.1.4.8", "2 62 08 75 032 039 77", (INS, "2620875032039")),
        ("nir", "2620875032039", (INS, "2620875032039")),
        ("SSIN", "85.07.30-033.28", (NISS, "85073003328")),
        ("NORD", " p 1 ", ("nord", "P1")),
        ("", "x", ("other", "X")),
        ("a\tb", "\t", ("other", "")),
        ("NORD", "a\x00b", ("nord", "")),
        ("NORD", "9" * 101, ("nord", "")),
    ],
)
def test_identifiers_have_one_form(system, value, expected):
    """With and without key, spaces or points, under each name of the system."""
    told = system_of(system)

    assert expected == (told, value_of(told, value))


def test_what_a_person_types_is_looked_for_in_every_form():
    """Without a system a NIR is looked for with its key and without."""
    assert ("262087503203977", "2620875032039") == values_meant("2 62 08 75 032 039 77")
    assert ("2620875032039",) == values_meant("262087503203977", "ins")
    assert () == values_meant(" ")


@pytest.mark.parametrize(
    ("find", "piece"),
    [
        (in_fhir, b'<Patient x="1"><identifier ><system value="a"/>'),
        (in_cda, b"<patientRole ><id a=b >"),
        (in_kmehr, b"<patient ><id a=b >"),
        (in_hprim_xml, b"<patient ><valeur>"),
        (in_hl7, b"MSH|^~\\&|\rPID|1||a~a~a"),
        (in_hprim, b"H|~^\\&\rP|1|a"),
    ],
)
def test_a_hostile_record_costs_little_more_than_its_length(find, piece):
    """A megabyte of openings without an end is read in seconds of the processor."""
    begun = time.process_time()

    list(find(piece * (1_000_000 // len(piece))))

    assert time.process_time() - begun < 5
