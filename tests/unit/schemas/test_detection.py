import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.parquet_table import parquet
from schemas.detection import media_type_of
from tests.corpus import messages, resources, tables
from tests.corpus.clinical import cda, kmehr
from tests.corpus.images import dicom

NOISE = bytes(range(128, 256)) * 20


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (messages.written(messages.admission()), "application/hl7-v2"),
        (messages.framed(messages.written(messages.admission())), "application/hl7-v2"),
        (b"\xef\xbb\xbf" + messages.written(messages.result(), "\n"), "application/hl7-v2"),
        (messages.batch([]), "application/hl7-v2"),
        (messages.written(messages.result()) + NOISE, "application/hl7-v2"),
        (resources.line(resources.PATIENT) * 2, "application/fhir+ndjson"),
        (resources.line(resources.PATIENT) + b'{"resourceType":"Pat', "application/fhir+ndjson"),
        (resources.line(resources.PATIENT) + NOISE, "application/fhir+ndjson"),
        (json.dumps(resources.PATIENT, indent=1).encode(), "application/fhir+json"),
        (cda(), "application/hl7-cda+xml"),
        (cda("DURAND", "DU\0ND"), "application/hl7-cda+xml"),
        (cda()[:900] + NOISE, "application/hl7-cda+xml"),
        (b"<?xml version='1.0'?>\n" + NOISE, "application/xml"),
        (kmehr(), "application/kmehr+xml"),
        (dicom(), "application/dicom"),
        (dicom()[132:], "application/dicom"),
        (tables.table(*tables.rows(5)), "text/csv"),
        (parquet({"n": [1]}), "application/vnd.apache.parquet"),
        (b"PARE\x40\0\0\0" + NOISE, "application/vnd.apache.parquet"),
        ("PARENT;ÉTAT\nDurand;é\n".encode(), "text/csv"),
        ("PAR1;ÉTAT\n1;é\n".encode(), "text/csv"),
        (tables.table(*tables.rows(5)) + NOISE, "text/plain"),
    ],
)
def test_the_beginning_says_what_an_extract_is(content, media_type):
    """Each format is known, marks before it and damage behind its beginning notwithstanding."""
    assert media_type == media_type_of(memoryview(content))


@given(st.binary(max_size=300))
def test_any_bytes_have_a_type(content):
    """Whatever the bytes are, something is said of them."""
    assert media_type_of(memoryview(content))
