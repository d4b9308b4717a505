import pytest

from schemas.fhir.structure import structure_reasons

ORGANIZATION = {"resourceType": "Organization", "id": "o", "name": "CH"}
PATIENT = {"resourceType": "Patient", "id": "p"}


def told(*contained, **more):
    """The codes that are said of a patient with contained resources."""
    resource = {**PATIENT, "contained": list(contained), **more}
    return [reason.code for reason in structure_reasons(resource)]


@pytest.mark.parametrize(
    "more",
    [
        {"managingOrganization": {"reference": "#o"}},
        {"instantiatesCanonical": ["#o"]},
        {"contact": [{"organization": {"reference": "#o"}}]},
    ],
)
def test_what_is_contained_and_pointed_at_is_whole(more):
    """References and canonical addresses point inside with a # (ref-1, dom-3)."""
    assert [] == told(ORGANIZATION, **more)


def test_what_points_at_its_container_needs_no_pointer():
    """dom-3 takes a contained resource that points back."""
    back = {"resourceType": "Flag", "id": "f", "status": "active", "code": {"text": "x"},
            "subject": {"reference": "#"}}  # fmt: skip
    assert [] == told(back)


def test_contained_resources_may_point_at_each_other():
    """The names of contained resources are those of their container."""
    other = {**ORGANIZATION, "id": "q", "partOf": {"reference": "#o"}}
    assert [] == told(ORGANIZATION, other, managingOrganization={"reference": "#q"})


def test_a_contained_resource_of_nobody_is_told():
    """dom-3: nothing points at it."""
    assert ["FHIR-021"] == told(ORGANIZATION)


def test_a_pointer_to_what_is_not_contained_is_told():
    """ref-1: its meaning is lost."""
    assert ["FHIR-027"] == told(managingOrganization={"reference": "#o"})


def test_an_anchor_in_the_narrative_is_no_reference():
    """People's text points inside itself."""
    assert ["FHIR-021"] == told(ORGANIZATION, text={"status": "generated", "div": "#o"})
