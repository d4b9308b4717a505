"""Documents come out of records as they went in; what is none, or is another, has a name."""

import json
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError, LimitError, MalformedError, UnsupportedError
from sanitizers.containers.embedded.decoding import Field, contradiction, documents_in
from sanitizers.containers.means import Means
from sanitizers.containers.unpacked import RECORDS, Unpacked, has_parts
from sanitizers.containers.unpacking import READERS
from sanitizers.limits import DEFAULT_LIMITS, Limits
from tests.corpus import clinical
from tests.corpus.containers import NOTE
from tests.corpus.embedding import (
    BUILDERS,
    attachment,
    card,
    fhir_xml,
    hprim,
    letter,
    letters,
    lines,
    message,
    resource,
    study,
)
from tests.corpus.images import dicom, element, jpeg, png
from tests.corpus.looking import look
from tests.corpus.messages import header, written
from tests.corpus.pdfs import pdf
from tests.corpus.resources import PATIENT

HL7, FHIR, JSON = "application/hl7-v2", "application/fhir+json", "application/json"
CDA, CARD = "application/hl7-cda+xml", "text/vcard"
PDF = pdf()
CODED = letters(PDF)


def apart(content: bytes, media_type: str, limits: Limits = DEFAULT_LIMITS) -> list[Unpacked]:
    """The documents in a record."""
    return list(READERS[media_type](content, Means(limits=limits)))


@pytest.mark.parametrize("media_type", sorted(RECORDS))
def test_a_document_comes_out_as_it_went_in(media_type: str) -> None:
    """Of every format, and nothing else comes out."""
    assert [Unpacked(content=NOTE)] == apart(BUILDERS[media_type](NOTE), media_type)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(BUILDERS)), st.binary(min_size=1, max_size=300))
def test_any_bytes_survive(media_type: str, content: bytes) -> None:
    """What was written is what is inspected."""
    assert [content] == [p.content for p in apart(BUILDERS[media_type](content), media_type)]


# What is built for these types is of a more special one.
GENERAL = {"application/xml", "application/hprim+xml", JSON, "application/x-ndjson"}


@pytest.mark.parametrize("media_type", sorted(set(RECORDS) - GENERAL))
def test_what_has_a_document_is_seen_to(media_type: str) -> None:
    """The scanner notes each record that has to be taken apart."""
    said = look(BUILDERS[media_type](NOTE))

    assert media_type == said.media_type
    assert has_parts(said)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (written([header(), "OBX|1|TX|a||Voir le fichier base64 joint"]), HL7),
        (written([header(), "OBX|1|NM|718-7||13.2"]), HL7),
        (json.dumps(PATIENT).encode(), FHIR),
        (b'{"resourceType": "Observation", "valueSampledData": {"data": "1 2 E"}}', FHIR),
        (b'{"data": "YWJj"}', JSON),
        (clinical.cda(), CDA),
        (clinical.kmehr(), "application/kmehr+xml"),
        (b"BEGIN:VCARD\r\nFN:Camille\r\nNOTE:base64\r\nEND:VCARD\r\n", CARD),
        (dicom(element(8, 0x16, b"UI", b"1\0")), "application/dicom"),
    ],
)
def test_a_record_without_documents_has_no_parts(content: bytes, media_type: str) -> None:
    """Records are what they were: nothing comes out, and nothing has to."""
    assert [] == apart(content, media_type)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (written([header(), f"OBX|1|TX|a||{CODED}"]), HL7),
        (written([header(), f"NTE|1||voir: {CODED}"]), HL7),
        (message("\r\n".join(CODED[at : at + 76] for at in range(0, len(CODED), 76))), HL7),
        (message(CODED.replace("/", "\\X0D0A\\/", 1)), HL7),
        (written(["MSH#*~\\$#A", f"OBX#1#ED#a##L*AP*PDF*Base64*{CODED}"]), HL7),
        (json.dumps({"x": [{"y": CODED}]}).encode(), JSON),
        (json.dumps({CODED: 1}).encode(), JSON),
        (f'{{"a": "\\u004a{CODED[1:]}"}}'.encode(), JSON),
        (json.dumps({"u": f"data:application/pdf;base64,{CODED}"}).encode(), JSON),
        (json.dumps({"resourceType": "Binary", "data": CODED}).encode(), FHIR),
        (json.dumps({"url": "x", "valueBase64Binary": CODED}).encode(), FHIR),
        (json.dumps(attachment(CODED)).encode("utf-16"), FHIR),
        (f"<a b='{CODED}'/>".encode(), "application/xml"),
        (f"<a>&#{ord(CODED[0])};{CODED[1:]}</a>".encode(), "application/xml"),
        (f"<a><?b {CODED}?></a>".encode(), "application/xml"),
        (letter(" ".join(CODED[at : at + 60] for at in range(0, len(CODED), 60))), CDA),
        (card(f"data:application/pdf;base64,{CODED}", "PHOTO;VALUE=uri"), CARD),
        (card(CODED, "X-LETTRE"), CARD),
        (study(PDF), "application/dicom"),
    ],
)
def test_documents_are_found_wherever_they_stand(content: bytes, media_type: str) -> None:
    """In fields of another type, in other letters, in lines, in names and addresses."""
    assert [PDF] == [part.content for part in apart(content, media_type)]


def test_of_a_name_that_comes_twice_both_values_come_out() -> None:
    """Programs take the first or the last."""
    twice = f'{{"contentType": "application/pdf", "data": "{CODED}", "data": "{letters(NOTE)}"}}'

    contents = [part.content for part in apart(twice.encode(), JSON)]

    assert [PDF, NOTE] == contents


def test_what_does_not_decode_is_named_in_its_place() -> None:
    """The other documents of the record are still looked at."""
    many = lines(attachment("J*"), attachment(CODED))

    assert [(b"", "undecodable"), (PDF, "")] == [
        (part.content, part.refusal) for part in apart(many, "application/fhir+ndjson")
    ]


@pytest.mark.parametrize("spoiled", ["*", "=", "A", "é", "_"])
def test_what_is_not_quite_base64_is_no_base64(spoiled: str) -> None:
    """Programs differ on what they make of it."""
    assert ["undecodable"] == [p.refusal for p in apart(message(f"YWJj{spoiled}"), HL7)]


@pytest.mark.parametrize(
    ("declared", "content", "refusal"),
    [
        ("application/pdf", PDF, ""),
        ("application/pdf; version=1.4", PDF, ""),
        ("APPLICATION/PDF", PDF, ""),
        ("image/jpg", jpeg(), ""),
        ("image/jpeg", png(), ""),
        ("application/octet-stream", PDF, ""),
        ("", PDF, ""),
        ("text/plain", NOTE, ""),
        ("text/html", b"<html><body>a</body></html>", ""),
        ("application/pdf", NOTE, "media-type-mismatch: no application/pdf"),
        ("image/png", PDF, "media-type-mismatch: no image/png"),
        ("image/jpeg", b"This is a Base64 string", ""),
        ("image/jpeg", b"MZ" + bytes(200), "media-type-mismatch: no image/jpeg"),
        ("image/jpeg", b"<html><script>x</script>", "media-type-mismatch: no image/jpeg"),
        ("image/jpeg", Random(7).randbytes(4000), "media-type-mismatch: no image/jpeg"),
        ("text/plain", PDF, "media-type-mismatch: no text"),
        ("text/rtf", NOTE, "media-type-mismatch: no application/rtf"),
    ],
)
def test_a_declared_type_has_to_be_the_real_one(declared, content, refusal) -> None:
    """Names of the same type are one, pictures are pictures, and who says nothing does not lie."""
    assert refusal == contradiction(declared, content)


def test_a_type_is_declared_in_the_words_of_each_format() -> None:
    """Tables of HL7, parameters of cards, and attributes are understood."""
    lies = {
        HL7: message(letters(NOTE), "AP^PDF^Base64"),
        "application/hprim": hprim(letters(NOTE)),
        FHIR: resource(letters(NOTE)),
        CDA: letter(letters(NOTE)),
        "application/fhir+xml": fhir_xml(letters(NOTE)),
        CARD: card(letters(PDF)),
        "application/dicom": study(NOTE),
    }
    for media_type, content in lies.items():
        (part,) = apart(content, media_type)
        assert part.refusal.startswith("media-type-mismatch"), media_type


def test_what_cannot_be_read_whole_is_a_named_fault() -> None:
    """JSON that is none or too deep, XML that is cut, a document in fragments."""
    with pytest.raises(MalformedError):
        apart(b'{"a": JVBERi0}', JSON)
    with pytest.raises(LimitError):
        apart(b"[" * 200_000 + b"]" * 200_000, JSON)
    with pytest.raises(FormatError):
        apart(letter(CODED)[:-9], CDA)
    with pytest.raises(UnsupportedError):
        apart(dicom(element(0x42, 0x11, b"OB", b"\xfe\xff\x00\xe0\0\0\0\0")), "application/dicom")
    with pytest.raises(MalformedError):
        apart(study(PDF, size=3), "application/dicom")


def test_too_many_documents_are_a_limit() -> None:
    """A record is no way around the bounds of containers."""
    with pytest.raises(LimitError):
        apart(message("~".join(["a^b^c^Base64^YQ=="] * 9)), HL7, Limits(most_members=5))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_record_ends_in_documents_or_a_named_fault(data) -> None:
    """Whatever the bytes, nothing else leaves a reader, and documents are smaller than records."""
    media_type = data.draw(st.sampled_from(sorted(BUILDERS)))
    seed = BUILDERS[media_type](NOTE)
    at, cut = data.draw(st.integers(0, len(seed) - 1)), data.draw(st.integers(0, 9))
    content = seed[:at] + data.draw(st.binary(max_size=24)) + seed[at + cut :]
    with suppress(FormatError):
        assert sum(len(part.content) for part in apart(content, media_type)) <= len(content)


@settings(max_examples=200, deadline=None)
@given(text=st.text("JVBERi0UEsDB ^|=+/\n", max_size=60), sure=st.booleans())
def test_any_letters_are_documents_or_refused(*, text: str, sure: bool) -> None:
    """Every field comes to documents with bytes, or to a reason."""
    assert all(part.content or part.refusal for part in documents_in(Field(text=text, sure=sure)))
