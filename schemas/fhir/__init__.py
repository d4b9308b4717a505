"""FHIR R4: resources in JSON, one a line, alone, or in a Bundle."""
