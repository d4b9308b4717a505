"""Types, polyglots and names that deceive: what each is, and the verdict that it has to get.

Everything is inert: headers without programs, scripts that name commands and are never run. The
numbers are those of the published list of confusions between types that scanners are known for.
"""

import io
import zipfile
from dataclasses import dataclass

from custody.verdict import Verdict
from tests.corpus.compounds import compound
from tests.corpus.images import dicom, gif, jpeg, png
from tests.corpus.packages import WORD_MACRO_MAIN, archive, docx
from tests.corpus.pdfs import pdf

PE = b"MZ" + bytes(58) + b"\x40\x00\x00\x00" + b"PE\x00\x00" + bytes(200)
ELF = b"\x7fELF\x02\x01\x01" + bytes(200)
LNK = b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(100)
PGP = b"\x85\x01\x0c\x03" + bytes(8) + b"\x01" + bytes(258) + b"\xd2\x30"
ONENOTE = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + bytes(200)
JAR = archive({"META-INF/MANIFEST.MF": b"Main-Class: A\n", "A.class": b"\xca\xfe\xba\xbe"})
MACROS = docx(main=WORD_MACRO_MAIN, word__vbaProject_DOT_bin=b"x" * 40)
HTA = b"<html><hta:application id=a><script language=vbscript>x</script></html>"
JSCRIPT = "var s = new ActiveXObject('WScript.Shell');"
MHT = (
    b"From: <Saved by Blink>\r\nSubject: a\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/related; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x--\r\n"
)
HL7 = b"MSH|^~\\&|LAB|CHU|||20240101||ORU^R01|1|P|2.5\rPID|1||1\r"
CDA = b"<?xml version='1.0'?><ClinicalDocument xmlns='urn:hl7-org:v3'><id/></ClinicalDocument>"
TEXT = b"Le patient va bien.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disguise:
    """Content under a path, the verdict that it has to get, and a rule that has to say why."""

    path: bytes
    content: bytes
    verdict: Verdict
    rule: str = ""


def _case(path: str | bytes, content: bytes, verdict: Verdict, rule: str = "") -> Disguise:
    written = path if isinstance(path, bytes) else path.encode()
    return Disguise(path=written, content=content, verdict=verdict, rule=rule)


def _in_preamble(start: bytes) -> bytes:
    return dicom(preamble=start[:128].ljust(128, b"\x00"))


def _with_first_member(name: str, content: bytes) -> bytes:
    """Return a text document whose first member is one that no program reads."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx())) as whole, zipfile.ZipFile(written, "w") as output:
        output.writestr(name, content)
        for member in reversed(whole.namelist()):
            output.writestr(member, whole.read(member))
    return written.getvalue()


def _reordered() -> bytes:
    """Return a text document whose members stand in the opposite order."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx())) as whole, zipfile.ZipFile(written, "w") as output:
        for member in reversed(whole.namelist()):
            output.writestr(member, whole.read(member))
    return written.getvalue()


CLEAN, ACTIVE, DAMAGED = Verdict.CLEAN, Verdict.ACTIVE, Verdict.DAMAGED
MALICIOUS, SUSPICIOUS = Verdict.MALICIOUS, Verdict.SUSPICIOUS
PROHIBITED, INDETERMINATE = Verdict.PROHIBITED, Verdict.INDETERMINATE

TYPES: dict[str, Disguise] = {
    "13 DICOM with a TIFF preamble": _case(
        "a.dcm", _in_preamble(b"II*\x00"), INDETERMINATE, "dicom-preamble-tiff"
    ),
    "14 DICOM with a PE preamble": _case(
        "a.dcm", _in_preamble(PE), MALICIOUS, "dicom-preamble-program"
    ),
    "15 DICOM with an ELF preamble": _case(
        "a.dcm", _in_preamble(ELF), MALICIOUS, "dicom-preamble-program"
    ),
    "16 DICOM with a script preamble": _case(
        "a.dcm", _in_preamble(b"#!/bin/sh\n"), MALICIOUS, "dicom-preamble-program"
    ),
    "16a DICOM with an archive preamble": _case(
        "a.dcm", _in_preamble(b"PK\x03\x04"), MALICIOUS, "dicom-preamble-program"
    ),
    "16b DICOM with a document preamble": _case(
        "a.dcm", _in_preamble(b"%PDF-1.4"), MALICIOUS, "dicom-preamble-program"
    ),
    "16c DICOM with stray bytes in its preamble": _case(
        "a.dcm", _in_preamble(b"made by us"), ACTIVE, "dicom-preamble-stray"
    ),
    "17 DICOM without preamble": _case("a.dcm", dicom()[132:], CLEAN, "dicom-without-preamble"),
    "18 PDF and ZIP": _case(
        "a.pdf", pdf() + archive({"a.txt": b"a"}), INDETERMINATE, "more-than-one-type"
    ),
    "19 ZIP behind the head of a PDF": _case(
        "a.zip", b"%PDF-1.4\n" + archive({"a.txt": b"a"}), INDETERMINATE, "more-than-one-type"
    ),
    "20 GIF and JAR": _case("a.gif", gif() + JAR, MALICIOUS, "more-than-one-type"),
    "21 JPEG and ZIP": _case(
        "a.jpg", jpeg() + archive({"a.txt": b"a"}), INDETERMINATE, "more-than-one-type"
    ),
    "22 JPEG and PHP": _case("a.jpg", jpeg() + b"<?php x ?>", ACTIVE, "script-in-picture"),
    "22a GIF and a page's script": _case(
        "a.gif", gif() + b"<script>x</script>", ACTIVE, "script-in-picture"
    ),
    "22b PNG and a shell script": _case(
        "a.png", png() + b"\n#!/bin/sh\nx\n", ACTIVE, "script-in-picture"
    ),
    "23 PNG and a program": _case("a.png", png() + PE, ACTIVE, "program-in-picture"),
    "24 a program as a picture": _case("a.jpg", PE, MALICIOUS, "program-named-as-document"),
    "25 a program as a PDF": _case("a.pdf", ELF, MALICIOUS, "program-named-as-document"),
    "26 a shortcut as a PDF": _case("a.pdf", LNK, MALICIOUS, "program-named-as-document"),
    "27 macros as .docx": _case("a.docx", MACROS, ACTIVE, "macros-named-as-none"),
    "28 a document as .zip": _case("a.zip", docx(), CLEAN, "named-otherwise"),
    "29 a document in another order": _case("a.docx", _reordered(), CLEAN),
    "29a a document with a foreign member": _case(
        "a.docx", _with_first_member("a.dat", b"x"), INDETERMINATE, "ooxml-undeclared-part"
    ),
    "30 RTF as .doc": _case("a.doc", b"{\\rtf1 Bonjour}", CLEAN, "named-otherwise"),
    "31 RTF with half a header": _case("a.rtf", b"{\\rt Bonjour}", INDETERMINATE, "rtf-odd-header"),
    "32 a page as .txt": _case(
        "a.txt", b"<html><p>Bonjour</p></html>", INDETERMINATE, "hidden-under-name"
    ),
    "33 an HTML application": _case("a.hta", HTA, PROHIBITED, "prohibited-type"),
    "34 PowerShell as .txt": _case(
        "a.txt", b"param([string]$x)\nInvoke-Item $x\n", PROHIBITED, "prohibited-type"
    ),
    "34a VBScript as .txt": _case(
        "a.txt", b'Set s = CreateObject("WScript.Shell")\n', PROHIBITED, "prohibited-type"
    ),
    "34b a batch file as .txt": _case(
        "a.txt", b"@echo off\r\nx\r\n", PROHIBITED, "prohibited-type"
    ),
    "35 JScript in UTF-16": _case("a.txt", JSCRIPT.encode("utf-16"), PROHIBITED, "prohibited-type"),
    "35a JScript in UTF-16 without a mark": _case(
        "a.txt", JSCRIPT.encode("utf-16-le"), PROHIBITED, "prohibited-type"
    ),
    "35b JScript in UTF-8 with a mark": _case(
        "a.txt", JSCRIPT.encode("utf-8-sig"), PROHIBITED, "prohibited-type"
    ),
    "36 a page archive as .doc": _case("a.doc", MHT, INDETERMINATE, "type-not-understood"),
    "37 OneNote": _case("a.one", ONENOTE, PROHIBITED, "prohibited-type"),
    "38 SVG with a script": _case(
        "a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>", ACTIVE, "page-script"
    ),
    "46 PDF behind 900 bytes": _case(
        "a.pdf", b"x" * 900 + pdf(), INDETERMINATE, "bytes-before-document"
    ),
    "47 nothing": _case("a.txt", b"", CLEAN, "empty"),
    "47a nothing as a document": _case("a.docx", b"", DAMAGED, "empty-document"),
    "48 HL7": _case("a.hl7", HL7, CLEAN),
    "48a HL7 with other line ends": _case("a.hl7", HL7.replace(b"\r", b"\r\n"), CLEAN),
    "48b CDA": _case("a.xml", CDA, CLEAN),
    "49 a table whose formula runs": _case(
        "a.csv", b"n;v\na;=cmd|' /C x'!A0\nb;2\n", ACTIVE, "table-formula"
    ),
    "49a a table that adds": _case("a.csv", b"n;v\na;=A1+2\nb;2\n", CLEAN, "table-formula"),
    "a compound file of no known kind": _case(
        "a.xyz", compound({"Other": b"x" * 900}), INDETERMINATE, "type-not-understood"
    ),
}

NAMES: dict[str, Disguise] = {
    "39 letters turned round": _case("invoice\u202egpj.exe", TEXT, MALICIOUS, "text-direction"),
    "39a letters turned round, no program": _case(
        "facture\u202ecod.txt", TEXT, SUSPICIOUS, "text-direction"
    ),
    "40 two extensions": _case("report.pdf.exe", TEXT, PROHIBITED, "document-and-program"),
    "40a two extensions and a program": _case(
        "report.pdf.exe", PE, MALICIOUS, "document-and-program"
    ),
    "41 a folder called like its file": _case(
        "x.pdf /x.pdf .exe", PE, MALICIOUS, "program-behind-document"
    ),
    "41a the same with a batch file": _case(
        "x.pdf /x.pdf .cmd", TEXT, MALICIOUS, "program-behind-document"
    ),
    "42 a program in a stream": _case("a.txt:evil.exe", TEXT, PROHIBITED, "program-in-stream"),
    "43 the stream of a download": _case("a.txt:Zone.Identifier", TEXT, CLEAN, "alternate-stream"),
    "44 a reserved name": _case("CON", TEXT, CLEAN, "reserved-name"),
    "44a a reserved name with an extension": _case("aux.txt", TEXT, CLEAN, "reserved-name"),
    "44b a final dot": _case("a.txt.", TEXT, CLEAN, "trailing-space-or-dot"),
    "44c a final space": _case("a.txt ", TEXT, CLEAN, "trailing-space-or-dot"),
    "45 NUL": _case("ab\x00d.txt", TEXT, SUSPICIOUS, "nul-character"),
    "45a a line end": _case("ab\nd.txt", TEXT, SUSPICIOUS, "control-character"),
    "a long run of spaces": _case(
        "report.pdf" + " " * 60 + ".exe", PE, MALICIOUS, "long-run-of-spaces"
    ),
    "spaces of another kind": _case("report.pdf\u2003.exe", PE, MALICIOUS, "odd-space"),
    "an extension of other letters": _case(
        "setup.\u0435x\u0435", TEXT, SUSPICIOUS, "lookalike-extension"
    ),
    "a class instead of an extension": _case(
        "a.{3050f4d8-98B5-11CF-BB82-00AA00BDCE0B}", TEXT, PROHIBITED, "class-id-extension"
    ),
    "a mail as a PDF": _case(
        "a.pdf",
        b"From: a@chu.example\nTo: b@chu.example\nSubject: c\nMIME-Version: 1.0\n\nBonjour\n",
        DAMAGED,
        "document-is-text",
    ),
    "an archive as a picture": _case(
        "scan.jpg", archive({"a.txt": b"a"}), INDETERMINATE, "hidden-under-name"
    ),
    "a name that is not UTF-8": _case(b"\xe9t\xe9.txt", TEXT, CLEAN, "not-utf-8"),
}
