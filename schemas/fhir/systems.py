"""Code systems and identifier systems by their addresses, and the check that each one asks for."""

from collections.abc import Mapping

# Official test namespaces (INS of test and demonstration) stand nowhere here: fake keys are theirs.
IDENTIFIER_SYSTEMS: Mapping[str, str] = {
    "urn:oid:1.2.250.1.213.1.4.8": "nir",
    "urn:oid:1.2.250.1.213.1.4.9": "nir",
    "urn:oid:1.2.250.1.71.4.2.7": "rpps",
    "https://rpps.esante.gouv.fr": "rpps",
    "http://rpps.fr": "rpps",
    "http://finess.sante.gouv.fr": "finess",
    "https://finess.esante.gouv.fr": "finess",
    "http://finess.esante.gouv.fr": "finess",
    "https://sirene.fr": "siret",
    "http://sirene.fr": "siret",
    "https://www.ehealth.fgov.be/standards/fhir/core/NamingSystem/ssin": "niss",
    "https://www.ehealth.fgov.be/standards/fhir/NamingSystem/ssin": "niss",
    "https://www.ehealth.fgov.be/standards/fhir/core/NamingSystem/nihdi": "riziv",
    "https://www.ehealth.fgov.be/standards/fhir/core/NamingSystem/cnk-codes": "cnk",
}
CODE_SYSTEMS: Mapping[str, str] = {
    "http://loinc.org": "loinc",
    "http://snomed.info/sct": "snomed",
    "http://www.whocc.no/atc": "atc",
    "http://unitsofmeasure.org": "ucum",
    "http://hl7.org/fhir/sid/icd-10-fr": "cim10",
}
# A code of these that has only the wrong shape flags: answer lists and parts share the address.
SHAPE_FLAGS = frozenset({"loinc", "ucum", "atc", "cim10"})
