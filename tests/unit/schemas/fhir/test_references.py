"""What a reference, a system or a link of a resource may be (R4 and R5 references.html)."""

import pytest

from tests.corpus.resources import ENCOUNTER, OBSERVATION, PATIENT, line, spoiled
from tests.corpus.validating import report_of

ANSWERS = {
    "resourceType": "QuestionnaireResponse",
    "id": "q1",
    "status": "completed",
    "subject": {"reference": "Encounter/e1"},
}
LETTER = {
    "resourceType": "Composition",
    "id": "c1",
    "status": "final",
    "type": {"text": "letter"},
    "date": "2026-03-01",
    "author": [{"reference": "Practitioner/x1"}],
    "title": "Letter",
    "subject": {"reference": "Encounter/e1"},
}
PLAN = {
    "resourceType": "CarePlan",
    "id": "cp1",
    "status": "active",
    "intent": "plan",
    "subject": {"reference": "Patient/p1"},
    "activity": [{"reference": {"reference": "ServiceRequest/s1"}}],
}
LATER = {
    "resourceType": "Encounter",
    "id": "e5",
    "status": "completed",
    "class": [{"text": "inpatient"}],
    "reason": [{"value": [{"reference": {"reference": "Condition/c1"}}]}],
}


def told(*given):
    """The codes and places that are told of some resources, one a line."""
    report = report_of(b"".join(map(line, given)))
    return {(group.code, group.where) for group in report.groups if group.code != "GEN-013"}


@pytest.mark.parametrize("resource", [ANSWERS, LETTER, PLAN, LATER, ENCOUNTER, OBSERVATION])
def test_what_the_standard_lets_point_anywhere_is_sound(resource):
    """Answers and letters may be about an encounter; an element may be called reference."""
    assert set() == told(resource)


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (
            spoiled(OBSERVATION, "subject", "reference", to="Encounter/e1"),
            {("FHIR-011", "Observation.subject.reference")},
        ),
        (
            spoiled(OBSERVATION, "subject", "type", to="Group"),
            {("FHIR-011", "Observation.subject.reference")},
        ),
        (
            spoiled(PLAN, "activity", 0, "reference", "reference", to="nobody"),
            {("FHIR-010", "CarePlan.activity.reference.reference")},
        ),
        (
            spoiled(OBSERVATION, "subject", "reference", to={"reference": "Patient/p1"}),
            {("FHIR-010", "Observation.subject.reference")},
        ),
        (spoiled(OBSERVATION, "subject", "type", to=["Group"]), set()),
        (
            spoiled(PATIENT, "identifier", 0, "system", to="ipp"),
            {("FHIR-031", "Patient.identifier.system")},
        ),
        (
            spoiled(
                OBSERVATION, "code", "coding", 0, "system", to="http://hl7.org/fhir/ValueSet/x"
            ),
            {("FHIR-031", "Observation.code.coding.system")},
        ),
        (
            spoiled(PATIENT, "photo", to=[{"url": "java\tscript:run()"}]),
            {("GEN-019", "Patient.photo.url")},
        ),
    ],
)
def test_what_points_at_the_wrong_thing_is_told(resource, expected):
    """A type that cannot stand there, one that contradicts the reference, and links that run."""
    assert expected == told(resource)


def test_an_address_that_names_another_type_contradicts_its_entry():
    """An organization under the address of a practitioner is one that a reference does not mean."""
    organization = {"resourceType": "Organization", "id": "o1", "name": "Ward"}
    entries = [{"fullUrl": "http://h.example/Practitioner/o1", "resource": organization}]
    bundle = {"resourceType": "Bundle", "id": "b1", "type": "collection", "entry": entries}

    assert {("FHIR-017", "Bundle.entry.fullUrl")} == told(bundle)
