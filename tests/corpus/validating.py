"""Validates bytes in this process and tells what was said, for tests of schemas."""

from datetime import date

from schemas.detection import media_type_of
from schemas.interface import Extract, Record, Remark, Run
from schemas.registry import all_schemas, built_in_contracts, schema_of
from schemas.report import decode_report, encode_report
from schemas.tally import Tally

TODAY = date(2026, 3, 13)


def extract_of(content, declared="", media_type=None):
    """Bytes as an extract of a fixed day."""
    view = memoryview(content)
    found = media_type_of(view) if media_type is None else media_type
    return Extract(content=view, media_type=found, today=TODAY, declared=declared)


def said_by(schema, content):
    """All that a schema says of some bytes."""
    return list(schema.validate(extract_of(content)))


def report_of(content, declared=""):
    """The report of some bytes, by the schema that they ask for, as it comes out of the box."""
    extract = extract_of(content, declared)
    schema = schema_of(extract, all_schemas(built_in_contracts()))
    assert schema is not None, extract.media_type
    tally = Tally()
    tally.take(schema.validate(extract))
    return decode_report(encode_report(tally.report(schema.name, extract.media_type)))


def codes(said):
    """The codes of the reasons, once each, in the order in which they were said."""
    reasons = []
    for item in said:
        match item:
            case Record():
                reasons += item.reasons
            case Remark():
                reasons.append(item.reason)
    return list(dict.fromkeys(reason.code for reason in reasons))


def spans(said):
    """Where each record or run begins and ends."""
    return [(i.offset, i.offset + i.size) for i in said if isinstance(i, Record | Run)]
