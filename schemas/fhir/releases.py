"""The releases of FHIR that are read, and how a resource shows which one it was written in.

Most elements are the same in both. What tells are types that only one of them has, and elements
that only one of them knows or gives another type.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.fhir import resources, resources_r5

Json = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release: its types, what each cannot do without, and codes that decide a meaning.

    `any_subject` are the types whose subject may be any resource.
    """

    name: str
    types: frozenset[str]
    required: Mapping[str, tuple[str, ...]]
    codes: Mapping[tuple[str, str], frozenset[str]]
    any_subject: frozenset[str]


R4 = Release(
    name="R4",
    types=resources.TYPES,
    required=resources.REQUIRED,
    codes=resources.CODES,
    any_subject=resources.ANY_SUBJECT,
)
R5 = Release(
    name="R5",
    types=resources_r5.TYPES,
    required=resources_r5.REQUIRED,
    codes=resources_r5.CODES,
    any_subject=resources.ANY_SUBJECT | resources_r5.ANY_SUBJECT,
)

# Elements of the first level that the other release does not have in this type.
_ONLY_R4 = resources.required_elements("""
AllergyIntolerance asserter recorder Appointment cancelationReason comment reasonCode
reasonReference AuditEvent outcomeDesc purposeOfEvent subtype type CarePlan author Communication
reasonCode reasonReference Condition asserter recorder Consent dateTime organization patient
performer policy policyRule scope Coverage payor Device deviceName distinctIdentifier patient
specialization DeviceRequest codeCodeableConcept codeReference DiagnosticReport imagingStudy
DocumentReference authenticator masterIdentifier Encounter classHistory hospitalization period
reasonCode reasonReference statusHistory EpisodeOfCare team Goal expressedBy outcomeCode
outcomeReference Group actual ImagingStudy interpreter procedureCode procedureReference reasonCode
reasonReference Immunization education reasonCode reasonReference recorded reportOrigin Location
physicalType telecom MedicationAdministration context effectiveDateTime effectivePeriod
medicationCodeableConcept medicationReference reasonCode reasonReference MedicationDispense context
medicationCodeableConcept medicationReference MedicationRequest medicationCodeableConcept
medicationReference reasonCode reasonReference reportedBoolean reportedReference
MedicationStatement context medicationCodeableConcept medicationReference Organization address
telecom Procedure asserter performedAge performedDateTime performedPeriod performedRange
performedString reasonCode reasonReference usedCode usedReference Provenance reason
ResearchSubject actualArm assignedArm individual ServiceRequest locationCode locationReference
reasonCode reasonReference Task performerType reasonCode reasonReference
""")
_ONLY_R5 = resources.required_elements("""
AllergyIntolerance participant Appointment cancellationDate cancellationReason note class reason
subject virtualService AuditEvent authorization category code encounter occurredDateTime
occurredPeriod patient severity CarePlan custodian Composition note url useContext Condition
participant Consent controller decision grantee grantor manager period subject Coverage
insurancePlan insurer kind paymentBy Device displayName mode name DeviceRequest code
DiagnosticReport composition study supportingInfo DocumentReference attester bodySite
facilityType modality practiceSetting version Encounter actualPeriod admission careTeam
dietPreference plannedEndDate plannedStartDate reason subjectStatus virtualService EpisodeOfCare
careTeam reason Goal outcome source Group membership ImagingStudy procedure reason Immunization
administeredProduct informationSource reason Location characteristic contact form
MedicationAdministration encounter isSubPotent medication occurenceDateTime occurencePeriod
recorded MedicationDispense encounter medication notPerformedReason recorded MedicationRequest
effectiveDosePeriod informationSource medication statusChanged MedicationStatement adherence
encounter medication Observation bodyStructure triggeredBy valueAttachment valueReference
Organization qualification Procedure focus occurrenceAge occurrenceDateTime occurrencePeriod
occurrenceRange occurrenceString reported recorded used Provenance authorization encounter patient
ResearchSubject actualComparisonGroup assignedComparisonGroup subject ServiceRequest bodyStructure
focus reason Task requestedPerformer requestedPeriod
""")


def release_of(resource: Mapping[str, Json]) -> Release | None:
    """Return the release that a resource shows; None when it may be of either.

    What shows both is of R4, which is far more common, and has an element too many. Entries of a
    Bundle are asked in their order until one tells.
    """
    kind = resource.get("resourceType")
    if not isinstance(kind, str):
        return None
    if kind == "Bundle":
        entries = resource.get("entry")
        return _first(entries if isinstance(entries, list) else ())
    fitting = [release for release in (R4, R5) if kind in release.types]
    if len(fitting) == 1:
        return fitting[0]
    if any(name in resource for name in _ONLY_R4.get(kind, ())) or _retyped(kind, resource, str):
        return R4
    later = any(name in resource for name in _ONLY_R5.get(kind, ()))
    return R5 if later or _retyped(kind, resource, dict) else None


def _first(entries: Iterable[Json]) -> Release | None:
    for entry in entries:
        inner = entry.get("resource") if isinstance(entry, dict) else None
        # A Bundle in a Bundle is asked for nothing: how deep they lie is another rule's.
        if isinstance(inner, dict) and inner.get("resourceType") != "Bundle":
            release = release_of(inner)
            if release is not None:
                return release
    return None


def _retyped(kind: str, resource: Mapping[str, Json], as_type: type) -> bool:
    """Whether an element that R5 gave another type is written as R4 (str) or R5 (dict) does."""
    match kind:
        case "AllergyIntolerance":
            return isinstance(resource.get("type"), as_type)
        case "Encounter":
            later = _is_concept(resource.get("class"))
            return later if as_type is dict else not later and "class" in resource
        case _:
            return False


def _is_concept(value: Json) -> bool:
    """Whether a class is a list of concepts (R5) and not one coding (R4)."""
    return isinstance(value, list) or (isinstance(value, dict) and "coding" in value)
