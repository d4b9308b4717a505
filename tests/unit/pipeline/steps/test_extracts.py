"""Replies about extracts: read with care, because the box that made them read hostile bytes."""

from datetime import date

import pytest

from custody.box import Answer, Failure, FailureCode, Produced
from custody.records import Counts, ReasonCount
from pipeline.steps.extracts import (
    FORKED_NAME,
    MOST_RESIDENT,
    PROGRAMS,
    ToValidate,
    job_of,
    read_answer,
)
from schemas.splitting import Span, pack

SIZE = 100
SAID = {
    "schema": "hl7v2",
    "counts": [3, 2, 1, 1],
    "reasons": [["GEN-008", "integrity", 1, False], ["HL7-020", "conformance", 2, False]],
    "unread": "",
    "heading": 0,
}
PARTS = {
    "accepted": pack([Span(start=0, end=40), Span(start=60, end=100)]),
    "refused": pack([Span(start=40, end=60)]),
    "listed": b"{}\n",
}


def read(said=SAID, parts=PARTS):
    """What a reply says."""
    produced = tuple(Produced(untrusted_label=k, content=v) for k, v in parts.items())
    return read_answer(Answer(untrusted_value=said, produced=produced), SIZE)


def test_a_sound_reply_is_read_whole():
    """Counts, reasons, and where the records stand."""
    answered = read()

    assert Counts(read=3, accepted=2, refused=1, flagged=1) == answered.validation.counts
    assert (
        ReasonCount(code="GEN-008", refuses=True, records=1),
        ReasonCount(code="HL7-020", refuses=False, records=2),
    ) == answered.validation.reasons
    assert (Span(start=40, end=60),) == answered.refused
    assert (b"{}\n", False) == (answered.listed, answered.transient)


@pytest.mark.parametrize(
    "changed",
    [
        {"counts": [3, 2, 2, 0]},
        {"counts": [3, 2, 1]},
        {"counts": [-1, 0, -1, 0]},
        {"counts": [True, 1, 0, 0]},
        {"counts": None},
        {"reasons": [["NO-CODE", "integrity", 1, False]]},
        {"reasons": [["GEN-008", "other", 1, False]]},
        {"reasons": [["GEN-008", "integrity", -1, False]]},
        {"reasons": [["GEN-008", "integrity", 1, 1]]},
        {"reasons": [["GEN-008", "integrity", 1, False]] * 1001},
        {"schema": 5},
        {"schema": "x" * 301},
        {"heading": "0"},
    ],
)
def test_a_reply_of_the_wrong_shape_is_an_extract_that_was_not_read(changed):
    """A process that was taken over says nothing that counts."""
    answered = read({**SAID, **changed})

    assert FailureCode.FORGED.value == answered.validation.unread
    assert not answered.validation.is_split


@pytest.mark.parametrize(
    "parts",
    [
        {**PARTS, "refused": pack([Span(start=30, end=60)])},
        {**PARTS, "refused": pack([Span(start=40, end=101)])},
        {**PARTS, "accepted": b"cut"},
        {"accepted": PARTS["accepted"]},
        {**PARTS, "more": b""},
    ],
)
def test_spans_that_cannot_be_are_not_cut(parts):
    """Overlapping, outside, cut, one without the other, or of another name."""
    assert FailureCode.FORGED.value == read(parts=parts).validation.unread


def test_a_schema_s_name_is_one_printable_line():
    """It goes where people and the ledger see it."""
    assert "a?b?" == read({**SAID, "schema": "a\nb\u202e"}).validation.schema


@pytest.mark.parametrize(
    ("code", "transient"),
    [(FailureCode.TIMED_OUT, False), (FailureCode.CRASHED, False), (FailureCode.MACHINE, True)],
)
def test_a_failure_is_told_and_only_the_machine_s_is_tried_again(code, transient):
    """What is the extract's own doing stands."""
    answered = read_answer(Failure(code=code, detail="signal 9"), SIZE)

    assert (f"{code.value}: signal 9", transient) == (
        answered.validation.unread,
        answered.transient,
    )


def test_a_job_has_room_for_every_span():
    """Two bytes a record are the least, and a span takes sixteen."""
    extract = ToValidate(content=b"x" * SIZE, size=SIZE, media_type="text/csv")
    job = job_of(extract, date(2026, 3, 13))

    assert job.produce_limit >= 16 * SIZE // 2 + job.params["most_listed"]
    assert {"today": "2026-03-13", "contract": ""}.items() <= job.params.items()


@pytest.mark.parametrize(
    ("media_type", "size", "program"),
    [
        ("application/hl7-v2", SIZE, "records"),
        ("application/fhir+ndjson", MOST_RESIDENT, "records"),
        ("application/fhir+ndjson", MOST_RESIDENT + 1, FORKED_NAME),
        ("application/hl7-cda+xml", SIZE, FORKED_NAME),
        ("application/dicom", SIZE, "records"),
        ("application/zip", SIZE, FORKED_NAME),
    ],
)
def test_native_parsers_and_large_extracts_have_a_process_to_themselves(media_type, size, program):
    """Small texts that our own code reads share one, as other such readers do."""
    extract = ToValidate(content=b"", size=size, media_type=media_type)

    assert program == extract.program
    assert program in {made.name for made in PROGRAMS}


def test_what_needs_a_native_parser_is_asked_for_again():
    """The shared process says so, and its answer counts for nothing else."""
    answered = read({"forked": True}, {})
    extract = ToValidate(content=b"", size=SIZE, media_type="application/dicom", native=True)

    assert answered.forked
    assert answered.validation.unread
    assert FORKED_NAME == extract.program
