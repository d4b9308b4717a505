"""Rules of R4 between elements by their keys: one resource that holds, one that does not."""

import pytest

from schemas.fhir.invariants import invariant_reasons

CODED = {"coding": [{"system": "s", "code": "a"}]}
ITEM = {"linkId": "1", "type": "string"}
LINE = {"id": "T", "path": "T", "min": 0, "max": "*", "definition": "d"}
INNER = {**LINE, "id": "T.a", "path": "T.a"}


def item(**more):
    """A questionnaire's one item."""
    return {"item": [{**ITEM, **more}]}


def lines(*elements, **more):
    """A structure definition of these elements."""
    return {"type": "T", "baseDefinition": "b", "snapshot": {"element": list(elements)}, **more}


CASES = {
    "app-1": (
        "Appointment",
        {"status": "proposed", "participant": [{"actor": {}}]},
        {"status": "proposed", "participant": [{"status": "accepted"}]},
    ),
    "app-2": ("Appointment", {"start": "a", "end": "b"}, {"status": "proposed", "start": "a"}),
    "app-3": ("Appointment", {"status": "waitlist"}, {"status": "booked"}),
    "app-4": (
        "Appointment",
        {"status": "cancelled", "cancelationReason": CODED},
        {"status": "proposed", "cancelationReason": CODED},
    ),
    "apr-1": ("AppointmentResponse", {"actor": {}}, {}),
    "sev-1": ("AuditEvent", {"entity": [{"name": "n"}]}, {"entity": [{"name": "n", "query": "q"}]}),
    "cpl-3": (
        "CarePlan",
        {"activity": [{"detail": {}}]},
        {"activity": [{"detail": {}, "reference": {}}]},
    ),
    "ctm-1": (
        "CareTeam",
        {"participant": [{"onBehalfOf": {}, "member": {"reference": "Practitioner/1"}}]},
        {"participant": [{"onBehalfOf": {}, "member": {"reference": "Patient/1"}}]},
    ),
    "con-1": ("Condition", {"stage": [{"summary": CODED}]}, {"stage": [{"type": CODED}]}),
    "con-2": ("Condition", {"evidence": [{"code": [CODED]}]}, {"evidence": [{"id": "x"}]}),
    "con-4": (
        "Condition",
        {
            "abatementString": "x",
            "clinicalStatus": {"coding": [{"system": "s", "code": "resolved"}]},
        },
        {"abatementString": "x"},
    ),
    "ppc-1": ("Consent", {"policyRule": CODED}, {}),
    "ces-1": (
        "CoverageEligibilityResponse",
        {"insurance": [{"item": [{"category": CODED}]}]},
        {"insurance": [{"item": [{"name": "x"}]}]},
    ),
    "fhs-1": ("FamilyMemberHistory", {"ageString": "x"}, {"ageString": "x", "bornDate": "y"}),
    "fhs-2": (
        "FamilyMemberHistory",
        {"estimatedAge": True, "ageString": "x"},
        {"estimatedAge": True},
    ),
    "gol-1": (
        "Goal",
        {"target": [{"measure": CODED, "detailString": "x"}]},
        {"target": [{"detailString": "x"}]},
    ),
    "grp-1": ("Group", {"actual": True, "member": [{}]}, {"actual": False, "member": [{}]}),
    "imm-1": (
        "Immunization",
        {"education": [{"reference": "u"}]},
        {"education": [{"publicationDate": "2020"}]},
    ),
    "imr-1": (
        "ImmunizationRecommendation",
        {"recommendation": [{"targetDisease": CODED}]},
        {"recommendation": [{"series": "x"}]},
    ),
    "ipn-1": ("InsurancePlan", {"name": "x"}, {}),
    "lnk-1": ("Linkage", {"item": [{}, {}]}, {"item": [{}]}),
    "lst-3": (
        "List",
        {"mode": "working", "entry": [{"date": "2020"}]},
        {"mode": "snapshot", "entry": [{"date": "2020"}]},
    ),
    "mad-1": ("MedicationAdministration", {"dosage": {"dose": {}}}, {"dosage": {"text": "x"}}),
    "mdd-1": (
        "MedicationDispense",
        {"whenPrepared": "2026-01-01", "whenHandedOver": "2026-01-02"},
        {"whenPrepared": "2026-01-02", "whenHandedOver": "2026-01-01"},
    ),
    "mrp-1": (
        "MeasureReport",
        {"type": "summary", "group": []},
        {"type": "data-collection", "group": [{}]},
    ),
    "msq-5": (
        "MolecularSequence",
        {"referenceSeq": {"chromosome": CODED, "genomeBuild": "x"}},
        {"referenceSeq": {"genomeBuild": "x"}},
    ),
    "msq-6": (
        "MolecularSequence",
        {"referenceSeq": {"referenceSeqString": "x"}},
        {"referenceSeq": {"referenceSeqString": "x", "referenceSeqId": CODED}},
    ),
    "obs-3": (
        "Observation",
        {"referenceRange": [{"text": "x"}]},
        {"referenceRange": [{"type": CODED}]},
    ),
    "org-2": (
        "Organization",
        {"name": "x", "address": [{"use": "work"}]},
        {"name": "x", "address": [{"use": "home"}]},
    ),
    "org-3": (
        "Organization",
        {"name": "x", "telecom": [{"use": "work"}]},
        {"name": "x", "telecom": [{"use": "home"}]},
    ),
    "inv-1 (Parameters)": (
        "Parameters",
        {"parameter": [{"name": "a", "part": [{"name": "b", "valueString": "x"}]}]},
        {"parameter": [{"name": "a", "part": [{"name": "b"}]}]},
    ),
    "inv-1 (Task)": (
        "Task",
        {"authoredOn": "2026-01-01", "lastModified": "2026-01-02"},
        {"authoredOn": "2026-01-02", "lastModified": "2026-01-01"},
    ),
    "rqg-1": ("RequestGroup", {"action": [{"resource": {}}]}, {"action": [{"title": "x"}]}),
    "ras-2": (
        "RiskAssessment",
        {"prediction": [{"probabilityDecimal": 99}]},
        {"prediction": [{"probabilityDecimal": 101}]},
    ),
    "prr-1": ("ServiceRequest", {"orderDetail": [], "code": CODED}, {"orderDetail": [CODED]}),
    "cpb-1": ("CapabilityStatement", {"rest": [], "description": "d"}, {"description": "d"}),
    "cpb-14": (
        "CapabilityStatement",
        {"rest": [], "kind": "instance", "implementation": {}},
        {"rest": [], "kind": "instance", "description": "d"},
    ),
    "cpb-9": (
        "CapabilityStatement",
        {"description": "d", "rest": [{"resource": [{"type": "Patient"}, {"type": "Group"}]}]},
        {"description": "d", "rest": [{"resource": [{"type": "Patient"}, {"type": "Patient"}]}]},
    ),
    "cmd-1": (
        "ConceptMap",
        {"group": [{"element": [{"target": [{"equivalence": "equal"}]}]}]},
        {"group": [{"element": [{"target": [{"equivalence": "narrower"}]}]}]},
    ),
    "cmd-2": (
        "ConceptMap",
        {"group": [{"unmapped": {"mode": "fixed", "code": "x"}}]},
        {"group": [{"unmapped": {"mode": "fixed"}}]},
    ),
    "nsd-1": (
        "NamingSystem",
        {"kind": "root", "uniqueId": [{"type": "oid"}]},
        {"kind": "root", "uniqueId": [{"type": "uuid"}]},
    ),
    "opd-1": (
        "OperationDefinition",
        {"parameter": [{"part": [{"type": "string"}]}]},
        {"parameter": [{"part": [{"name": "x"}]}]},
    ),
    "que-1": ("Questionnaire", item(type="group", item=[{"linkId": "2"}]), item(type="group")),
    "que-3": ("Questionnaire", item(code=[{}]), item(type="display", code=[{}])),
    "que-4": (
        "Questionnaire",
        item(answerOption=[{}]),
        item(answerOption=[{}], answerValueSet="x"),
    ),
    "que-5": ("Questionnaire", item(answerOption=[{}]), item(type="boolean", answerOption=[{}])),
    "que-6": ("Questionnaire", item(required=True), item(type="display", required=True)),
    "que-7": (
        "Questionnaire",
        item(item=[{**ITEM, "linkId": "2"}], type="group"),
        {
            "item": [
                ITEM,
                {
                    **ITEM,
                    "linkId": "2",
                    "enableWhen": [{"question": "1", "operator": "exists", "answerString": "x"}],
                },
            ]
        },
    ),
    "que-8": ("Questionnaire", item(initial=[{}]), item(type="group", item=[{}], initial=[{}])),
    "que-10": ("Questionnaire", item(maxLength=3), item(type="date", maxLength=3)),
    "que-11": ("Questionnaire", item(initial=[{}]), item(initial=[{}], answerOption=[{}])),
    "que-13": ("Questionnaire", item(initial=[{}, {}], repeats=True), item(initial=[{}, {}])),
    "spd-1": ("SearchParameter", {"xpath": "x", "xpathUsage": "normal"}, {"xpath": "x"}),
    "sdf-1": ("StructureDefinition", lines(LINE, INNER), lines(LINE, INNER, {**INNER, "id": "z"})),
    "sdf-3": ("StructureDefinition", lines(LINE), lines({"id": "T", "path": "T", "min": 0})),
    "sdf-4": (
        "StructureDefinition",
        {"differential": {}, "abstract": True},
        {"differential": {}},
    ),
    "sdf-8": ("StructureDefinition", lines(LINE, INNER), lines(LINE, {**INNER, "path": "U.a"})),
    "sdf-14": ("StructureDefinition", lines(LINE), lines({**LINE, "id": None})),
    "eld-2": ("StructureDefinition", lines(LINE), lines({**LINE, "min": 2, "max": "1"})),
    "eld-8": (
        "StructureDefinition",
        lines({**LINE, "fixedCode": "x"}),
        lines({**LINE, "fixedCode": "x", "patternCode": "x"}),
    ),
    "tst-1": (
        "TestScript",
        {"setup": {"action": [{"assert": {}}]}},
        {"setup": {"action": [{"id": "x"}]}},
    ),
    "vsd-1": (
        "ValueSet",
        {"compose": {"include": [{"system": "s"}]}},
        {"compose": {"include": [{"version": "1"}]}},
    ),
    "vsd-3": (
        "ValueSet",
        {"compose": {"include": [{"system": "s", "concept": []}]}},
        {"compose": {"include": [{"system": "s", "concept": [], "filter": []}]}},
    ),
    "vsd-10": (
        "ValueSet",
        {"expansion": {"contains": [{"system": "s", "code": "c"}]}},
        {"expansion": {"contains": [{"code": "c"}]}},
    ),
    "enableWhen.question": (
        "Questionnaire",
        {
            "item": [
                ITEM,
                {**ITEM, "linkId": "2", "enableWhen": [{"question": "1", "answerString": "x"}]},
            ]
        },
        item(enableWhen=[{"question": "9", "answerString": "x"}]),
    ),
    "enableWhen inside of its own": (
        "Questionnaire",
        item(type="group", item=[{**ITEM, "linkId": "2"}]),
        item(
            type="group",
            item=[{**ITEM, "linkId": "2"}],
            enableWhen=[{"question": "2", "answerString": "x"}],
        ),
    ),
}


@pytest.mark.parametrize("key", CASES)
def test_each_rule_holds_and_breaks(key):
    """A sound resource breaks no rule, a spoiled one does."""
    kind, sound, spoiled = CASES[key]

    assert [] == list(invariant_reasons({"resourceType": kind, **sound}, kind))
    assert {"FHIR-021"} == {
        r.code for r in invariant_reasons({"resourceType": kind, **spoiled}, kind)
    }


def test_rules_of_r4_are_not_asked_of_r5():
    """An appointment of R5 may have a beginning alone: its rules are others."""
    appointment = {"resourceType": "Appointment", "status": "proposed", "start": "2026-01-01"}

    assert [] == list(invariant_reasons(appointment, "Appointment", later=True))


@pytest.mark.parametrize("odd", [[], {}, [[]], 7, "9" * 5000])
def test_elements_of_another_type_break_no_rule_s_program(odd):
    """What is of another type is another rule's; it never ends the judging."""
    for kind, sound, spoiled in CASES.values():
        for resource in (sound, spoiled):
            bent = {"resourceType": kind, **dict.fromkeys(resource, odd)}
            inner = {key: _bent(item, odd) for key, item in resource.items()}
            list(invariant_reasons(bent, kind))
            list(invariant_reasons({"resourceType": kind, **inner}, kind))


def _bent(value, odd):
    """A value whose innermost parts are all of another type."""
    if isinstance(value, dict):
        return {key: _bent(item, odd) for key, item in value.items()}
    return [_bent(item, odd) for item in value] if isinstance(value, list) else odd
