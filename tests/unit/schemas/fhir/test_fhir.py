import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custody.errors import UsageError
from formats import csv_lines
from schemas.fhir.definitions import Definitions, find_schema
from schemas.fhir.resources import REQUIRED, TYPES
from schemas.fhir.schema import Fhir
from schemas.interface import Record, Run
from tests.corpus.resources import (
    DOCUMENT,
    ENCOUNTER,
    OBSERVATION,
    PATIENT,
    PROGRAM,
    bundle,
    line,
    spoiled,
)
from tests.corpus.validating import codes, extract_of, spans

NDJSON = "application/fhir+ndjson"
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'


def said_of(content, media_type=NDJSON, schema=None):
    """All that is said of some bytes."""
    return list((schema or Fhir()).validate(extract_of(content, media_type=media_type)))


def told(*resources, media_type=NDJSON, schema=None):
    """The codes that are said of some resources, but that definitions are missing."""
    content = b"".join(r if isinstance(r, bytes) else line(r) for r in resources)
    return [c for c in codes(said_of(content, media_type, schema)) if c != "GEN-013"]


def refused(*resources):
    """Whether any of some resources is refused."""
    content = b"".join(r if isinstance(r, bytes) else line(r) for r in resources)
    return any(isinstance(i, Record) and i.fate.value == "refused" for i in said_of(content))


def extended(**value):
    """A patient with an extension that holds one value."""
    return PATIENT | {"extension": [{"url": "http://x.example/y", **value}]}


@pytest.mark.parametrize(
    "resource",
    [
        PATIENT,
        extended(valueInteger=-5),
        extended(valueDecimal=1.5),
        extended(valueString="true"),
        extended(valueBoolean=True),
        OBSERVATION,
        ENCOUNTER,
        DOCUMENT,
        bundle(PATIENT, OBSERVATION),
        spoiled(OBSERVATION, "subject", "reference", to="Patient?identifier=x|1"),
        spoiled(OBSERVATION, "subject", "reference", to="#p")
        | {"contained": [{"resourceType": "Patient", "id": "p"}]},
        spoiled(OBSERVATION, "subject", "reference", to="https://x.example/fhir/Patient/1"),
        spoiled(PATIENT, "birthDate", to="1961"),
        spoiled(PATIENT, "text", "div", to=DIV.format('<a href="#x">x</a><img src="x.png"/>')),
        spoiled(PATIENT, "_birthDate", to={"extension": [{"url": "http://x", "valueCode": "a"}]}),
        {"resourceType": "Observation", "_status": {"extension": [
            {"url": "http://x", "valueCode": "unknown"}]}, "code": {"text": "x"}},
    ],
)  # fmt: skip
def test_sound_resources_are_accepted_without_a_word(resource):
    """What follows the standard is accepted, conditional and contained references too."""
    assert [] == told(resource)


# The mutants that HL7's JSON schema and two model libraries let pass, and those that they find.
MUTANTS = {
    "future birth": (spoiled(PATIENT, "birthDate", to="2199-01-01"), "GEN-009"),
    "impossible birth": (spoiled(PATIENT, "birthDate", to="2023-02-30"), "GEN-008"),
    "end before start": (spoiled(ENCOUNTER, "period", "end", to="2026-02-01"), "GEN-010"),
    "reference in words": (
        spoiled(OBSERVATION, "subject", "reference", to="Madame Durand"),
        "FHIR-010",
    ),
    "reference to no type": (spoiled(OBSERVATION, "subject", "reference", to="Pet/1"), "FHIR-010"),
    "reference to a wrong type": (
        spoiled(OBSERVATION, "subject", "reference", to="Encounter/1"),
        "FHIR-011",
    ),
    "white space": (spoiled(PATIENT, "name", 0, "family", to="   "), "FHIR-004"),
    "empty text": (spoiled(PATIENT, "name", 0, "family", to=""), "FHIR-004"),
    "zero byte": (spoiled(PATIENT, "name", 0, "family", to="DU\x00RAND"), "GEN-004"),
    "bidirectional": (spoiled(PATIENT, "name", 0, "family", to="DU\u202eRAND"), "GEN-005"),
    "script": (spoiled(PATIENT, "text", "div", to=DIV.format("<script>x</script>")), "GEN-018"),
    "handler": (
        spoiled(PATIENT, "text", "div", to=DIV.format('<img src="x" onerror="x()"/>')),
        "GEN-018",
    ),
    "frame": (spoiled(PATIENT, "text", "div", to=DIV.format("<iframe/>")), "GEN-018"),
    "doctype": (
        spoiled(PATIENT, "text", "div", to='<!DOCTYPE d [<!ENTITY e "x">]><div>&e;</div>'),
        "GEN-018",
    ),
    "style": (
        spoiled(PATIENT, "text", "div", to=DIV.format('<p style="width:expression(1)">x</p>')),
        "GEN-018",
    ),
    "open tag": (spoiled(PATIENT, "text", "div", to="<div><p>x</div>"), "GEN-021"),
    "script link": (
        spoiled(PATIENT, "text", "div", to=DIV.format('<a href="java&#10;script:x">x</a>')),
        "GEN-019",
    ),
    "script url": (spoiled(PATIENT, "photo", to=[{"url": "javascript:alert(1)"}]), "GEN-019"),
    "file url": (spoiled(DOCUMENT, "content", 0, "attachment", "url", to="file:///c"), "GEN-019"),
    "page in a url": (spoiled(PATIENT, "photo", to=[{"url": "data:text/html,x"}]), "GEN-019"),
    "share": (spoiled(PATIENT, "photo", to=[{"url": "\\\\srv\\x"}]), "GEN-019"),
    "program as PDF": (
        spoiled(
            DOCUMENT, "content", 0, "attachment", "data",
            to=__import__("base64").b64encode(PROGRAM).decode(),
        ),
        "GEN-015",
    ),
    "bad base64": (spoiled(DOCUMENT, "content", 0, "attachment", "data", to="@@"), "GEN-016"),
    "wrong size": (spoiled(DOCUMENT, "content", 0, "attachment", "size", to=3), "FHIR-018"),
    "wrong hash": (spoiled(DOCUMENT, "content", 0, "attachment", "hash", to="AAAA"), "FHIR-018"),
    "LOINC key": (spoiled(OBSERVATION, "code", "coding", 0, "code", to="718-8"), "ID-002"),
    "INS key": (spoiled(PATIENT, "identifier", 0, "value", to="262087503203978"), "ID-002"),
    "value and extension": (
        spoiled(PATIENT, "extension", to=[
            {"url": "http://x", "valueCode": "a", "extension": [{"url": "y", "valueCode": "b"}]}]),
        "FHIR-016",
    ),
    "extension of nothing": (spoiled(PATIENT, "extension", to=[{"url": "http://x"}]), "FHIR-016"),
    "extension without address": (
        spoiled(PATIENT, "extension", to=[{"valueCode": "a"}]), "FHIR-007",
    ),
    "gender": (spoiled(PATIENT, "gender", to="X"), "FHIR-015"),
    "status": (spoiled(OBSERVATION, "status", to="bogus"), "FHIR-015"),
    "no status": (spoiled(OBSERVATION, "status", drop=True), "FHIR-007"),
    "no code": (spoiled(OBSERVATION, "code", drop=True), "FHIR-007"),
    "number as text": (spoiled(OBSERVATION, "valueQuantity", "value", to="13.2"), "FHIR-009"),
    "integer beyond 32 bits": (extended(valueInteger=2**31), "FHIR-024"),
    "fraction for an integer": (extended(valuePositiveInt=1.5), "FHIR-024"),
    "boolean in words": (extended(valueBoolean="yes"), "FHIR-024"),
    "time that is none": (extended(valueTime="25:00:00"), "FHIR-024"),
    "number that doubles read otherwise": (extended(valueDecimal=2**53 + 1), "FHIR-032"),
    "two values": (spoiled(OBSERVATION, "valueString", to="13"), "FHIR-008"),
    "value though absent": (
        spoiled(OBSERVATION, "dataAbsentReason", to={"text": "x"}), "FHIR-021",
    ),
    "null": (spoiled(PATIENT, "gender", to=None), "FHIR-004"),
    "empty list": (spoiled(PATIENT, "name", to=[]), "FHIR-004"),
    "empty object": (spoiled(PATIENT, "maritalStatus", to={}), "FHIR-004"),
    "long id": (spoiled(PATIENT, "id", to="x" * 65), "FHIR-005"),
    "unknown type": ({"resourceType": "Pet", "id": "1"}, "FHIR-006"),
    "nested containment": (
        spoiled(PATIENT, "contained", to=[{"resourceType": "Patient", "contained": [PATIENT]}]),
        "FHIR-021",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_each_mutant_is_refused_by_its_own_reason(name):
    """One change that makes a resource wrong is found, without any definitions."""
    resource, code = MUTANTS[name]

    assert code in told(resource)
    assert refused(resource)


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        (spoiled(PATIENT, "name", 0, "family", to="DU\ufffdRAND"), "GEN-006"),
        (spoiled(PATIENT, "name", 0, "text", to="=1+1"), "GEN-020"),
        (spoiled(ENCOUNTER, "class", to=[{"text": "x"}]), "FHIR-020"),
        (spoiled(OBSERVATION, "issued", to="2199-01-01T00:00:00Z"), "GEN-014"),
        (spoiled(OBSERVATION, "valueQuantity", "code", to="UI/L"), "ID-005"),
        (spoiled(OBSERVATION, "valueQuantity", "code", to="zorg"), "ID-006"),
        (spoiled(PATIENT, "text", "div", to=DIV.format("<marquee>x</marquee>")), "GEN-022"),
    ],
)
def test_habits_are_accepted_and_flagged(resource, code):
    """What is odd and harmless is told, and does not cost the resource."""
    assert [code] == told(resource)
    assert not refused(resource)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (line(PATIENT)[:-30] + b"\n", "FHIR-001"),
        (b"\xef\xbb\xbf" + line(PATIENT), "FHIR-002"),
        (line(PATIENT)[:-1] + b"\x00\n", "FHIR-001"),
        (line(PATIENT).replace(b'"gender"', b'"id":"p2","gender"'), "FHIR-003"),
        (b'{"resourceType":"Patient","multipleBirthInteger":1e400}\n', "FHIR-001"),
        (b'{"resourceType":"Patient","multipleBirthInteger":NaN}\n', "FHIR-001"),
        (b'{"resourceType":"Patient","language":"\\ud800"}\n', "FHIR-001"),
        (b'{"resourceType":"Patient","language":"\xff"}\n', "FHIR-001"),
        (b'{"a":' * 2000 + b"1" + b"}" * 2000 + b"\n", "GEN-011"),
        (b'{"resourceType":"Patient","x":' + b'{"a":' * 70 + b"1" + b"}" * 71 + b"\n", "GEN-011"),
        (b"[1,2]\n", "FHIR-001"),
        (b"{}\n", "FHIR-006"),
    ],
    ids=range(12),
)
def test_bytes_that_are_no_resource_are_refused(content, code):
    """Cut, doubled, bottomless or impossible JSON is refused, whatever parsers make of it."""
    assert code in told(content)
    assert refused(content)


def test_the_same_id_with_other_content_is_refused():
    """Two resources that claim one id contradict; the same one twice is told."""
    assert ["FHIR-013"] == told(PATIENT, spoiled(PATIENT, "gender", to="male"))
    assert ["FHIR-014"] == told(PATIENT, PATIENT)


def test_orphans_are_told_and_conditional_references_are_not_orphans():
    """A missing resource of a kind that is here is told; what only a server resolves is not."""
    elsewhere = spoiled(OBSERVATION, "subject", "reference", to="Patient/p2")
    conditional = spoiled(OBSERVATION, "subject", "reference", to="Patient?identifier=x")

    assert ["FHIR-012"] == told(PATIENT, elsewhere)
    assert [] == told(PATIENT, OBSERVATION)
    assert [] == told(PATIENT, conditional)
    assert [] == told(elsewhere)


@pytest.mark.parametrize(
    "made",
    [
        bundle(PATIENT, total=1),
        bundle(PATIENT, kind="document"),
        bundle(PATIENT, kind="message"),
        bundle(PATIENT, kind="transaction"),
        bundle(PATIENT, kind="batch-response"),
        spoiled(bundle(PATIENT), "entry", 0, "search", to={"mode": "match"}),
        spoiled(bundle(PATIENT), "entry", 0, "fullUrl", to="http://x/Patient/other"),
        spoiled(bundle(PATIENT), "entry", 0, "fullUrl", to="http://x/Patient/p1/_history/1"),
        bundle(PATIENT, entry=[{"fullUrl": "urn:x", "resource": PATIENT}] * 2),
        bundle(PATIENT, entry=[{"fullUrl": "urn:uuid:1"}]),
    ],
    ids=range(10),
)
def test_bundles_that_contradict_themselves_are_refused(made):
    """Each invariant of Bundles that a schema cannot say has its case."""
    assert "FHIR-017" in told(made)


def test_a_fault_inside_of_a_bundle_is_found():
    """Entries are judged like resources that stand alone."""
    assert ["FHIR-015"] == told(bundle(spoiled(PATIENT, "gender", to="X")))


def test_a_file_of_one_resource_is_one_record():
    """Indented JSON over many lines is one resource."""
    content = json.dumps(PATIENT, indent=2).encode()
    assert [] == told(content, media_type="application/fhir+json")
    assert 1 == sum(isinstance(i, Run) for i in said_of(content, "application/fhir+json"))


def test_lines_longer_than_a_block_are_whole(monkeypatch):
    """A resource with a large attachment is one record, wherever blocks end."""
    monkeypatch.setattr(csv_lines, "BLOCK", 100)
    content = line(PATIENT) + b"\n" + line(OBSERVATION)
    found = spans(said_of(content))

    assert [] == told(content)
    assert [json.loads(content[start:end])["id"] for start, end in found] == ["p1", "o1"]


@settings(deadline=None, max_examples=50)
@given(st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["extension", "reference", "system", "data", "contentType", "div", "entry",
                         "resource", "contained", "start", "end", "id", "birthDate", "value"]),
        inner, max_size=4),
    max_leaves=20,
), st.sampled_from(["Patient", "Bundle", "Observation", "Binary"]))  # fmt: skip
def test_no_value_breaks_the_walk(value, kind):
    """Elements of any type at any place are told, never a crash."""
    resource = {"resourceType": kind, **(value if isinstance(value, dict) else {"x": value})}
    assert 1 == len(spans(said_of(line(resource))))


def test_every_requirement_is_of_a_known_resource():
    """The table of required elements names resources of R4 only."""
    assert set(REQUIRED) <= TYPES
    assert ("status", "class") == REQUIRED["Encounter"]


def test_a_missing_second_validator_is_said_aloud():
    """Without HL7's schema the report says that one validator alone has looked."""
    assert ["GEN-013"] == codes(said_of(line(PATIENT)))


def definitions_of(tmp_path):
    """A tiny schema in the place of HL7's."""
    schema = {
        "$schema": "http://json-schema.org/draft-06/schema#",
        "id": "http://hl7.org/fhir/json-schema/4.0",
        "oneOf": [{"$ref": "#/definitions/Patient"}],
        "definitions": {
            "Patient": {"type": "object", "properties": {"active": {"type": "boolean"}}}
        },
    }
    (tmp_path / "fhir-r4").mkdir(exist_ok=True)
    (tmp_path / "fhir-r4" / "fhir.schema.json").write_text(json.dumps(schema))
    return Definitions(schema=find_schema(tmp_path))


def test_definitions_are_a_second_validator(tmp_path):
    """What only the schema finds is refused, with the place of the element."""
    schema = Fhir(definitions=definitions_of(tmp_path))
    bad = spoiled(PATIENT, "active", to="yes")
    said = said_of(line(bad), schema=schema)

    assert ["FHIR-019"] == codes(said)
    assert "Patient.active" == said[0].reasons[0].where
    assert [] == told(PATIENT, schema=schema)


def test_definitions_are_looked_for_and_checked(tmp_path):
    """No file is no second validator; a file that is something else is an error."""
    assert find_schema(tmp_path) is None
    definitions_of(tmp_path)
    (tmp_path / "fhir-r4" / "fhir.schema.json").write_text("{}")
    with pytest.raises(UsageError):
        find_schema(tmp_path)
