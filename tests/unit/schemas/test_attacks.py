"""The attacks that a recovered extract has to be expected to carry, and what becomes of each.

"refused" is a record that is not let in, or an extract that is not proven whole; "flagged" is let
in and told; "accepted" has nothing said against it but that a second validator is missing.
"""

import base64
import random
import struct
import zlib
from collections.abc import Iterator

import pytest

from cli.hospital.dicom import instance
from schemas.interface import ReasonClass
from schemas.registry import built_in_contracts
from tests.corpus import resources, tables
from tests.corpus.clinical import ATTACHED, cda, kmehr
from tests.corpus.fixed import rum
from tests.corpus.images import element
from tests.corpus.messages import admission, batch, framed, result, written
from tests.corpus.resources import (
    DOCUMENT,
    ENCOUNTER,
    OBSERVATION,
    PATIENT,
    PROGRAM,
    spoiled,
)
from tests.corpus.tables import line, table
from tests.corpus.validating import report_of
from tests.unit.schemas.dicom.test_dicom import IMAGE, STUDY, directory, with_private

REFUSED, FLAGGED, ACCEPTED = "refused", "flagged", "accepted"
Case = tuple[str, bytes, str]
NEVER_ENCRYPTED = random.Random(7).randbytes(65_536)


def verdict(content: bytes) -> str:
    """What becomes of an extract, with the table's contract where the heading is destroyed."""
    declared = "lab-results" if content[:4] not in STARTS and b"result_id" in content[:9] else ""
    if content[:8] == b"  05M091":
        declared = "pmsi-rss"
    report = report_of(content, declared)
    if not report.is_whole:
        return REFUSED
    said = [g for g in report.groups if g.code != "GEN-013"]
    assert all(group.reason_class is ReasonClass.CONFORMANCE for group in said)
    return FLAGGED if said else ACCEPTED


PROGRAM_TEXT = base64.b64encode(PROGRAM).decode()
PATIENTS = next(c for c in built_in_contracts() if c.name == "patients")
STARTS = (b"MSH|", b"FHS|", b"BHS|")
SWAPPED = tables.HEADING.replace("ipp;visit", "visit;ipp")


def changed(**fields: str) -> bytes:
    """A table whose second row is changed."""
    return table(line(1), line(2, **fields), line(3))


def people(**fields: str) -> bytes:
    """A table of one patient; it is known by its heading."""
    names = [column.name for column in PATIENTS.columns]
    sound = {"ipp": "P1", "birth_name": "DURAND", "sex": "F", "born_on": "1961-07-14"}
    row = ";".join((sound | fields).get(name, "") for name in names)
    return f"{';'.join(names)}\n{row}\n".encode()


def csv_cases() -> Iterator[Case]:
    """Tables."""
    for name, text in (
        ("HYPERLINK", "=HYPERLINK(1)"),
        ("DDE", "+cmd|' /C calc'!A0"),
        ("SUM", "@SUM(A1)"),
        ("tab and =", "\t=1+1"),
        ("return and =", "\r=1+1"),
        ("space and =", " =1+1"),
        ("zero and =", "\x00=1+1"),
        ("full width =", "\uff1d1+1"),
    ):
        yield f"CSV {name}", changed(label=text), REFUSED
    yield "CSV minus in a number", changed(value="-1,5", unit="mV"), ACCEPTED
    yield "CSV minus for absent", changed(label="-"), ACCEPTED
    yield "CSV open quote", changed(label='"Hb'), REFUSED
    yield "CSV extra field", changed(label="a;b"), REFUSED
    yield "CSV short row", table(line(1), line(2).rsplit(";", 1)[0]), REFUSED
    yield "CSV heading swapped", table(line(1), heading=SWAPPED), REFUSED
    yield "CSV bad UTF-8", changed(label="Hb").replace(b";Hb;", b";H\xff\xfe;"), REFUSED
    yield "CSV zero tail", table(*tables.rows(9)) + bytes(4096), REFUSED
    yield "CSV cut", table(*tables.rows(9))[:-7], REFUSED
    yield "CSV same key, other content", table(line(1), line(1, value="9,9")), REFUSED
    yield "CSV LOINC key", changed(loinc="718-8"), REFUSED
    yield "CSV LOINC of the list", changed(loinc="5895-7"), ACCEPTED
    yield "CSV times a thousand", changed(value="13200,0"), REFUSED
    yield "CSV 29 February 2023", changed(collected_at="2023-02-29T07:30:00"), REFUSED
    yield "CSV byte order mark", b"\xef\xbb\xbf" + table(line(1)), FLAGGED
    yield "CSV heading twice", table(line(1), heading=tables.HEADING + ";ipp"), REFUSED
    yield "CSV another unit", changed(value="132,0", unit="g/dL"), REFUSED
    yield "CSV result before its sample", changed(issued_at="2026-01-01T07:30:00"), REFUSED
    yield "CSV RPPS key", changed(rpps="01234567896"), REFUSED
    yield "CSV number +33", people(phone="+33 1 23 45 67 89"), ACCEPTED
    yield "CSV NIR key", people(ins="262087503203978"), REFUSED
    yield "CSV death before birth", people(died_on="1950-01-01"), REFUSED
    yield "CSV birth after the extract", people(born_on="2027-01-01"), REFUSED
    intermittent = bytearray(table(*tables.rows(30_000)))
    for at in range(0, len(intermittent), 1 << 20):
        intermittent[at + 200_000 : at + 265_536] = NEVER_ENCRYPTED
    yield "CSV intermittently encrypted", bytes(intermittent), REFUSED
    window = bytearray(table(*tables.rows(3000)))
    window[100_000 : 100_000 + 65_536] = NEVER_ENCRYPTED
    yield "CSV encrypted window", bytes(window), REFUSED


def frame_cases() -> Iterator[Case]:
    """Frames of the minimal lower layer protocol."""
    one, two = written(admission("M1")), written(admission("M2"))
    yield "HL7 frame marks", framed(one.replace(b"DURAND", b"DU\x0bAND")), REFUSED
    yield "HL7 end mark in a field", framed(one.replace(b"DURAND", b"DU\x1cAND")), REFUSED
    split = one.replace(b"DURAND", b"DU\x1c\rMSH")
    yield "HL7 end mark and return in a field", framed(split), REFUSED
    yield "HL7 frames without returns", framed(one)[:-1] + framed(two)[:-1], FLAGGED
    yield "HL7 last segment without return in a frame", framed(one[:-1]), FLAGGED
    yield "HL7 neither return at the end of a frame", framed(one[:-1])[:-1], REFUSED
    yield "HL7 open frame", framed(one)[:-2], REFUSED
    yield "HL7 bytes between frames", framed(one) + b"JUNK" + framed(two), REFUSED


def hl7_cases() -> Iterator[Case]:
    """Messages of HL7 v2."""
    one, two = written(admission("M1")), written(admission("M2"))
    program = base64.b64encode(PROGRAM).decode()
    patient = admission()[2]
    yield "HL7 count lies", batch([one, two], told=3), REFUSED
    yield "HL7 no trailer", batch([one, two]).partition(b"BTS")[0], REFUSED
    yield "HL7 cut", one[:-20], REFUSED
    yield "HL7 two headers", one[:-40] + two, REFUSED
    yield "HL7 two patients", written([*admission()[:3], *admission()[2:]]), REFUSED
    yield "HL7 separators", one.replace(b"|^~\\&|", b"|^~^&|", 1), REFUSED
    yield "HL7 zero bytes", one.replace(b"DURAND", b"DU\x00\x00ND"), REFUSED
    yield "HL7 garbage", one[:90] + NEVER_ENCRYPTED[:400] + one[90:], REFUSED
    yield "HL7 LF", written(admission(), "\n"), FLAGGED
    yield "HL7 pointer", written(result(kind="RP", value="file:///etc/passwd")), REFUSED
    yield "HL7 program", written(result(kind="ED", value=f"A^AP^X^Base64^{program}")), REFUSED
    hidden = "a\\X0D\\PID\\F\\1\\F\\\\F\\OTHER"
    yield "HL7 hidden segment", written(result(kind="TX", value=hidden)), REFUSED
    yield "HL7 line break in a text", written(result(kind="TX", value="a\\X0D\\b")), ACCEPTED
    yield "HL7 pointer to a share", written(result(kind="RP", value="x&file:///etc/x^A")), REFUSED
    yield "HL7 pointer that runs", written(result(kind="RP", value="javascript:x()^A")), REFUSED
    yield "HL7 program in a text", written(result(kind="TX", value=program)), REFUSED
    yield "HL7 program without type", written(result(kind="", value=f"A^AP^X^B^{program}")), REFUSED
    odd = written(result(kind="ED", value=f"A^AP^X^gzip^{program}"))
    yield "HL7 attachment of another encoding", odd, REFUSED
    yield "HL7 message behind its batch", batch([one]) + two, REFUSED
    yield "HL7 message before its batch", one + batch([two]), REFUSED
    yield "HL7 two batch files in one", batch([one]) + batch([two]), ACCEPTED
    yield "HL7 BTS in other digits", batch([one]).replace(b"BTS|1", "BTS|\u0661".encode()), REFUSED
    utf7 = one.replace(b"UNICODE UTF-8", b"UTF-7")
    yield "HL7 unknown charset", utf7, REFUSED
    yield "HL7 escaped zero", written(result(kind="TX", value="a\\X00\\b")), REFUSED
    zbe = "ZBE|MV1^DPI|20260312073000||INSERT|N|||CHIR"
    yield "HL7 ZBE", written([*admission(), zbe]), ACCEPTED
    yield "HL7 unknown segment", written([*admission(), "ZQQ|1"]), FLAGGED
    impossible = patient.replace("19610714", "19801399")
    yield "HL7 birth 19801399", written(admission(patient=impossible)), REFUSED
    yield "HL7 A03 before A01", written(admission("M0", event="A03")) + one, FLAGGED


def spoiled_integer(value: int) -> bytes:
    """A patient who was born as one of many."""
    return resources.line(PATIENT | {"multipleBirthInteger": value})


def narrated(inner: str) -> bytes:
    """A patient with something in the text for reading."""
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{inner}</div>'
    return resources.line(PATIENT | {"text": {"status": "generated", "div": div}})


def number_cases() -> Iterator[Case]:
    """Numbers of FHIR that two programs read differently."""
    sound = resources.line(PATIENT)
    yield "FHIR 1e400", sound[:-2] + b',"multipleBirthInteger":1e400}\n', REFUSED
    whole = sound[:-2] + b',"extension":[{"url":"http://x.example/y","valueDecimal":%d}]}\n'
    yield "FHIR whole number that doubles read otherwise", whole % (2**53 + 1), REFUSED
    yield "FHIR whole number of 300 digits", whole % int("7" * 300), REFUSED
    yield "FHIR whole number beyond every double", whole % 10**400, REFUSED
    yield "FHIR large whole number that doubles hold", whole % 10**22, ACCEPTED
    yield "FHIR integer of more than 32 bits", spoiled_integer(2**31), REFUSED
    yield "FHIR 1e-400", sound[:-2] + b',"multipleBirthInteger":1e-400}\n', REFUSED


def narrative_cases() -> Iterator[Case]:
    """Texts for reading in FHIR."""
    yield "FHIR script in a narrative", narrated("<script>x()</script>"), REFUSED
    yield "FHIR handler in a narrative", narrated('<p onerror="x()">a</p>'), REFUSED
    yield "FHIR type in a narrative", narrated("a").replace(b"<div", b"<!DOCTYPE x><div"), REFUSED
    yield "FHIR remote image", narrated('<img src="http://x.example/y.png" alt=""/>'), FLAGGED
    style = "<p style='background:{}'>a</p>".format
    yield "FHIR remote style", narrated(style("url(http://x.example/y)")), FLAGGED
    yield "FHIR style from a share", narrated(style("url(\\\\x\\y)")), REFUSED
    yield "FHIR style that runs", narrated(style("exp\\72 ession(x())")), REFUSED


def fhir_cases() -> Iterator[Case]:
    """Resources of FHIR; the mutants of single elements stand in test_fhir."""
    sound = resources.line(PATIENT)
    yield "FHIR name twice", sound.replace(b'"gender"', b'"id":"p2","gender"'), REFUSED
    yield "FHIR byte order mark", b"\xef\xbb\xbf" + sound, REFUSED
    yield "FHIR zero behind", sound[:-1] + b"\x00\n" + sound, REFUSED
    deep = b'"x":' + b'{"a":' * 2000 + b"1" + b"}" * 2000
    yield "FHIR depth 2000", sound[:-2] + b"," + deep + b"}\n", REFUSED
    escaped = sound.replace(b'"gender"', b'"\\u0069d":"p2","gender"')
    yield "FHIR name twice, escaped", escaped, REFUSED
    yield "FHIR two objects in a line", sound.strip() + sound, REFUSED
    yield "FHIR mark in the middle", sound + b"\xef\xbb\xbf" + sound, REFUSED
    hidden = [{"url": "http://x.example/y", "valueBase64Binary": PROGRAM_TEXT}]
    yield "FHIR program in a value", resources.line(PATIENT | {"extension": hidden}), REFUSED
    yield "FHIR lone surrogate", sound[:-2] + b',"language":"\\ud800"}\n', REFUSED
    conditional = spoiled(OBSERVATION, "subject", "reference", to="Patient?identifier=x|1")
    yield "FHIR conditional reference", resources.line(conditional), ACCEPTED
    orphan = spoiled(OBSERVATION, "subject", "reference", to="Patient/none")
    yield "FHIR orphan", sound + resources.line(orphan), FLAGGED
    program = spoiled(
        DOCUMENT, "content", 0, "attachment", "data", to=base64.b64encode(PROGRAM).decode()
    )
    yield "FHIR program as PDF", resources.line(program), REFUSED
    linked = spoiled(DOCUMENT, "content", 0, "attachment", to={"url": "file:///etc/passwd"})
    yield "FHIR file link", resources.line(linked), REFUSED
    scripted = spoiled(DOCUMENT, "content", 0, "attachment", to={"url": "javascript:x()"})
    yield "FHIR script link", resources.line(scripted), REFUSED
    document = resources.document(PATIENT)
    yield "FHIR XML", document, ACCEPTED
    yield (
        "FHIR XML entity",
        document.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY e "x">]>', 1),
        REFUSED,
    )
    yield "FHIR XML cut", document[:-12], REFUSED
    yield "FHIR XML script", document.replace(b"<p>", b"<script>x()</script><p>"), REFUSED
    yield "FHIR R5 shape", resources.line(spoiled(ENCOUNTER, "class", to=[{"text": "x"}])), FLAGGED
    large = base64.b64encode(b"%PDF-1.4\n" + bytes(30_000_000)).decode()
    pdf = spoiled(DOCUMENT, "content", 0, "attachment", "data", to=large)
    yield "FHIR 40 MB attachment", resources.line(pdf), ACCEPTED


def dicom_cases() -> Iterator[Case]:
    """DICOM files."""
    for name, preamble in (
        ("MZ", PROGRAM[:128]),
        ("ELF", b"\x7fELF"),
        ("script", b"#!/bin/sh"),
        ("PDF", b"%PDF-1.4"),
        ("HTML", b"<html>"),
    ):
        yield f"DICOM {name} preamble", instance(STUDY, 1, preamble=preamble), REFUSED
    yield "DICOM TIFF preamble", instance(STUDY, 1, preamble=b"II*\x00"), FLAGGED
    yield "DICOM odd byte", instance(STUDY, 1, preamble=b"\x01"), FLAGGED
    yield "DICOM program in private", with_private(PROGRAM), REFUSED
    yield "DICOM appended program", IMAGE + PROGRAM, REFUSED
    yield "DICOM half", IMAGE[: len(IMAGE) // 2], REFUSED
    yield "DICOM ten bytes short", IMAGE[:-10], REFUSED
    at = IMAGE.index(struct.pack("<HH2s", 0x10, 0x10, b"PN")) + 6
    yield "DICOM length 65535", IMAGE[:at] + b"\xff\xff" + IMAGE[at + 2 :], REFUSED
    yield "DICOM head cut", IMAGE[:1500], REFUSED
    yield "DICOM garbled", IMAGE[:400] + NEVER_ENCRYPTED[:200] + IMAGE[600:], REFUSED
    pixels = IMAGE.rindex(struct.pack("<HH2s", 0x7FE0, 0x10, b"OW")) + 8
    huge = IMAGE[:pixels] + struct.pack("<I", 0xFFFFFFF0) + IMAGE[pixels + 4 :][:10]
    yield "DICOM 4 GB with ten bytes", huge, REFUSED
    opened = struct.pack("<HH2sHI", 0x40, 0x275, b"SQ", 0, 0xFFFFFFFF)
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    yield "DICOM sequences 300 deep", IMAGE[: pixels - 8] + (opened + item) * 300, REFUSED
    bomb = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    packed = b"".join(bomb.compress(bytes(1 << 20)) for _ in range(600)) + bomb.flush()
    syntax = element(2, 0x10, b"UI", b"1.2.840.10008.1.2.1.99")
    yield "DICOM deflated bomb", bytes(128) + b"DICM" + syntax + packed, REFUSED
    yield (
        "DICOM no UID",
        IMAGE.replace(b"1.2.840.10008.5.1.4.1.1.2\0", b"1.2.abc".ljust(26, b"\0")),
        REFUSED,
    )
    head = IMAGE.index(struct.pack("<HH2s", 2, 3, b"UI")) + 8
    other = bytearray(IMAGE)
    other[head + 6] = ord("1") if other[head + 6] != ord("1") else ord("2")
    yield "DICOM another image in its head", bytes(other), REFUSED
    yield "DICOM climbing directory", directory(b"..\\..\\X"), REFUSED
    yield "DICOM 20231399", IMAGE.replace(b"20260312", b"20231399", 1), REFUSED
    yield "DICOM private", with_private(b"\x00\x01"), ACCEPTED
    yield "DICOM script in text", IMAGE.replace(b"Thorax", b"<html>", 1), FLAGGED


def xml_cases() -> Iterator[Case]:
    """Clinical documents; each trick of XML stands in test_clinical."""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    entity = head + '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    yield "XML entity", cda(head, entity), REFUSED
    yield "XML cut", cda()[:-60], REFUSED
    yield "XML remote style", cda(head, head + '<?xml-stylesheet href="http://x/y"?>'), REFUSED
    yield "XML server script", cda(head, head + "<?php run(); ?>"), REFUSED
    yield "XML style beside", cda(head, head + '<?xml-stylesheet href="cda.xsl"?>'), FLAGGED
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="x.xml"/><author>'
    yield "XML inclusion", cda("<author>", include), REFUSED
    yield "XML trailing", cda() + b"<x/>", REFUSED
    yield "XML UTF-7", cda("UTF-8", "UTF-7"), REFUSED
    located = 'ClinicalDocument xsi:schemaLocation="urn:hl7-org:v3 http://x.example/CDA.xsd"'
    yield "XML schema elsewhere, never fetched", cda("ClinicalDocument", located), ACCEPTED
    deep = "<text>" + "<list>" * 300 + "</list>" * 300
    yield "XML depth 300", cda("<text>", deep), REFUSED
    fetched = entity.replace("file:///etc/passwd", "http://x.example/")
    yield "XML entity from elsewhere", cda(head, fetched), REFUSED
    yield "XML zero byte", cda("DURAND", "DU\x00ND"), REFUSED
    media = '<observationMedia><value><reference value="{}"/></value></observationMedia><author>'
    yield "XML remote image", cda("<author>", media.format("https://x.example/y.png")), FLAGGED
    yield "XML image from a share", cda("<author>", media.format("\\\\x\\y.png")), REFUSED
    for name, text in (
        ("internal entity", '<!DOCTYPE x [<!ENTITY e "x">]>'),
        ("external type", '<!DOCTYPE x SYSTEM "http://x.example/x.dtd">'),
        ("parameter entity", '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]>'),
        ("laughs", "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY c '&b;&b;'>]>"),
        ("quadratic", "<!DOCTYPE x [<!ENTITY a '" + "a" * 50_000 + "'>]>"),
    ):
        yield f"XML {name}", cda(head, head + text), REFUSED
    yield "XML depth 100000", cda("<text>", "<text>" + "<a>" * 100_000), REFUSED
    for name, text in (
        ("script", "<script>x()</script>"),
        ("script in CDATA", "<script><![CDATA[x()]]></script>"),
        ("frame", "<iframe/>"),
        ("handler", '<content onclick="x()">x</content>'),
    ):
        yield f"XML {name}", cda("<text>", f"<text>{text}"), REFUSED
    yield "XML file link", cda("https://hopital.example/x", "file:///c:/x"), REFUSED
    body = cda().decode().split("?>\n", 1)[1]
    sheet = '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><d>'
    yield "XML auto-presentable", f"{sheet}{body}</d></xsl:stylesheet>".encode(), FLAGGED
    attached = ATTACHED.format(base64.b64encode(PROGRAM).decode())
    yield (
        "XML program",
        cda("</structuredBody></component>", "</structuredBody></component>" + attached),
        REFUSED,
    )
    yield "XML KMEHR of 1.40", kmehr('SV="1.43"', 'SV="1.40"'), ACCEPTED
    yield "XML script link", cda("https://hopital.example/x", "javascript:x"), REFUSED
    yield "XML two patients", cda("<author>", "<recordTarget/><author>"), REFUSED
    yield "XML low after high", cda('low value="20260301"', 'low value="20260401"'), REFUSED
    yield "XML birth 20230230", cda("19610714", "20230230"), REFUSED
    yield "XML KMEHR", kmehr(), ACCEPTED
    yield "XML CDA", cda(), ACCEPTED


def fixed_cases() -> Iterator[Case]:
    """Lines without separators; what they are is declared."""
    sound = rum(1).encode("latin-1")
    yield "PMSI", sound + b"\r\n", ACCEPTED
    yield "PMSI a character less", sound[:-1] + b"\r\n", REFUSED
    yield "PMSI a character more", sound + b"0\r\n", REFUSED
    yield "PMSI another version", rum(1, version="099").encode("latin-1") + b"\r\n", FLAGGED
    yield "PMSI a line between", sound + b"\r\n\r\nx\r\n", REFUSED


CASES = [
    *csv_cases(),
    *fixed_cases(),
    *frame_cases(),
    *hl7_cases(),
    *number_cases(),
    *narrative_cases(),
    *fhir_cases(),
    *dicom_cases(),
    *xml_cases(),
]


@pytest.mark.parametrize(("content", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_each_attack_ends_as_it_must(content: bytes, expected: str) -> None:
    """What is planted or broken is refused, what is odd is flagged, what is sound passes."""
    assert expected == verdict(content)


def test_no_case_stands_twice() -> None:
    """Each row of the table is a case of its own."""
    assert len({case[0] for case in CASES}) == len(CASES)
