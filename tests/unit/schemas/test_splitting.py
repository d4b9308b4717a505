"""Spans of accepted and refused records: every byte where it belongs, and nothing believed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dumps.splitting import DumpSplitter
from schemas.interface import NotValidated, Record, Remark, Run
from schemas.reasons.table import because
from schemas.registry import all_schemas, built_in_contracts, schema_of
from schemas.splitting import SPAN, Span, Splitter, apart, pack, unpack
from tests.corpus import extracts
from tests.corpus.validating import extract_of

BAD, ODD = because("GEN-008", "field", "9999"), because("GEN-006")


def split(content, said, heading=0, **more):
    """A splitter that heard everything."""
    splitter = Splitter(content=memoryview(content), heading=heading, **more)
    assert list(said) == list(splitter.listen(said))
    return splitter


def bytes_of(content, spans):
    """The bytes of some spans."""
    return b"".join(content[span.start : span.end] for span in spans)


def test_records_go_where_their_reasons_send_them():
    """A flagged record is accepted; only integrity refuses."""
    content = b"aabbccdd"
    said = [
        Run(number=1, count=1, offset=0, size=2),
        Record(number=2, offset=2, size=2, reasons=(BAD,)),
        Record(number=3, offset=4, size=2, reasons=(ODD,)),
        Run(number=4, count=1, offset=6, size=2),
    ]

    splitter = split(content, said)

    assert b"aaccdd" == bytes_of(content, splitter.accepted_spans)
    assert b"bb" == bytes_of(content, splitter.refused_spans)
    assert 2 == len(splitter.accepted_spans)


def test_white_space_goes_with_the_record_before_it_and_envelopes_with_none():
    """Lines keep their ends; what stands between records and is none of them stays out."""
    content = b"one\n\ntwo\nEND|2\n"
    said = [
        Run(number=1, count=1, offset=0, size=3),
        Record(number=2, offset=5, size=3, reasons=(BAD,)),
    ]

    splitter = split(content, said)

    assert b"one\n\n" == bytes_of(content, splitter.accepted_spans)
    assert b"two\n" == bytes_of(content, splitter.refused_spans)


def test_a_heading_belongs_to_both_parts():
    """Without it no line means anything; a part without records has none."""
    content = b"head\na\nb\n"
    said = [
        Run(number=1, count=1, offset=5, size=2),
        Record(number=2, offset=7, size=2, reasons=(BAD,)),
    ]

    splitter = split(content, said, heading=5)

    assert b"head\na\n" == bytes_of(content, splitter.accepted_spans)
    assert b"head\nb\n" == bytes_of(content, splitter.refused_spans)
    assert [] == split(content, [], heading=5).accepted_spans


def test_a_refused_record_is_listed_with_its_place_and_no_value():
    """Where it stands, why, and the shape of a value."""
    said = [Record(number=7, offset=2, size=2, reasons=(BAD, ODD))]

    (line,) = split(b"aabbcc", said).listed

    told = json.loads(line)
    assert (7, 2, 2) == (told["record"], told["offset"], told["size"])
    assert ["GEN-008", "GEN-006"] == [r["code"] for r in told["reasons"]]
    assert {"code": "GEN-008", "class": "integrity", "where": "field", "value": "9999"} == told[
        "reasons"
    ][0]


def test_what_is_beyond_the_bound_of_the_list_is_counted():
    """The spans stay exact, whatever the list can hold."""
    said = [Record(number=n, offset=n, size=1, reasons=(BAD,)) for n in range(5)]

    splitter = split(b"abcde", said, most_listed=1)

    assert (1, 4) == (len(splitter.listed), splitter.unlisted)
    assert b"abcde" == bytes_of(b"abcde", splitter.refused_spans)


def test_remarks_and_an_early_end_are_passed_on():
    """They are about no record."""
    said = [Remark(reason=BAD), NotValidated(schema="x", reason="cut")]

    assert [] == split(b"abc", said).refused_spans


@pytest.mark.parametrize("name", extracts.KINDS)
def test_the_parts_of_real_extracts_are_their_records(name):
    """For every format that has many records: nothing lost, nothing twice, nothing changed."""
    mixed = extracts.KINDS[name]()
    extract = extract_of(mixed.content)
    schema = schema_of(extract, all_schemas(built_in_contracts()))
    heading = mixed.content.index(b"\n") + 1 if name.endswith(".csv") else 0
    kind = DumpSplitter if name.endswith(".sql") else Splitter
    splitter = kind(content=extract.content, heading=heading)
    list(splitter.listen(schema.validate(extract)))

    assert mixed.accepted == bytes_of(mixed.content, splitter.accepted_spans)
    assert mixed.refused == bytes_of(mixed.content, splitter.refused_spans)
    assert mixed.refused_records == len(splitter.listed)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5)), max_size=20))
def test_spans_come_back_as_they_went(steps):
    """What is packed is unpacked, for any spans in order."""
    spans, at = [], 0
    for gap, size in steps:
        spans.append(Span(start=at + gap, end=at + gap + size))
        at += gap + size

    assert tuple(spans) == unpack(pack(spans), at)


@pytest.mark.parametrize(
    "untrusted",
    [
        b"short",
        SPAN.pack(0, 11),
        SPAN.pack(5, 5),
        SPAN.pack(6, 5),
        SPAN.pack(0, 5) + SPAN.pack(4, 6),
        SPAN.pack(5, 6) + SPAN.pack(0, 1),
        SPAN.pack(2**63, 2**63 + 1),
    ],
)
def test_spans_that_are_none_are_refused(untrusted):
    """Cut, empty, backwards, overlapping, out of order, out of the original."""
    with pytest.raises(ValueError, match="span"):
        unpack(untrusted, 10)


def test_a_byte_is_accepted_or_refused_and_never_both():
    """Only the heading may be in both parts."""
    head, first, second = Span(start=0, end=5), Span(start=5, end=7), Span(start=6, end=9)

    assert apart([head, first], [head, Span(start=7, end=9)], 5)
    assert apart([Span(start=0, end=7)], [head, Span(start=7, end=9)], 5)
    assert not apart([head, first], [head, second], 5)
    assert not apart([head], [head], 0)
