"""Real files of public projects: what is not damaged is not refused, or we know why."""

import os
from pathlib import Path

import pydicom.data
import pytest

from schemas.interface import Record, RecordFate, Run
from schemas.registry import BUILT_IN, all_schemas, schema_of
from tests.corpus.validating import extract_of

ROOT = Path(__file__).parents[3]
CORPUS = Path(os.environ.get("AUTOCLAVE_CORPUS", ROOT.parent / "shared" / "corpus"))
DEFINITIONS = Path(os.environ.get("AUTOCLAVE_DEFINITIONS", ROOT.parent / "shared" / "definitions"))
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.is_dir(), reason=f"there are no real files at {CORPUS}"),
]


def judged(folder, pattern, schemas=BUILT_IN):
    """How many records were read, and the refused ones with their codes and places."""
    read, refused = 0, {}
    for path in sorted((CORPUS / folder).glob(pattern)):
        extract = extract_of(path.read_bytes())
        schema = schema_of(extract, schemas)
        for item in schema.validate(extract) if schema else ():
            read += item.count if isinstance(item, Run) else isinstance(item, Record)
            if isinstance(item, Record) and item.fate is RecordFate.REFUSED:
                refused[path.name] = {
                    (r.code, r.where) for r in item.reasons if r.reason_class.value == "integrity"
                }
    return read, refused


def test_vendor_messages_are_not_refused_but_one():
    """Of 139 sample messages one is refused: its order ends in a month 20 (docs/records.md)."""
    read, refused = judged("hl7v2", "*.hl7")

    assert 139 == read
    assert {"ORM-O01-01.hl7": {("GEN-008", "ORC-15")}} == refused


def test_a_public_bulk_export_has_no_refusal():
    """Thousands of resources of a public export pass whole, conditional references included."""
    read, refused = judged("fhir-bulk", "[A-Z]*.ndjson")

    assert 5945 == read
    assert {} == refused


@pytest.mark.skipif(not DEFINITIONS.is_dir(), reason="there are no official definitions here")
def test_hl7_s_own_schema_refuses_none_of_them():
    """The second validator agrees with the first one on sound data."""
    _, refused = judged("fhir-bulk", "P*.ndjson", all_schemas((), [DEFINITIONS]))

    assert {} == refused


IMPOSSIBLE = {
    ("C-CDA_R2-1_CCD.xml.ccda", "GEN-008"),
    ("C-CDA_R2-1_CCD.xml.ccda", "GEN-010"),
    ("Consultation_Note.ccda", "GEN-008"),
    ("Referral_Note.ccda", "GEN-008"),
    ("Transfer_Summary.ccda", "GEN-008"),
    ("170.314B2_Amb_CCD.ccda", "XML-004"),
}


def test_sample_documents_are_refused_for_what_is_impossible_in_them():
    """Of 22 C-CDA documents four hold months 13 or 31, and one fetches a remote style sheet."""
    read, refused = judged("ccda", "*.ccda")

    assert 22 == read
    assert IMPOSSIBLE == {(name, code) for name, said in refused.items() for code, _ in said}


@pytest.mark.skipif(not DEFINITIONS.is_dir(), reason="there are no official definitions here")
def test_the_official_schemas_of_cda_compile_and_flag_few():
    """Official CDA schemas compile without a network; what they refuse is flagged, not lost."""
    _, refused = judged("ccda", "*.ccda", all_schemas((), [DEFINITIONS]))

    assert {name for name, _ in IMPOSSIBLE} == set(refused)


def test_a_dicom_library_s_own_files_are_refused_for_a_reason():
    """Of pydicom's test files those are refused that are cut, malformed or without identity."""
    folder = Path(pydicom.data.__file__).parent / "test_files"
    refused = {}
    for path in sorted(folder.rglob("*.dcm")):
        extract = extract_of(path.read_bytes())
        schema = schema_of(extract, BUILT_IN)
        for item in schema.validate(extract) if schema else ():
            if isinstance(item, Record) and item.fate is RecordFate.REFUSED:
                refused[path.name] = {r.code for r in item.reasons} - {"DCM-008", "DCM-005"}

    assert {"MR_truncated.dcm", "rtplan_truncated.dcm"} == {
        name for name, said in refused.items() if said == {"DCM-001"}
    }
    assert {"SC_rgb_jpeg.dcm"} == {name for name, said in refused.items() if said == {"DCM-002"}}
    others = {code for said in refused.values() for code in said} - {"DCM-001", "DCM-002"}
    assert others <= {"DCM-007", "DCM-010", "DCM-004", "DCM-006", "DCM-012", "DCM-015"}
