"""What FHIR R5 (5.0.0) says of its resources, in the form of the table of R4."""

from collections.abc import Mapping

from schemas.fhir.resources import CODES as R4_CODES
from schemas.fhir.resources import required_elements

TYPES = frozenset(
    "Account ActivityDefinition ActorDefinition AdministrableProductDefinition AdverseEvent"
    " AllergyIntolerance Appointment AppointmentResponse ArtifactAssessment AuditEvent Basic"
    " Binary BiologicallyDerivedProduct BiologicallyDerivedProductDispense BodyStructure"
    " Bundle CapabilityStatement CarePlan CareTeam ChargeItem ChargeItemDefinition Citation"
    " Claim ClaimResponse ClinicalImpression ClinicalUseDefinition CodeSystem Communication"
    " CommunicationRequest CompartmentDefinition Composition ConceptMap Condition"
    " ConditionDefinition Consent Contract Coverage CoverageEligibilityRequest"
    " CoverageEligibilityResponse DetectedIssue Device DeviceAssociation DeviceDefinition"
    " DeviceDispense DeviceMetric DeviceRequest DeviceUsage DiagnosticReport DocumentReference"
    " Encounter EncounterHistory Endpoint EnrollmentRequest EnrollmentResponse EpisodeOfCare"
    " EventDefinition Evidence EvidenceReport EvidenceVariable ExampleScenario"
    " ExplanationOfBenefit FamilyMemberHistory Flag FormularyItem GenomicStudy Goal"
    " GraphDefinition Group GuidanceResponse HealthcareService ImagingSelection ImagingStudy"
    " Immunization ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide"
    " Ingredient InsurancePlan InventoryItem InventoryReport Invoice Library Linkage List"
    " Location ManufacturedItemDefinition Measure MeasureReport Medication"
    " MedicationAdministration MedicationDispense MedicationKnowledge MedicationRequest"
    " MedicationStatement MedicinalProductDefinition MessageDefinition MessageHeader"
    " MolecularSequence NamingSystem NutritionIntake NutritionOrder NutritionProduct"
    " Observation ObservationDefinition OperationDefinition OperationOutcome Organization"
    " OrganizationAffiliation PackagedProductDefinition Parameters Patient PaymentNotice"
    " PaymentReconciliation Permission Person PlanDefinition Practitioner PractitionerRole"
    " Procedure Provenance Questionnaire QuestionnaireResponse RegulatedAuthorization"
    " RelatedPerson RequestOrchestration Requirements ResearchStudy ResearchSubject"
    " RiskAssessment Schedule SearchParameter ServiceRequest Slot Specimen SpecimenDefinition"
    " StructureDefinition StructureMap Subscription SubscriptionStatus SubscriptionTopic"
    " Substance SubstanceDefinition SubstanceNucleicAcid SubstancePolymer SubstanceProtein"
    " SubstanceReferenceInformation SubstanceSourceMaterial SupplyDelivery SupplyRequest Task"
    " TerminologyCapabilities TestPlan TestReport TestScript Transport ValueSet"
    " VerificationResult VisionPrescription".split()
)
REQUIRED = required_elements("""
Account status ActivityDefinition status ActorDefinition status type
AdministrableProductDefinition routeOfAdministration status AdverseEvent actuality status subject
AllergyIntolerance patient Appointment participant status AppointmentResponse appointment
participantStatus ArtifactAssessment artifact[x] AuditEvent agent code recorded source Basic code
Binary contentType BiologicallyDerivedProductDispense patient product status BodyStructure
includedStructure patient Bundle type CapabilityStatement date fhirVersion format kind status
CarePlan intent status subject ChargeItem code status subject ChargeItemDefinition status Citation
status Claim created patient status type use ClaimResponse created outcome patient status type use
ClinicalImpression status subject ClinicalUseDefinition type CodeSystem content status
Communication status CommunicationRequest intent status CompartmentDefinition code name search
status url Composition author date status title type ConceptMap status Condition clinicalStatus
subject ConditionDefinition code status Consent status Coverage beneficiary kind status
CoverageEligibilityRequest created insurer patient purpose status CoverageEligibilityResponse
created insurer outcome patient purpose request status DetectedIssue status DeviceAssociation
device status DeviceDispense device status subject DeviceMetric category device type DeviceRequest
code intent subject DeviceUsage device patient status DiagnosticReport code status
DocumentReference content status Encounter status EncounterHistory class status Endpoint address
connectionType status EpisodeOfCare patient status EventDefinition status trigger Evidence status
variableDefinition EvidenceReport status subject EvidenceVariable status ExampleScenario status
ExplanationOfBenefit created outcome patient status type use FamilyMemberHistory patient
relationship status Flag code status subject GenomicStudy status subject Goal description
lifecycleStatus subject GraphDefinition name status Group membership type GuidanceResponse
module[x] status ImagingSelection code status ImagingStudy status subject Immunization
occurrence[x] patient status vaccineCode ImmunizationEvaluation doseStatus immunizationEvent
patient status targetDisease ImmunizationRecommendation date patient recommendation
ImplementationGuide fhirVersion name packageId status url Ingredient role status substance
InventoryItem status InventoryReport countType reportedDateTime status Invoice status Library
status type Linkage item List mode status ManufacturedItemDefinition manufacturedDoseForm status
Measure status MeasureReport period status type MedicationAdministration medication occurence[x]
status subject MedicationDispense medication status subject MedicationRequest intent medication
status subject MedicationStatement medication status subject MedicinalProductDefinition name
MessageDefinition date event[x] status MessageHeader event[x] source NamingSystem date kind name
status uniqueId NutritionIntake consumedItem status subject NutritionOrder dateTime intent status
subject NutritionProduct status Observation code status ObservationDefinition code status
OperationDefinition code instance kind name status system type OperationOutcome issue
PaymentNotice amount created recipient status PaymentReconciliation amount created date status
type Permission combining status PlanDefinition status Procedure status subject Provenance agent
target Questionnaire status QuestionnaireResponse questionnaire status RelatedPerson patient
RequestOrchestration intent status Requirements status ResearchStudy status ResearchSubject status
study subject RiskAssessment status subject Schedule actor SearchParameter base code description
name status type url ServiceRequest intent status subject Slot end schedule start status
SpecimenDefinition status StructureDefinition abstract kind name status type url StructureMap
group name status url Subscription channelType status topic SubscriptionStatus subscription type
SubscriptionTopic status url Substance code instance SupplyRequest item quantity Task intent
status TerminologyCapabilities date kind status TestPlan status TestReport result status
testScript TestScript name status Transport currentLocation intent requestedLocation ValueSet
status VerificationResult status VisionPrescription created dateWritten lensSpecification patient
prescriber status
""")
CODES: Mapping[tuple[str, str], frozenset[str]] = {
    **R4_CODES,
    ("DiagnosticReport", "status"): R4_CODES["DiagnosticReport", "status"] | {"modified"},
    ("MedicationRequest", "status"): R4_CODES["MedicationRequest", "status"] | {"ended"},
    ("Bundle", "type"): R4_CODES["Bundle", "type"] | {"subscription-notification"},
    ("Encounter", "status"): frozenset(
        "planned in-progress on-hold discharged completed cancelled discontinued entered-in-error"
        " unknown".split()
    ),
    ("Composition", "status"): frozenset(
        "registered partial preliminary final amended corrected appended cancelled"
        " entered-in-error deprecated unknown".split()
    ),
}

# Beyond those of R4, the subject of these may be any resource too.
ANY_SUBJECT = frozenset({"DocumentReference", "List", "ImagingSelection", "GenomicStudy"})
