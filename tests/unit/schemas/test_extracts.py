"""The program of the main job, called as the box calls it."""

import json
from pathlib import Path

import pydicom
import pytest

from schemas.dicom.schema import Dicom
from schemas.extracts import needs_native, prepare
from schemas.splitting import unpack
from tests.corpus import extracts, resources
from tests.corpus.clinical import CDA
from tests.corpus.validating import extract_of

PARAMS = {"today": "2026-03-13", "contract": "", "most_listed": 1 << 20}
CONTRACT = """\
name: amounts
dialect: {delimiter: ";"}
schema:
  fields:
    - {name: code, type: string}
    - {name: amount, type: integer}
"""


class Sample:
    """Bytes, opened."""

    def __init__(self, content):
        self.size = len(content)
        self._content = content

    def view(self):
        """All of it."""
        return memoryview(self._content)


def run(content, *, native=True, **changes):
    """What the program answers and emits."""
    emitted = {}
    program = prepare({"native": native, "definitions": []})
    said = program(Sample(content), {**PARAMS, **changes}, emitted.__setitem__)
    return said, emitted


def test_a_sound_extract_emits_nothing():
    """Where its records are is of no use: it is promoted as it is."""
    said, emitted = run(extracts.ndjson(bad=()).content)

    assert ("fhir-r4", [8, 8, 0, 0]) == (said["schema"], said["counts"])
    assert {} == emitted


@pytest.mark.parametrize("name", extracts.KINDS)
def test_a_mixed_extract_emits_spans_and_the_list(name):
    """Counts in the answer; places and reasons in streams of their own."""
    mixed = extracts.KINDS[name]()
    said, emitted = run(mixed.content)
    spans = unpack(emitted["accepted"], len(mixed.content))

    assert [mixed.read, mixed.read - mixed.refused_records, mixed.refused_records] == said[
        "counts"
    ][:3]
    assert mixed.accepted == b"".join(mixed.content[s.start : s.end] for s in spans)
    assert mixed.refused_records <= len(emitted["listed"].splitlines())


def test_an_answer_has_no_place_and_no_shape():
    """A place may be a patient's name: the answer is codes and numbers."""
    odd = {**resources.PATIENT, "DURAND": "", "birthDate": "2026-13-45"}
    said, emitted = run(resources.line(odd) + resources.line(resources.OBSERVATION))

    assert "DURAND" not in json.dumps(said)
    assert b"DURAND" in emitted["listed"]


def test_a_code_counts_the_records_that_it_touches():
    """Twice in one record is one record; a remark about the whole touches none."""
    said, _ = run(extracts.batch(told=9).content)
    reasons = {code: (records, whole) for code, _, records, whole in said["reasons"]}

    assert (1, False) == reasons["GEN-008"]
    assert (0, True) == reasons["HL7-007"]


@pytest.mark.parametrize(
    "content",
    [
        b'{"name": "a package", "version": "1.0"}\n',
        b'{"id": 1, "detail": {"resourceType": "Patient"}}\n{"id": 2}\n',
        b"name;value\nsodium;140\n",
    ],
)
def test_json_and_tables_of_other_kinds_are_nobody_s(content):
    """No schema, no reason, no refusal."""
    said, emitted = run(content)

    assert ("", [], {}) == (said["schema"], said["reasons"], emitted)


def test_a_declared_contract_judges_whatever_the_bytes_say():
    """The operator knows what the columns mean."""
    said, _ = run(b"code;amount\nA;1\nB;two\n", contract=CONTRACT)

    assert ("amounts", [2, 1, 1, 0]) == (said["schema"], said["counts"])


def test_the_shared_process_runs_no_native_parser():
    """XML and deflated studies are left to a process of their own; others are not."""
    assert {"forked": True} == run(CDA.encode(), native=False)[0]
    assert {"forked": True} == run(resources.document(resources.PATIENT), native=False)[0]
    assert "cda" == run(CDA.encode())[0]["schema"]
    assert "hl7v2" == run(extracts.batch().content, native=False)[0]["schema"]
    assert not needs_native(None, memoryview(b""))


def test_a_deflated_study_is_left_to_a_process_of_its_own_or_refused():
    """Where no native parser may run nothing is inflated, not even what hides that it has to be."""
    path = Path(pydicom.__file__).parent / "data" / "test_files" / "image_dfl.dcm"
    content = path.read_bytes()
    (hidden,) = Dicom(inflates=False).validate(extract_of(content))

    assert {"forked": True} == run(content, native=False)[0]
    assert [1, 1, 0] == run(content)[0]["counts"][:3]
    assert "DCM-002" in [reason.code for reason in hidden.reasons]


def test_fhir_in_xml_is_one_record_of_its_release():
    """Whole or refused; what only speaks of FHIR, as its own XML schema does, is none of ours."""
    sound = resources.document(resources.PATIENT)
    twice = sound.replace(b"<gender", b'<gender value="male"/><gender')
    schema = b'<?xml version="1.0"?><!-- x --><xs:schema xmlns="http://hl7.org/fhir" xmlns:xs="u"/>'

    assert ("fhir-r4", [1, 1, 0, 0]) == _told(sound)
    assert ("fhir-r4", [1, 0, 1, 0]) == _told(twice)
    assert ("fhir-r4", [1, 0, 1, 0]) == _told(sound[:-9])
    assert ("", [0, 0, 0, 0]) == _told(schema)


def _told(content):
    said, _ = run(content)
    return said["schema"], said["counts"]
