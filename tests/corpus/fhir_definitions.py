"""Writes a small part of FHIR's definitions, in the form in which HL7 publishes them."""

import json

BASE = "http://hl7.org/fhir/StructureDefinition/"
GENDERS = "http://hl7.org/fhir/ValueSet/administrative-gender"
GENDER = "http://hl7.org/fhir/administrative-gender"
STATES = "http://hl7.org/fhir/ValueSet/marital"
MARITAL = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"


def element(path, low=0, high="1", *kinds, **more):
    """One element of a snapshot; a kind is a type's name, or a reference with its targets."""
    types = [
        {"code": "Reference", "targetProfile": [BASE + name for name in kind[1:]]}
        if isinstance(kind, tuple)
        else {"code": kind}
        for kind in kinds
    ]
    return {"path": path, "min": low, "max": high, "type": types, **more}


def bound(url):
    """A binding of strength "required"."""
    return {"binding": {"strength": "required", "valueSet": f"{url}|4.0.1"}}


def structure(name, kind, *elements, version="4.0.1", **more):
    """One structure definition."""
    return {
        "resourceType": "StructureDefinition",
        "id": name,
        "url": BASE + name,
        "fhirVersion": version,
        "kind": kind,
        "type": name,
        "derivation": "specialization",
        "snapshot": {"element": [{"path": name, "min": 0, "max": "*"}, *elements]},
        **more,
    }


def structures(version="4.0.1"):
    """Patients, Bundles and observations with what they are made of."""
    return [
        structure(
            "Element",
            "complex-type",
            element("Element.id", 0, "1", "http://hl7.org/fhirpath/System.String"),
            element("Element.extension", 0, "*", "Extension"),
            version=version,
        ),
        structure("string", "primitive-type", version=version),
        structure(
            "Extension",
            "complex-type",
            element("Extension.url", 1, "1", "http://hl7.org/fhirpath/System.String"),
            element("Extension.value[x]", 0, "1", "string", "code"),
            version=version,
        ),
        structure(
            "HumanName",
            "complex-type",
            element("HumanName.family", 0, "1", "string"),
            element("HumanName.given", 0, "*", "string"),
            version=version,
        ),
        structure(
            "Coding",
            "complex-type",
            element("Coding.system", 0, "1", "uri"),
            element("Coding.code", 0, "1", "code"),
            version=version,
        ),
        structure(
            "CodeableConcept",
            "complex-type",
            element("CodeableConcept.coding", 0, "*", "Coding"),
            element("CodeableConcept.text", 0, "1", "string"),
            version=version,
        ),
        structure(
            "Reference",
            "complex-type",
            element("Reference.reference", 0, "1", "string"),
            element("Reference.type", 0, "1", "uri"),
            version=version,
        ),
        structure(
            "Patient",
            "resource",
            element("Patient.id", 0, "1", "http://hl7.org/fhirpath/System.String"),
            element("Patient.contained", 0, "*", "Resource"),
            element("Patient.extension", 0, "*", "Extension"),
            element("Patient.active", 0, "1", "boolean"),
            element("Patient.name", 0, "*", "HumanName"),
            element("Patient.gender", 0, "1", "code", **bound(GENDERS)),
            element("Patient.birthDate", 0, "1", "date"),
            element("Patient.deceased[x]", 0, "1", "boolean", "dateTime"),
            element("Patient.maritalStatus", 0, "1", "CodeableConcept", **bound(STATES)),
            element("Patient.multipleBirth[x]", 0, "1", "boolean", "integer"),
            element("Patient.contact", 0, "*", "BackboneElement"),
            element("Patient.contact.name", 1, "1", "HumanName"),
            element("Patient.managingOrganization", 0, "1", ("Reference", "Organization")),
            element("Patient.link", 0, "*", contentReference="#Patient.contact"),
            version=version,
        ),
        structure(
            "Observation",
            "resource",
            element("Observation.id", 0, "1", "http://hl7.org/fhirpath/System.String"),
            element("Observation.status", 1, "1", "code"),
            element("Observation.code", 1, "1", "CodeableConcept"),
            element("Observation.effective[x]", 1, "1", "dateTime", "instant"),
            version=version,
        ),
        structure("Profile", "resource", version=version, derivation="constraint"),
        structure("Organization", "resource", version=version),
    ]


def terms():
    """A list of the standard's own, one that goes on growing, and one that nobody can write out."""
    codes = {GENDER: ("male", "female"), MARITAL: ("M", "S")}
    systems = [
        {
            "resourceType": "CodeSystem",
            "url": url,
            "content": "complete",
            "concept": [{"code": own[0], "concept": [{"code": own[1]}]}],
        }
        for url, own in codes.items()
    ]
    sets = [
        {"resourceType": "ValueSet", "url": GENDERS, "compose": {"include": [{"system": GENDER}]}},
        {
            "resourceType": "ValueSet",
            "url": STATES,
            "compose": {"include": [{"system": MARITAL, "concept": [{"code": "M"}]}]},
        },
    ]
    return [*systems, *sets]


def bundle_of(resources):
    """The resources as one file of the specification."""
    entries = [{"resource": resource} for resource in resources]
    return json.dumps({"resourceType": "Bundle", "entry": entries}).encode()


def write_definitions(folder, version="4.0.1"):
    """Write them as the files of the specification; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "profiles-types.json").write_bytes(bundle_of(structures(version)))
    (folder / "valuesets.json").write_bytes(bundle_of(terms()))
    return folder
