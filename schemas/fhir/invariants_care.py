"""Rules of R4 between the elements of clinical and administrative resources, by their keys."""

from collections.abc import Mapping

from schemas.dates import Moment, iso
from schemas.fhir.predicates import (
    Holds,
    Json,
    Object,
    any_of,
    at,
    at_most_one,
    each,
    has,
    needs,
    never,
    not_both,
    one_of,
    only_where,
    together,
    tree,
    where,
    without,
)

Rules = Mapping[str, tuple[tuple[Holds, str], ...]]
_WITHOUT_TIME = ("proposed", "cancelled", "waitlist")


def _in_order(first: str, second: str) -> Holds:
    """Two times, of which one is not before the other."""

    def holds(value: Object) -> bool:
        one, other = _moment(value.get(first)), _moment(value.get(second))
        return one is None or other is None or not one.is_after(other)

    return holds


def _moment(value: Json) -> Moment | None:
    return iso(value) if isinstance(value, str) else None


def _has_time(value: Object) -> bool:
    """app-3: only what is not agreed has no beginning and end."""
    return (has(value, "start") and has(value, "end")) or value.get("status") in _WITHOUT_TIME


def _for_a_practitioner(value: Object) -> bool:
    """ctm-1: only a practitioner takes part on behalf of an organization."""
    member = value.get("member")
    reference = member.get("reference") if isinstance(member, dict) else None
    if not has(value, "onBehalfOf") or not isinstance(reference, str):
        return not has(value, "onBehalfOf") or member is not None
    parts = reference.split("/")
    return len(parts) < 2 or parts[-2] == "Practitioner" or not parts[-2][:1].isupper()


def _parameters_say_one_thing(value: Object) -> bool:
    """inv-1: a parameter has parts, or a value, or a resource."""
    says = one_of("part", "value[x]", "resource")
    return all(says(item) and all(map(says, tree(item, "part"))) for item in at(value, "parameter"))


def _probable(value: Object) -> bool:
    """ras-2: a probability is a percentage."""
    told = value.get("probabilityDecimal")
    return not isinstance(told, int | float) or told <= 100


def _members_are_real(value: Object) -> bool:
    """grp-1: only a group of real individuals names them."""
    return not has(value, "member") or value.get("actual") is True


def _several(value: Object) -> bool:
    """lnk-1: a linkage is of two or more."""
    items = value.get("item")
    return not isinstance(items, list) or len(items) > 1


def _dated_only_when_working(value: Object) -> bool:
    """lst-3: an entry has a date only in a working list."""
    dated = any(has(entry, "date") for entry in at(value, "entry"))
    return not dated or value.get("mode") == "working"


RULES: Rules = {
    "Appointment": (
        (together("start", "end"), ".start"),  # app-2
        (_has_time, ".start"),  # app-3
        (only_where("cancelationReason", "status", "noshow", "cancelled"), ".cancelationReason"),
        (each("participant", any_of("type", "actor")), ".participant"),  # app-1
    ),
    "AppointmentResponse": ((any_of("participantType", "actor"), ".participantType"),),  # apr-1
    "AuditEvent": ((each("entity", not_both("name", "query")), ".entity"),),  # sev-1
    "CarePlan": ((each("activity", not_both("detail", "reference")), ".activity"),),  # cpl-3
    "CareTeam": ((each("participant", _for_a_practitioner), ".participant"),),
    "Condition": (
        (each("stage", any_of("summary", "assessment")), ".stage"),  # con-1
        (each("evidence", any_of("code", "detail")), ".evidence"),  # con-2
    ),
    "Consent": ((any_of("policy", "policyRule"), ".policy"),),  # ppc-1
    "CoverageEligibilityResponse": (  # ces-1
        (each("insurance.item", one_of("category", "productOrService")), ".insurance.item"),
    ),
    "FamilyMemberHistory": (
        (not_both("age[x]", "born[x]"), ".age[x]"),  # fhs-1
        (needs("estimatedAge", "age[x]"), ".estimatedAge"),  # fhs-2
    ),
    "Goal": ((each("target", needs("detail[x]", "measure")), ".target"),),  # gol-1
    "Group": ((_members_are_real, ".member"),),
    "Immunization": (  # imm-1
        (each("education", any_of("documentType", "reference")), ".education"),
    ),
    "ImmunizationRecommendation": (  # imr-1
        (each("recommendation", any_of("vaccineCode", "targetDisease")), ".recommendation"),
    ),
    "InsurancePlan": ((any_of("identifier", "name"), ""),),  # ipn-1
    "Linkage": ((_several, ".item"),),
    "List": ((_dated_only_when_working, ".entry"),),
    "MedicationAdministration": (  # mad-1
        (each("dosage", any_of("dose", "rate[x]")), ".dosage"),
    ),
    "MedicationDispense": (  # mdd-1
        (_in_order("whenPrepared", "whenHandedOver"), ".whenHandedOver"),
    ),
    "MolecularSequence": (
        (each("referenceSeq", together("chromosome", "genomeBuild")), ".referenceSeq"),  # msq-5
        (  # msq-6
            each(
                "referenceSeq",
                one_of(
                    "genomeBuild", "referenceSeqId", "referenceSeqPointer", "referenceSeqString"
                ),
            ),
            ".referenceSeq",
        ),
    ),
    "Observation": (  # obs-3
        (each("referenceRange", any_of("low", "high", "text")), ".referenceRange"),
    ),
    "Organization": (
        (each("address", never("use", "home")), ".address"),  # org-2
        (each("telecom", never("use", "home")), ".telecom"),  # org-3
    ),
    "Parameters": ((_parameters_say_one_thing, ".parameter"),),
    "RequestGroup": ((each("action", one_of("resource", "action")), ".action"),),  # rqg-1
    "RiskAssessment": ((each("prediction", _probable), ".prediction"),),
    "ServiceRequest": ((needs("orderDetail", "code"), ".orderDetail"),),  # prr-1
    "Task": ((_in_order("authoredOn", "lastModified"), ".lastModified"),),  # inv-1
    "EvidenceVariable": (  # evv-1
        (
            each(
                "characteristic",
                at_most_one(
                    "definitionReference",
                    "definitionCanonical",
                    "definitionCodeableConcept",
                    "definitionExpression",
                    "definitionDataRequirement",
                    "definitionTriggerDefinition",
                ),
            ),
            ".characteristic",
        ),
    ),
    "MeasureReport": ((where("type", "data-collection", without("group")), ".group"),),  # mrp-1
}
