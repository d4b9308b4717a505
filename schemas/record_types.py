"""Which contents may hold records; light, because the pipeline asks it of every content."""

from custody.records import base_of

NAME = "records"
# Changes whenever equal bytes may be validated otherwise.
VERSION = "7"
# JSON may be anything: only a text that begins like a resource is taken for one.
GENERIC = frozenset({"application/json", "application/x-ndjson"})
TABLES = frozenset({"text/csv"})
FORMATS = frozenset(
    {
        "application/hl7-v2",
        "application/hprim",
        "application/hprim+xml",
        "application/fhir+json",
        "application/fhir+ndjson",
        "application/fhir+xml",
        "application/hl7-cda+xml",
        "application/kmehr+xml",
        "application/dicom",
        "application/sql",
        "application/vnd.sqlite3",
        "application/vnd.apache.parquet",
    }
)
# Read by our own code alone, but for studies that are deflated; the rest needs a native parser.
NATIVE = frozenset(
    {
        "application/hl7-cda+xml",
        "application/kmehr+xml",
        "application/hprim+xml",
        "application/fhir+xml",
        "application/vnd.sqlite3",
        "application/vnd.apache.parquet",
    }
)
PURE = FORMATS - NATIVE | GENERIC | TABLES
# What calls itself one of these may be no record at all: an XML schema, a database without rows.
UNSURE = (
    GENERIC | TABLES | {"application/fhir+xml", "application/hprim+xml", "application/vnd.sqlite3"}
)
# A text that is anything else is judged by a declared contract only.
RECORD_TYPES = FORMATS | GENERIC | TABLES


def may_hold_records(media_type: str, contract: str) -> bool:
    """Whether a content is validated; `contract` is the key of the one declared for it."""
    return bool(base_of(contract)) or media_type in RECORD_TYPES
