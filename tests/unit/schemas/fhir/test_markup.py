import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.fhir.definitions import find_definitions, shapes_of_schema
from schemas.fhir.markup import read_resource
from schemas.fhir.model import Shape, Slot
from schemas.fhir.schema import Fhir
from schemas.fhir.texts import in_xml
from schemas.interface import Record
from tests.corpus.fhir_definitions import write_definitions
from tests.corpus.resources import (
    DOCUMENT,
    ENCOUNTER,
    OBSERVATION,
    PATIENT,
    bundle,
    document,
    spoiled,
)
from tests.corpus.validating import codes, extract_of, spans
from tests.unit.schemas.fhir.test_fhir import MUTANTS, extended

XML = "application/fhir+xml"
# What XML cannot say, or says as something that is no XML at all.
ONLY_JSON = {"null", "empty list", "zero byte", "doctype", "open tag", "number as text"}
EXTENDED = spoiled(
    PATIENT,
    "_birthDate",
    to={"id": "b", "extension": [{"url": "http://x", "valueCode": "a"}]},
)


def said_of(content, schema=None):
    """All that is said of some bytes in XML."""
    return list((schema or Fhir()).validate(extract_of(content, media_type=XML)))


def told(content, schema=None):
    """The codes that are said of a document, but that definitions are missing."""
    return [c for c in codes(said_of(content, schema)) if c != "GEN-013"]


def refused(content):
    """Whether a document is refused."""
    return any(isinstance(i, Record) and i.fate.value == "refused" for i in said_of(content))


@pytest.mark.parametrize(
    "resource",
    [
        PATIENT,
        OBSERVATION,
        ENCOUNTER,
        DOCUMENT,
        EXTENDED,
        bundle(PATIENT, OBSERVATION),
        spoiled(PATIENT, "contained", to=[{"resourceType": "Organization", "id": "o", "name": "x"}])
        | {"managingOrganization": {"reference": "#o"}},
        {"resourceType": "Observation", "_status": {"extension": [
            {"url": "http://x", "valueCode": "unknown"}]}, "code": {"text": "x"}},
        extended(valueString="true"),
        extended(valueInteger=-5),
    ],
    ids=range(10),
)  # fmt: skip
def test_sound_documents_are_accepted_as_one_record(resource):
    """What follows the standard is accepted without a word, to its last byte."""
    content = document(resource)

    assert [] == told(content)
    assert [(0, len(content))] == spans(said_of(content))


@pytest.mark.parametrize("name", sorted(MUTANTS.keys() - ONLY_JSON))
def test_each_mutant_is_refused_in_xml_for_the_same_reason(name):
    """One set of rules judges both forms."""
    resource, code = MUTANTS[name]

    assert code in told(document(resource))
    assert refused(document(resource))


HEAD = '<Patient xmlns="http://hl7.org/fhir">'
ODD = {
    "cut": (document(PATIENT)[:-12], "XML-001"),
    "trailing bytes": (document(PATIENT) + b"x", "XML-001"),
    "zeros behind": (document(PATIENT) + bytes(8), "XML-001"),
    "document type": (document(PATIENT, '<!DOCTYPE Patient [<!ENTITY e "x">]>'), "XML-002"),
    "UTF-16": (document(PATIENT, "").decode().encode("utf-16"), "XML-003"),
    "remote style sheet": (
        document(PATIENT, '<?xml-stylesheet href="http://x/y.xsl" type="text/xsl"?>'),
        "XML-004",
    ),
    "text between elements": (f"{HEAD}hello</Patient>".encode(), "FHIR-028"),
    "attribute": (f'{HEAD}<active value="true" hidden="x"/></Patient>'.encode(), "FHIR-028"),
    "foreign element": (
        f'{HEAD}<x:a xmlns:x="urn:x"><x:b/></x:a><active value="true"/></Patient>'.encode(),
        "FHIR-028",
    ),
    "foreign in narrative": (
        f'{HEAD}<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">'
        '<p xmlns="urn:x">a</p></div></text></Patient>'.encode(),
        "FHIR-028",
    ),
    "value with children": (
        f'{HEAD}<gender value="male"><status value="x"/></gender></Patient>'.encode(),
        "FHIR-028",
    ),
    "two resources in one place": (
        document(bundle({"resourceType": "Group"})).replace(b"<Group>", b"<Patient/><Group>"),
        "FHIR-028",
    ),
    "another vocabulary": (b'<Patient xmlns="urn:x"><active value="true"/></Patient>', "FHIR-028"),
    "empty value": (f'{HEAD}<gender value=""/></Patient>'.encode(), "FHIR-004"),
    "said twice": (
        f'{HEAD}<gender value="male"/><gender value="female"/></Patient>'.encode(),
        "FHIR-022",
    ),
    "born twice": (
        f'{HEAD}<birthDate value="1961"/><birthDate value="1962"/></Patient>'.encode(),
        "FHIR-022",
    ),
    "no number": (
        document(spoiled(OBSERVATION, "valueQuantity", "value", to="thirteen")),
        "FHIR-009",
    ),
    "no end": (
        document(spoiled(OBSERVATION, "valueQuantity", "value", to="1e400")),
        "FHIR-009",
    ),
    "bottomless": (
        (HEAD + "<extension>" * 90 + "</extension>" * 90 + "</Patient>").encode(),
        "GEN-011",
    ),
    "far too deep": (
        (HEAD + "<extension>" * 900 + "</extension>" * 900 + "</Patient>").encode(),
        "GEN-011",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_what_only_xml_can_say_wrong_is_refused(name):
    """Cut, foreign, hidden or doubled: a reader of FHIR would show something else."""
    content, code = ODD[name]

    assert code in told(content)
    assert refused(content)


def test_other_encodings_and_comments_are_no_damage():
    """Letters as Latin wrote them are read, and told; comments say nothing."""
    latin = document(spoiled(PATIENT, "name", 0, "family", to="HÉLÈNE"), "").decode()
    declared = '<?xml version="1.0" encoding="ISO-8859-1"?>' + latin
    commented = document(PATIENT).replace(b"<gender", b"<!-- a note --><gender")

    assert ["FHIR-029"] == told(declared.encode("latin-1"))
    assert not refused(declared.encode("latin-1"))
    assert [] == told(commented)


def shapes(folder):
    """The shapes of a small part of R4."""
    write_definitions(folder)
    return find_definitions(folder)["R4"].shapes


def test_definitions_look_into_xml_too(tmp_path):
    """Where they are, they say which element repeats and which value is a number."""
    write_definitions(tmp_path)
    schema = Fhir(definitions=find_definitions(tmp_path)["R4"])
    sound = {"resourceType": "Patient", "id": "p", "active": True, "name": [{"given": ["A"]}]}

    assert [] == told(document(sound), schema)
    assert ["FHIR-024"] == told(document({**sound, "active": "yes"}), schema)
    assert ["FHIR-023"] == told(document({**sound, "activ": True}), schema)


def test_the_json_schema_knows_what_repeats():
    """HL7's JSON schema alone suffices to read XML as it would be in JSON."""
    told_by_hl7 = shapes_of_schema(
        {
            "Patient": {
                "properties": {
                    "resourceType": {"const": "Patient"},
                    "name": {"type": "array", "items": {"$ref": "#/definitions/HumanName"}},
                    "gender": {"enum": ["male"]},
                    "multipleBirthInteger": {"type": "number", "pattern": "x"},
                    "deceasedBoolean": {"type": "boolean", "pattern": "x"},
                    "language": {"type": "string", "pattern": "x"},
                    "contained": {
                        "type": "array", "items": {"$ref": "#/definitions/ResourceList"},
                    },
                }
            },
            "HumanName": {
                "properties": {
                    "given": {"type": "array", "items": {"$ref": "#/definitions/string"}}
                }
            },
        }
    )  # fmt: skip
    resource = {
        "resourceType": "Patient",
        "name": [{"given": ["true"]}],
        "gender": "male",
        "multipleBirthInteger": 2,
        "deceasedBoolean": False,
        "language": "true",
        "contained": [{"resourceType": "Patient", "gender": "male"}],
    }

    assert resource == read_resource(document(resource), told_by_hl7).resource


TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["Cc"]),
                min_size=1, max_size=12)  # fmt: skip
NAMES = st.fixed_dictionaries(
    {}, optional={"family": TEXTS, "given": st.lists(TEXTS, min_size=1, max_size=3)}
)
BESIDE = st.fixed_dictionaries(
    {"extension": st.lists(
        st.fixed_dictionaries({"url": TEXTS, "valueString": TEXTS}), min_size=1, max_size=2)}
)  # fmt: skip
PATIENTS = st.fixed_dictionaries(
    {"resourceType": st.just("Patient")},
    optional={
        "id": TEXTS,
        "active": st.booleans(),
        "name": st.lists(NAMES, min_size=1, max_size=3),
        "gender": TEXTS,
        "birthDate": TEXTS,
        "_birthDate": BESIDE,
        "multipleBirthInteger": st.integers(-(2**31), 2**31 - 1),
        "maritalStatus": st.fixed_dictionaries(
            {"coding": st.lists(st.fixed_dictionaries({"code": TEXTS}), min_size=1, max_size=2)}
        ),
        "contact": st.lists(st.fixed_dictionaries({"name": NAMES}), min_size=1, max_size=2),
        "managingOrganization": st.fixed_dictionaries({"reference": TEXTS}),
    },
)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The shapes of a small part of R4, read once."""
    return shapes(tmp_path_factory.mktemp("definitions"))


@settings(deadline=None, max_examples=100)
@given(PATIENTS)
def test_xml_says_what_json_says(model, resource):
    """With definitions a resource in XML is read into exactly what it is in JSON."""
    reading = read_resource(document(resource), model)

    assert json.dumps(resource, sort_keys=True) == json.dumps(reading.resource, sort_keys=True)
    assert not reading.is_odd


@settings(deadline=None, max_examples=60)
@given(
    st.binary(max_size=6),
    st.integers(0, len(document(EXTENDED))),
    st.integers(0, 20),
)
def test_no_damage_breaks_the_reader(noise, at, dropped):
    """Bytes replaced anywhere give one record and reasons, or none; never a crash."""
    whole = document(EXTENDED)
    content = whole[:at] + noise + whole[at + dropped :]

    assert [(0, len(content))] == spans(said_of(content))


HEAD = b'<Patient xmlns="http://hl7.org/fhir">'
GENDER, FAMILY = b'<gender value="female"/>', b'<name><family value="DURAND"/></name>'


def order_of(*parts, shapes=None):
    """What is told of the order of a patient's elements."""
    return list(in_xml(HEAD + b"".join(parts) + b"</Patient>", shapes or {}).reasons)


@pytest.mark.parametrize(
    "parts",
    [
        (GENDER, b'<id value="p1"/>'),
        (FAMILY, GENDER, FAMILY),
        (b'<name><family value="X"/><extension url="http://x.example/y"/></name>',),
    ],
)
def test_elements_that_stand_in_another_order_are_told(parts):
    """Behind what has to follow them, or apart from others of their name (R4 xml.html)."""
    assert ["FHIR-030"] == [reason.code for reason in order_of(*parts)]


def test_the_whole_order_is_known_from_definitions():
    """A gender before the name is told only by who knows that the name comes first."""
    slots = {"name": Slot(kind="HumanName", many=True), "gender": Slot(kind="code")}
    shapes = {"Patient": Shape(slots=slots)}

    assert [] == order_of(b'<id value="p1"/>', GENDER, FAMILY)
    assert ["FHIR-030"] == [r.code for r in order_of(GENDER, FAMILY, shapes=shapes)]
    assert [] == order_of(FAMILY, FAMILY, GENDER, shapes=shapes)
