import json

import pytest

from schemas.fhir import resources, resources_r5
from schemas.fhir.releases import R4, R5, release_of
from schemas.fhir.schema import Fhir
from schemas.registry import BUILT_IN, schema_of
from tests.corpus.resources import (
    ENCOUNTER,
    OBSERVATION,
    PATIENT,
    bundle,
    document,
    line,
    spoiled,
)
from tests.corpus.validating import codes, extract_of

STAY = {
    "resourceType": "Encounter",
    "id": "e1",
    "status": "completed",
    "class": [{"coding": [{"code": "IMP"}]}],
    "subject": {"reference": "Patient/p1"},
    "actualPeriod": {"start": "2026-03-01", "end": "2026-03-05"},
}
ORDER = {
    "resourceType": "MedicationRequest",
    "id": "m1",
    "status": "ended",
    "intent": "order",
    "medication": {"concept": {"text": "x"}},
    "subject": {"reference": "Patient/p1"},
}
USAGE = {
    "resourceType": "DeviceUsage",
    "id": "u1",
    "status": "active",
    "patient": {"reference": "Patient/p1"},
    "device": {"concept": {"text": "x"}},
}


def schema_for(content, media_type="application/fhir+ndjson"):
    """The schema that an extract is judged by."""
    return schema_of(extract_of(content, media_type=media_type), BUILT_IN)


def told(*made, schema=None):
    """The codes that are said of some resources, but that definitions are missing."""
    content = b"".join(map(line, made))
    chosen = schema or schema_for(content)
    said = list(chosen.validate(extract_of(content, media_type="application/fhir+ndjson")))
    return [c for c in codes(said) if c != "GEN-013"]


@pytest.mark.parametrize(
    ("resource", "release"),
    [
        (PATIENT, None),
        (OBSERVATION, None),
        (ENCOUNTER, R4),
        (STAY, R5),
        (ORDER, R5),
        (USAGE, R5),
        ({"resourceType": "Media"}, R4),
        ({"resourceType": "AllergyIntolerance", "type": "allergy"}, R4),
        ({"resourceType": "AllergyIntolerance", "type": {"text": "x"}}, R5),
        ({**ENCOUNTER, **STAY}, R4),
        (bundle(PATIENT, STAY), R5),
        (bundle(PATIENT, OBSERVATION), None),
        (bundle(bundle(STAY)), None),
        ({"resourceType": "Bundle", "entry": {"resource": STAY}}, None),
        ({"resourceType": ["Patient"]}, None),
        ({}, None),
    ],
    ids=range(16),
)
def test_a_resource_shows_its_release(resource, release):
    """By its type, by an element that only one release has, or by the first entry that tells."""
    assert release_of(resource) is release


def test_an_extract_is_judged_by_the_release_that_it_shows():
    """Patients are the same in both, and of R4 until something tells."""
    assert "fhir-r4" == schema_for(line(PATIENT)).name
    assert "fhir-r5" == schema_for(line(PATIENT) + line(STAY)).name
    assert "fhir-r5" == schema_for(document(bundle(PATIENT, STAY)), "application/fhir+xml").name
    whole = json.dumps(bundle(STAY), indent=1).encode()
    assert "fhir-r5" == schema_for(whole, "application/fhir+json").name
    assert "fhir-r4" == schema_for(b"", "application/fhir+json").name


def test_sound_resources_of_r5_are_accepted_without_a_word():
    """What R5 renamed and retyped is no fault there."""
    assert [] == told(PATIENT, STAY, ORDER, USAGE)
    assert [] == told(bundle(PATIENT, spoiled(STAY, "id", to="e2")))


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        (spoiled(STAY, "status", to="finished"), "FHIR-015"),
        (spoiled(ORDER, "medication", drop=True), "FHIR-007"),
        (spoiled(USAGE, "device", drop=True), "FHIR-007"),
        (spoiled(STAY, "actualPeriod", "end", to="2026-02-01"), "GEN-010"),
        ({"resourceType": "Condition", "participant": [], "subject": {}}, "FHIR-007"),
        ({"resourceType": "SubstanceSpecification"}, "FHIR-020"),
        (spoiled(STAY, "class", to={"code": "IMP"}), "FHIR-020"),
    ],
    ids=range(7),
)
def test_r5_has_rules_of_its_own(resource, code):
    """Required elements and codes are those of R5."""
    assert code in told(resource, schema=Fhir(release=R5))


def test_a_resource_of_the_other_release_is_flagged_and_judged_by_its_own():
    """A mixed export costs no record that is whole in its own release."""
    other = spoiled(STAY, "id", to="e2")

    assert ["FHIR-020"] == told(ENCOUNTER, other)
    assert ["FHIR-020"] == told(other, ENCOUNTER)
    assert ["FHIR-020", "FHIR-015"] == told(ENCOUNTER, spoiled(other, "status", to="finished"))


def test_a_history_of_r5_needs_one_of_request_and_response():
    """bdl-3b of R5; R4 asks for both."""
    entry = {"fullUrl": "http://x.example/Encounter/e1", "resource": STAY}
    asked = {**entry, "request": {"method": "PUT", "url": "Encounter/e1"}}
    of = Fhir(release=R5)

    assert [] == told(bundle(kind="history") | {"entry": [asked]}, schema=of)
    assert ["FHIR-017"] == told(bundle(kind="history") | {"entry": [entry]}, schema=of)
    searched = {**asked, "search": {"mode": "match"}}
    assert ["FHIR-017"] == told(bundle(kind="history") | {"entry": [searched]}, schema=of)


def test_attachments_of_r5_write_their_size_as_text():
    """A number of 64 bits is a text in JSON."""
    attachment = {"contentType": "text/plain", "data": "YWJj", "size": "3"}
    patient = {"resourceType": "Patient", "photo": [attachment]}

    assert [] == told(patient, schema=Fhir(release=R5))
    patient = {"resourceType": "Patient", "photo": [{**attachment, "size": "4"}]}
    assert ["FHIR-018"] == told(patient, schema=Fhir(release=R5))


@pytest.mark.parametrize("table", [resources, resources_r5], ids=["R4", "R5"])
def test_tables_speak_of_known_types_only(table):
    """A requirement of a type that there is none of would never be asked."""
    assert table.REQUIRED.keys() <= table.TYPES
    assert all(names for names in table.REQUIRED.values())


def test_elements_of_another_type_are_told_and_break_nothing():
    """A list where a code has to stand is no code, and no crash."""
    for given in (["male"], {"a": 1}, 3):
        assert "FHIR-009" in told({"resourceType": "Patient", "gender": given})
