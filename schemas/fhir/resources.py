"""What FHIR R4 (4.0.1) says of its resources: their names, and what each cannot do without.

HL7's own JSON schema cannot ask for primitives: an Encounter without a status passes it. The table
here is of the elements with a minimum of one at the first level; "x" stands for a choice of types.
"""

from collections.abc import Mapping

TYPES = frozenset(
    "Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment"
    " AppointmentResponse AuditEvent Basic Binary BiologicallyDerivedProduct BodyStructure"
    " Bundle CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem"
    " ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem Communication"
    " CommunicationRequest CompartmentDefinition Composition ConceptMap Condition Consent"
    " Contract Coverage CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue"
    " Device DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement DiagnosticReport"
    " DocumentManifest DocumentReference EffectEvidenceSynthesis Encounter Endpoint"
    " EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition Evidence"
    " EvidenceVariable ExampleScenario ExplanationOfBenefit FamilyMemberHistory Flag Goal"
    " GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy Immunization"
    " ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan"
    " Invoice Library Linkage List Location Measure MeasureReport Media Medication"
    " MedicationAdministration MedicationDispense MedicationKnowledge MedicationRequest"
    " MedicationStatement MedicinalProduct MedicinalProductAuthorization"
    " MedicinalProductContraindication MedicinalProductIndication MedicinalProductIngredient"
    " MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged"
    " MedicinalProductPharmaceutical MedicinalProductUndesirableEffect MessageDefinition"
    " MessageHeader MolecularSequence NamingSystem NutritionOrder Observation"
    " ObservationDefinition OperationDefinition OperationOutcome Organization"
    " OrganizationAffiliation Parameters Patient PaymentNotice PaymentReconciliation Person"
    " PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire"
    " QuestionnaireResponse RelatedPerson RequestGroup ResearchDefinition"
    " ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment"
    " RiskEvidenceSynthesis Schedule SearchParameter ServiceRequest Slot Specimen"
    " SpecimenDefinition StructureDefinition StructureMap Subscription Substance"
    " SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation"
    " SubstanceSourceMaterial SubstanceSpecification SupplyDelivery SupplyRequest Task"
    " TerminologyCapabilities TestReport TestScript ValueSet VerificationResult"
    " VisionPrescription".split()
)

_REQUIRED = """
Account status AllergyIntolerance patient Appointment status participant AppointmentResponse
appointment participantStatus AuditEvent type recorded agent source Basic code Binary
contentType BodyStructure patient Bundle type CarePlan status intent subject Claim status type
use patient created provider priority insurance ClaimResponse status type use patient created
insurer outcome ClinicalImpression status subject CodeSystem status content Communication status
CommunicationRequest status Composition status type date author title ConceptMap status
Condition subject Consent status scope category Coverage status beneficiary payor DetectedIssue
status DeviceMetric type category DeviceRequest intent code[x] subject DeviceUseStatement status
subject device DiagnosticReport status code DocumentManifest status content DocumentReference
status content Encounter status class Endpoint status connectionType payloadType address
EpisodeOfCare status patient ExplanationOfBenefit status type use patient created insurer
provider outcome insurance FamilyMemberHistory status patient relationship Flag status code
subject Goal lifecycleStatus description subject Group type actual GuidanceResponse status
module[x] ImagingStudy status subject Immunization status vaccineCode patient occurrence[x]
ImmunizationEvaluation status patient targetDisease immunizationEvent doseStatus
ImmunizationRecommendation patient date recommendation Invoice status Library status type
Linkage item List status mode Measure status MeasureReport status type measure period Media
status content MedicationAdministration status medication[x] subject effective[x]
MedicationDispense status medication[x] MedicationRequest status intent medication[x] subject
MedicationStatement status medication[x] subject MessageHeader event[x] source NutritionOrder
status intent patient dateTime Observation status code OperationOutcome issue PlanDefinition
status Procedure status subject Provenance target recorded agent Questionnaire status
QuestionnaireResponse status RelatedPerson patient RequestGroup status intent ResearchStudy
status ResearchSubject status study individual RiskAssessment status subject Schedule actor
ServiceRequest status intent subject Slot schedule status start end Subscription status reason
criteria channel SupplyRequest item[x] quantity Task status intent ValueSet status
VisionPrescription status created patient dateWritten prescriber lensSpecification
"""


def required_elements(text: str) -> Mapping[str, tuple[str, ...]]:
    """Return the table of a text: a capital begins a resource, and its elements follow."""
    table: dict[str, tuple[str, ...]] = {}
    current = ""
    for word in text.split():
        if word[0].isupper():
            current = word
        table[current] = (*table.get(current, ()), *(() if word == current else (word,)))
    return table


REQUIRED = required_elements(_REQUIRED)

_EVENT = frozenset(
    "preparation in-progress not-done on-hold stopped completed entered-in-error unknown".split()
)
_REQUEST = frozenset("draft active on-hold revoked completed entered-in-error unknown".split())
# Value sets of strength "required" for elements that decide what a record means.
CODES: Mapping[tuple[str, str], frozenset[str]] = {
    ("Patient", "gender"): frozenset("male female other unknown".split()),
    ("Practitioner", "gender"): frozenset("male female other unknown".split()),
    ("RelatedPerson", "gender"): frozenset("male female other unknown".split()),
    ("Person", "gender"): frozenset("male female other unknown".split()),
    ("Observation", "status"): frozenset(
        "registered preliminary final amended corrected cancelled entered-in-error unknown".split()
    ),
    ("DiagnosticReport", "status"): frozenset(
        "registered partial preliminary final amended corrected appended cancelled"
        " entered-in-error unknown".split()
    ),
    ("Encounter", "status"): frozenset(
        "planned arrived triaged in-progress onleave finished cancelled entered-in-error"
        " unknown".split()
    ),
    ("Procedure", "status"): _EVENT,
    ("Communication", "status"): _EVENT,
    ("MedicationRequest", "status"): frozenset(
        "active on-hold cancelled completed entered-in-error stopped draft unknown".split()
    ),
    ("MedicationRequest", "intent"): frozenset(
        "proposal plan order original-order reflex-order filler-order instance-order option".split()
    ),
    ("ServiceRequest", "status"): _REQUEST,
    ("CarePlan", "status"): _REQUEST,
    ("Immunization", "status"): frozenset("completed entered-in-error not-done".split()),
    ("DocumentReference", "status"): frozenset("current superseded entered-in-error".split()),
    ("Composition", "status"): frozenset("preliminary final amended entered-in-error".split()),
    ("Appointment", "status"): frozenset(
        "proposed pending booked arrived fulfilled cancelled noshow entered-in-error checked-in"
        " waitlist".split()
    ),
    ("Bundle", "type"): frozenset(
        "document message transaction transaction-response batch batch-response history searchset"
        " collection".split()
    ),
}

# What an element of this name may point at, in every resource that has it; in R4 or in R5.
_SUBJECTS = frozenset(
    "Patient Group Device Location Medication Substance Procedure Practitioner PractitionerRole"
    " Organization HealthcareService PlanDefinition RelatedPerson CareTeam Specimen ResearchStudy"
    " ResearchSubject BiologicallyDerivedProduct NutritionProduct".split()
)
# Their subject may be any resource (R4 and R5: Reference(Any)), or one of a list of their own.
ANY_SUBJECT = frozenset(
    "QuestionnaireResponse Composition Basic Contract MedicinalProductAuthorization"
    " MedicinalProductContraindication MedicinalProductIndication MedicinalProductInteraction"
    " MedicinalProductPackaged MedicinalProductUndesirableEffect RegulatedAuthorization"
    " ClinicalUseDefinition PackagedProductDefinition".split()
)
TARGETS: Mapping[str, frozenset[str]] = {
    "patient": frozenset({"Patient"}),
    "beneficiary": frozenset({"Patient"}),
    "subject": _SUBJECTS,
    "encounter": frozenset({"Encounter", "EpisodeOfCare"}),
    "specimen": frozenset({"Specimen", "Group", "SpecimenDefinition"}),
    "managingOrganization": frozenset({"Organization"}),
    "serviceProvider": frozenset({"Organization"}),
    "location": frozenset({"Location"}),
}
