import pytest

from schemas.fhir.compiling import compile_model
from schemas.fhir.elements import Elements
from schemas.fhir.value_sets import Terminology
from tests.corpus.fhir_definitions import GENDER, MARITAL, structures, terms

ELEMENTS = Elements(compile_model(structures(), Terminology(terms()), "4.0.1"))
UNKNOWN = [{"url": "http://x.example/why", "valueCode": "unknown"}]
NOW = "2026-03-12T08:00:00Z"


def patient(**more):
    """A patient with some elements."""
    return {"resourceType": "Patient", "id": "p1", **more}


def told(resource):
    """The codes and places of what is said of a resource."""
    return [(reason.code, reason.where) for reason in ELEMENTS.reasons(resource)]


@pytest.mark.parametrize(
    "more",
    [
        {"name": [{"family": "DURAND", "given": ["Camille"]}], "birthDate": "1961-07"},
        {"_birthDate": {"extension": UNKNOWN}},
        {"name": [{"given": ["Camille", None], "_given": [None, {"extension": UNKNOWN}]}]},
        {"deceasedDateTime": "2020-01-01T10:00:00+01:00", "multipleBirthInteger": 2},
        {"maritalStatus": {"coding": [{"system": MARITAL, "code": "M"}]}},
        {"maritalStatus": {"text": "mariée"}},
        {"managingOrganization": {"reference": "Organization/1"}},
        {"managingOrganization": {"reference": "#o"}},
        {"managingOrganization": {"reference": "https://x.example/fhir/Organization/1/_history/2"}},
        {"contact": [{"name": {"family": "X"}}], "link": [{"name": {"family": "Y"}}]},
        {"contained": [{"resourceType": "Organization"}]},
        {"gender": "female"},
    ],
)
def test_what_the_definitions_allow_is_taken_without_a_word(more):
    """Choices, extensions beside a value, contained resources and shared shapes are known."""
    assert [] == told(patient(**more))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"colour": "red"}, ("FHIR-023", "Patient")),
        (
            {"_birthDate": {"extension": [{**UNKNOWN[0], "colour": "red"}]}},
            ("FHIR-023", "Patient._birthDate.extension"),
        ),
        ({"name": [{"nick": "x"}]}, ("FHIR-023", "Patient.name")),
        ({"name": [{"resourceType": {"any": "thing"}}]}, ("FHIR-023", "Patient.name")),
        ({"name": {"family": "X"}}, ("FHIR-022", "Patient.name")),
        ({"birthDate": ["1961-07-14"]}, ("FHIR-022", "Patient.birthDate")),
        ({"name": ["DURAND"]}, ("FHIR-009", "Patient.name")),
        ({"birthDate": "14/07/1961"}, ("FHIR-024", "Patient.birthDate")),
        ({"birthDate": "2023-02-30"}, ("FHIR-024", "Patient.birthDate")),
        ({"active": "true"}, ("FHIR-024", "Patient.active")),
        ({"multipleBirthInteger": 2.5}, ("FHIR-024", "Patient.multipleBirthInteger")),
        ({"multipleBirthInteger": True}, ("FHIR-024", "Patient.multipleBirthInteger")),
        ({"gender": "X"}, ("FHIR-015", "Patient.gender")),
        ({"gender": "female "}, ("FHIR-024", "Patient.gender")),
        ({"contact": [{}]}, ("FHIR-007", "Patient.contact.name")),
        ({"link": [{}]}, ("FHIR-007", "Patient.link.name")),
        ({"extension": [{"valueCode": "a"}]}, ("FHIR-007", "Patient.extension.url")),
        (
            {"maritalStatus": {"coding": [{"system": MARITAL, "code": "S"}]}},
            ("FHIR-015", "Patient.maritalStatus"),
        ),
        (
            {"managingOrganization": {"reference": "Patient/1"}},
            ("FHIR-011", "Patient.managingOrganization.reference"),
        ),
        (
            {"managingOrganization": {"type": "Patient"}},
            ("FHIR-011", "Patient.managingOrganization.reference"),
        ),
        ({"_birthDate": "x"}, ("FHIR-022", "Patient._birthDate")),
        ({"_name": [{"extension": UNKNOWN}]}, ("FHIR-023", "Patient")),
        ({"contained": [{"resourceType": "Pet"}]}, ("FHIR-006", "resourceType")),
        ({"contained": [{"resourceType": "Profile"}]}, ("FHIR-006", "resourceType")),
        (
            {"contained": [{"resourceType": "Patient", "active": 1}]},
            ("FHIR-024", "Patient.active"),
        ),
    ],
)
def test_what_the_definitions_do_not_allow_is_told_with_its_place(more, expected):
    """Elements, cardinalities, types, forms, codes and targets are held against the standard."""
    assert [expected] == told(patient(**more))


def test_a_missing_choice_is_told_by_the_name_that_the_standard_gives_it():
    """effective[x] is one element; that it is missing is said once."""
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
    assert [("FHIR-007", "Observation.effective[x]")] == told(observation)
    assert [] == told(observation | {"effectiveInstant": NOW})


@pytest.mark.parametrize(("system", "expected"), [(GENDER, "FHIR-015"), (MARITAL, "FHIR-025")])
def test_a_code_that_a_known_list_does_not_have_is_told(system, expected):
    """The standard's own lists are closed; those that go on growing only flag."""
    coded = {"coding": [{"system": system, "code": "zz"}]}
    resource = {"resourceType": "Observation", "status": "final", "code": coded}
    assert [(expected, "Observation.code.coding")] == told(resource | {"effectiveInstant": NOW})


def test_no_name_of_the_record_itself_is_ever_a_place():
    """A hostile extract may have a patient's name where the name of an element is told."""
    places = [where for _, where in told(patient(**{"CAMILLE DURAND": 1, "_X": 2}))]
    assert ["Patient", "Patient"] == places


def test_a_resource_of_errors_alone_is_told_in_bounds():
    """Of one resource at most 32 reasons are told."""
    assert 32 == len(told(patient(name=[1] * 1000)))


def test_what_lies_too_deep_is_left_to_the_check_of_depth():
    """Nesting by contained resources ends in a bounded walk."""
    inner = patient()
    for _ in range(40):
        inner = patient(contained=[inner])
    assert [] == told(inner)
