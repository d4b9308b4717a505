import pytest

from schemas.fhir.structure import structure_reasons
from tests.corpus.resources import OBSERVATION, PATIENT, bundle, spoiled

AT = "urn:uuid:00000000-0000-4000-8000-{:012x}".format
COMPOSITION = {
    "resourceType": "Composition", "id": "c1", "status": "final", "type": {"text": "x"},
    "date": "2026-03-12", "title": "x", "author": [{"reference": AT(1)}],
    "section": [{"entry": [{"reference": "Observation/o1"}]}],
}  # fmt: skip
IDENTIFIED = {"identifier": {"system": "urn:ietf:rfc:3986", "value": AT(9)},
              "timestamp": "2026-03-12T08:00:00Z"}  # fmt: skip


def told(made):
    """The codes that are said of a Bundle."""
    return [reason.code for reason in structure_reasons(made)]


def made(*resources, **more):
    """A Bundle with entries at addresses that may be."""
    entries = [{"fullUrl": AT(n), "resource": r} for n, r in enumerate(resources)]
    return bundle(**more) | {"entry": entries}


DOCUMENT = made(COMPOSITION, PATIENT, OBSERVATION, kind="document", **IDENTIFIED)


def test_a_whole_document_is_taken():
    """Its first resource is a composition, and all that it points at is there."""
    assert [] == told(DOCUMENT)


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (spoiled(DOCUMENT, "identifier", drop=True), "FHIR-017"),
        (spoiled(DOCUMENT, "identifier", to={"value": "x"}), "FHIR-017"),
        (spoiled(DOCUMENT, "timestamp", drop=True), "FHIR-017"),
        (spoiled(DOCUMENT, "entry", 1, drop=True), "FHIR-027"),
        (spoiled(DOCUMENT, "entry", 2, drop=True), "FHIR-027"),
        (spoiled(DOCUMENT, "entry", 2, "fullUrl", to="Observation/o1"), "FHIR-017"),
        (spoiled(DOCUMENT, "entry", 2, "fullUrl", drop=True), "FHIR-026"),
    ],
)
def test_a_document_that_lost_a_part_is_told(broken, code):
    """Identifier, time, what is pointed at, and the addresses of entries (bdl-9, bdl-10)."""
    assert [code] == told(broken)


def test_a_urn_points_inside_of_every_bundle():
    """Nobody else can know what it means."""
    lost = spoiled(OBSERVATION, "subject", "reference", to=AT(7))
    assert ["FHIR-027"] == told(made(lost))
    assert [] == told(made(spoiled(lost, "subject", "reference", to=AT(1)), PATIENT))


def test_what_a_search_found_may_point_elsewhere():
    """Relative references of a collection or search are the server's."""
    assert [] == told(made(OBSERVATION, kind="searchset", total=1))
