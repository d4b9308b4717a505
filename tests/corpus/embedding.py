"""Medical records with documents in them, in every format that keeps some."""

import base64
import json
import struct
from collections.abc import Callable

from cli.hospital.malice import eicar, eicar_archive, program_header
from formats.families import CDA, FHIR_XML, HPRIM_XML, KMEHR, XML
from tests.corpus import clinical
from tests.corpus.containers import NOTE, archive
from tests.corpus.images import dicom, element, gif, jpeg, png
from tests.corpus.messages import header, written
from tests.corpus.outlook_messages import Attached, Mail, outlook
from tests.corpus.pdfs import pdf
from tests.corpus.resources import PATIENT

ENCAPSULATED = b"1.2.840.10008.5.1.4.1.1.104.1"


def letters(content: bytes) -> str:
    """Return base64."""
    return base64.b64encode(content).decode()


def message(data: str, kind: str = "application^pdf^Base64") -> bytes:
    """Return a result with a document."""
    seen = f"OBX|1|ED|PDF^Compte rendu^L||LABO^{kind}^{data}||||||F"
    return written([header("ORU^R01^ORU_R01", "R1"), "OBR|1||L1|BIO^Bilan^L", seen])


def hprim(data: str) -> bytes:
    """Return a message of HPRIM Sante with a document."""
    head = "H|~^\\&|||LABO||ORU|||||P|H2.2\rP|1|1\rOBR|1\r"
    return f"{head}OBX|1|ED|PDF||LABO~PDF~~Base64~{data}\rL|1\r".encode()


def attachment(data: str, media_type: str = "application/pdf") -> dict[str, object]:
    """Return a resource with a document."""
    held = {"attachment": {"contentType": media_type, "data": data}}
    return {"resourceType": "DocumentReference", "status": "current", "content": [held]}


def resource(data: str, media_type: str = "application/pdf") -> bytes:
    """Return the resource as JSON."""
    return json.dumps(attachment(data, media_type), indent=1).encode()


def lines(*resources: dict[str, object]) -> bytes:
    """Return resources, one a line."""
    return "".join(json.dumps(each) + "\n" for each in resources).encode()


def fhir_xml(data: str, media_type: str = "application/pdf") -> bytes:
    """Return a binary as XML."""
    told = f'<contentType value="{media_type}"/><data value="{data}"/>'
    return f'<Binary xmlns="http://hl7.org/fhir">{told}</Binary>'.encode()


def letter(data: str, media_type: str = "application/pdf") -> bytes:
    """Return a clinical document whose body is another."""
    body = clinical.ATTACHED.format(data).replace("application/pdf", media_type)
    return clinical.cda("<component><structuredBody>", f"{body}<component><structuredBody>")


def kmehr(data: str, media_type: str = "application/pdf") -> bytes:
    """Return a message of KMEHR with a link that holds its target."""
    link = f'<lnk TYPE="multimedia" MEDIATYPE="{media_type}">{data}</lnk>'
    return clinical.kmehr("</item>", f"</item>{link}")


def card(data: str, kind: str = "PHOTO;ENCODING=b;TYPE=JPEG") -> bytes:
    """Return a visiting card with a file, folded as RFC 6350 has it."""
    line = f"{kind}:{data}"
    folded = "\r\n ".join(line[at : at + 70] for at in range(0, len(line), 70))
    return f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Camille\r\n{folded}\r\nEND:VCARD\r\n".encode()


def calendar(data: str) -> bytes:
    """Return a calendar with an attached file."""
    held = f"ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY:{data}"
    return f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{held}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode()


def study(document: bytes, media_type: bytes = b"application/pdf", *, size: int = -1) -> bytes:
    """Return an encapsulated object; `size` is what it says of its document."""
    even = document + b"\0" * (len(document) % 2)
    told = struct.pack("<I", len(document) if size < 0 else size)
    return dicom(
        element(8, 0x16, b"UI", ENCAPSULATED + b"\0")
        + element(0x42, 0x11, b"OB", even)
        + element(0x42, 0x12, b"LO", media_type + b" " * (len(media_type) % 2))
        + element(0x42, 0x15, b"UL", told)
    )


def _as_text(build: Callable[[str, str], bytes]) -> Callable[[bytes], bytes]:
    return lambda content: build(letters(content), "text/plain")


BUILDERS: dict[str, Callable[[bytes], bytes]] = {
    "application/dicom": lambda content: study(content, b"text/plain"),
    "application/hl7-v2": lambda content: message(letters(content), "TEXT^plain^Base64"),
    "application/hprim": lambda content: hprim(letters(content)).replace(b"PDF~~", b"TEXT~~"),
    "application/json": _as_text(resource),
    "application/x-ndjson": lambda content: lines(attachment(letters(content), "text/plain")),
    "application/fhir+json": _as_text(resource),
    "application/fhir+ndjson": lambda c: lines(PATIENT, attachment(letters(c), "text/plain")),
    XML.media_type: _as_text(letter),
    CDA.media_type: _as_text(letter),
    KMEHR.media_type: _as_text(kmehr),
    FHIR_XML.media_type: _as_text(fhir_xml),
    HPRIM_XML.media_type: _as_text(letter),
    "text/vcard": lambda content: card(letters(content), "NOTE;ENCODING=b;TYPE=text/plain"),
    "text/calendar": lambda content: calendar(letters(content)),
}
# What each format names its documents by, for one that is honest, one that lies, and one that is
# no base64.
_WHERE: tuple[tuple[str, str, Callable[[str], bytes]], ...] = (
    ("HL7", "m.hl7", message),
    ("HPRIM", "m.hpr", hprim),
    ("FHIR JSON", "d.json", resource),
    ("FHIR lines", "d.ndjson", lambda data: lines(PATIENT, attachment(data))),
    ("FHIR XML", "d.xml", fhir_xml),
    ("CDA", "d.xml", letter),
    ("KMEHR", "d.xml", kmehr),
    ("card", "c.vcf", lambda data: card(data, "KEY;ENCODING=b;TYPE=application/pdf")),
)
_HEX = "application^pdf^Hex"
_PICTURE = "Image^JPEG^Base64"
_LETTERS = letters(pdf())
_BROKEN_LINES = "\\.br\\".join(_LETTERS[at : at + 76] for at in range(0, len(_LETTERS), 76))


def _of(
    name: str, content: str, verdict: str, reason: str
) -> list[tuple[str, str, bytes, str, str]]:
    return [
        (f"{name} in {where}", path, build(content), verdict, reason)
        for where, path, build in _WHERE
    ]


# (case, name, content, verdict, a reason that has to be among the reasons)
CASES: tuple[tuple[str, str, bytes, str, str], ...] = (
    *_of("PDF", _LETTERS, "clean", ""),
    *_of("eicar", letters(eicar()), "malicious", "archives: part-malicious"),
    *_of("program as PDF", letters(program_header()), "active", "media-type-mismatch"),
    *_of("no base64", _LETTERS[:-5] + "*", "indeterminate", "archives: undecodable"),
    *_of(
        "active PDF",
        letters(pdf(catalog=b"/OpenAction <</S/JavaScript/JS(x)>>")),
        "active",
        "part-active",
    ),
    ("PDF in hexadecimal", "m.hl7", message(pdf().hex(), _HEX), "clean", ""),
    ("eicar in hexadecimal", "m.hl7", message(eicar().hex(), _HEX), "malicious", "part-malicious"),
    ("no hexadecimal", "m.hl7", message("0g", _HEX), "indeterminate", "undecodable"),
    ("PDF in lines", "m.hl7", message(_BROKEN_LINES), "clean", ""),
    ("JPEG in HL7", "m.hl7", message(letters(jpeg()), _PICTURE), "clean", ""),
    ("PNG declared JPEG", "m.hl7", message(letters(png()), _PICTURE), "clean", ""),
    (
        "text declared JPEG",
        "m.hl7",
        message(letters(NOTE), _PICTURE),
        "clean",
        "",
    ),
    ("JPEG in FHIR", "d.json", resource(letters(jpeg()), "image/jpeg"), "clean", ""),
    (
        "archive declared text",
        "d.json",
        resource(letters(archive({"a.txt": NOTE})), "text/plain"),
        "indeterminate",
        "media-type-mismatch",
    ),
    (
        "eicar in zip in FHIR",
        "d.json",
        resource(letters(eicar_archive(deflated=True)), "application/zip"),
        "malicious",
        "part-malicious",
    ),
    (
        "eicar in CDA in FHIR",
        "d.json",
        resource(letters(letter(letters(eicar()), "text/plain")), "application/xml"),
        "malicious",
        "part-malicious",
    ),
    (
        "eicar in FHIR in zip in MSG",
        "m.msg",
        outlook(
            Mail(
                attached=(
                    Attached(name="a.zip", content=archive({"d.json": resource(letters(eicar()))})),
                )
            )
        ),
        "malicious",
        "part-malicious",
    ),
    ("photograph in a card", "c.vcf", card(letters(jpeg())), "clean", ""),
    ("GIF declared JPEG in a card", "c.vcf", card(letters(gif())), "clean", ""),
    ("text in a calendar", "c.ics", calendar(letters(NOTE)), "clean", ""),
    ("eicar in a calendar", "c.ics", calendar(letters(eicar())), "malicious", "part-malicious"),
    ("PDF in DICOM", "s.dcm", study(pdf()), "clean", ""),
    ("CDA in DICOM", "s.dcm", study(clinical.cda(), b"text/XML"), "clean", ""),
    ("eicar in DICOM", "s.dcm", study(eicar()), "malicious", "part-malicious"),
    ("program as PDF in DICOM", "s.dcm", study(program_header()), "active", "media-type-mismatch"),
    ("length that lies in DICOM", "s.dcm", study(pdf(), size=7), "indeterminate", "another length"),
)
