import pytest

from schemas.fhir.invariants import invariant_reasons, rules_of

CODED = {"coding": [{"system": "s", "code": "a"}]}
ACTIVE, RESOLVED, ERROR = (
    {"coding": [{"system": "s", "code": code}]}
    for code in ("active", "resolved", "entered-in-error")
)

RESOURCES = {
    "obs-6": (
        "Observation",
        {"dataAbsentReason": CODED},
        {"dataAbsentReason": CODED, "valueString": "x"},
    ),
    "obs-7": (
        "Observation",
        {"valueString": "x", "code": CODED, "component": [{"code": {"text": "b"}}]},
        {"valueString": "x", "code": CODED, "component": [{"code": CODED}]},
    ),
    "pat-1": ("Patient", {"contact": [{"name": {}}]}, {"contact": [{"gender": "male"}]}),
    "con-4": (
        "Condition",
        {"abatementString": "x", "clinicalStatus": RESOLVED},
        {"abatementString": "x", "clinicalStatus": ACTIVE},
    ),
    "con-5": (
        "Condition",
        {"verificationStatus": ERROR},
        {"verificationStatus": ERROR, "clinicalStatus": ACTIVE},
    ),
    "ait-1": ("AllergyIntolerance", {"clinicalStatus": ACTIVE}, {}),
    "ait-2": (
        "AllergyIntolerance",
        {"verificationStatus": ERROR},
        {"verificationStatus": ERROR, "clinicalStatus": ACTIVE},
    ),
    "cmp-1": (
        "Composition",
        {"section": [{"section": [{"text": {}}]}]},
        {"section": [{"section": [{"title": "x"}]}]},
    ),
    "cmp-2": (
        "Composition",
        {"section": [{"text": {}, "emptyReason": CODED}]},
        {"section": [{"entry": [{}], "emptyReason": CODED}]},
    ),
    "qrs-1": (
        "QuestionnaireResponse",
        {"item": [{"answer": [{"item": [{"linkId": "2"}]}]}]},
        {"item": [{"item": [{}], "answer": [{}]}]},
    ),
    "que-1": (
        "Questionnaire",
        {"item": [{"linkId": "1", "type": "group", "item": [{"linkId": "2"}]}]},
        {"item": [{"linkId": "1", "type": "display", "item": [{"linkId": "2"}]}]},
    ),
    "que-2": (
        "Questionnaire",
        {"item": [{"linkId": "1"}, {"linkId": "2"}]},
        {"item": [{"linkId": "1", "item": [{"linkId": "1"}]}]},
    ),
    "csd-1": (
        "CodeSystem",
        {"concept": [{"code": "a"}, {"code": "b"}]},
        {"concept": [{"code": "a", "concept": [{"code": "a"}]}]},
    ),
    "lst-1": ("List", {"emptyReason": CODED}, {"emptyReason": CODED, "entry": [{}]}),
    "lst-2": (
        "List",
        {"mode": "changes", "entry": [{"deleted": True}]},
        {"mode": "working", "entry": [{"deleted": True}]},
    ),
    "org-1": ("Organization", {"name": "x"}, {"active": True}),
}  # fmt: skip
RANGE = {"low": {"value": 1, "unit": "g"}, "high": {"value": 2, "unit": "g"}}
ELEMENTS = {
    "qty-3": ("valueQuantity", {"code": "g", "system": "u"}, {"code": "g"}),
    "rng-2": ("valueRange", RANGE, {"low": RANGE["high"], "high": RANGE["low"]}),
    "rat-1": ("valueRatio", {"numerator": {}, "denominator": {}}, {"numerator": {}}),
    "att-1": ("attachment", {"data": "AA==", "contentType": "x/y"}, {"data": "AA=="}),
    "cpt-2": ("telecom", {"value": "1", "system": "phone"}, {"value": "1"}),
    "tim-1": ("repeat", {"duration": 1, "durationUnit": "h"}, {"duration": 1}),
    "tim-4": (
        "repeat",
        {"duration": 0, "durationUnit": "h"},
        {"duration": -1, "durationUnit": "h"},
    ),
    "tim-10": ("repeat", {"when": ["AC"]}, {"when": ["AC"], "timeOfDay": ["10:00:00"]}),
}


@pytest.mark.parametrize("name", RESOURCES)
def test_a_rule_of_a_resource_holds_and_is_broken(name):
    """Each rule by its key in the standard: one resource that keeps it, one that does not."""
    kind, good, bad = RESOURCES[name]
    told = [
        [reason.code for reason in invariant_reasons({"resourceType": kind, **own}, kind)]
        for own in (good, bad)
    ]
    assert [[], ["FHIR-021"]] == told


@pytest.mark.parametrize("name", ELEMENTS)
def test_a_rule_of_an_element_holds_and_is_broken(name):
    """Each rule by its key in the standard: one element that keeps it, one that does not."""
    key, good, bad = ELEMENTS[name]
    told = [[holds(own) for holds in rules_of(key)] for own in (good, bad)]
    assert [True, False] == [all(each) for each in told]


def test_ranges_of_different_units_are_not_compared():
    """5 mg to 1 g is a range."""
    own = {"low": {"value": 5, "unit": "mg"}, "high": {"value": 1, "unit": "g"}}
    assert [True] == [holds(own) for holds in rules_of("valueRange")]
