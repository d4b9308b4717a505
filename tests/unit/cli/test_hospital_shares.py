import csv
import io
import re
import xml.etree.ElementTree as ET
import zipfile
import zlib

import pydicom
import pytest

from cli.hospital import Condition, malice, shares
from custody.entry import EntryKind
from custody.names import extension, parent

FILES = [
    (share.service, item)
    for share in shares()
    for item in share.planted
    if item.kind is EntryKind.FILE and not item.link_to
]
INTACT = [(service, item) for service, item in FILES if item.condition is Condition.INTACT]
DAMAGED = [(service, item) for service, item in FILES if item.condition is Condition.DAMAGED]
# What a document could start on a machine that opens it; none of it may stand in the hospital.
STARTERS = (
    b"powershell",
    b"wscript",
    b"cmd.exe",
    b"<script",
    b"<?php",
    b"#!/",
    b"mshta",
    b"\x7fELF",
)


def open_dicom(content):
    """Read an image whole; its pixels must be all there."""
    dataset = pydicom.dcmread(io.BytesIO(content))
    assert dataset.Rows * dataset.Columns * 2 == len(dataset.PixelData)


def open_office(content):
    """Check every member of a document and parse every part."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            ET.fromstring(archive.read(name))


def open_pdf(content):
    """Follow the last lines to the cross-reference table, and the table to every object."""
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", content)[1])
    offsets = [int(m) for m in re.findall(rb"(\d{10}) 00000 n ", content[start:])]
    assert offsets
    for order, offset in enumerate(offsets, start=1):
        assert content[offset:].startswith(b"%d 0 obj" % order)


def open_png(content):
    """Take the pixels out; the last chunk must be the end."""
    start = content.index(b"IDAT")
    length = int.from_bytes(content[start - 4 : start], "big")
    assert zlib.decompress(content[start + 4 : start + 4 + length])
    assert content.endswith(b"IEND\xaeB`\x82")


def open_csv(content):
    """Read all lines; each has the fields of the first."""
    text = content.decode("utf-8" if b"\xc3" in content else "cp1252")
    assert "\0" not in text
    assert 1 == len({len(row) for row in csv.reader(io.StringIO(text), delimiter=";")})


def open_hl7(content):
    """Split the segments; each has a name and the last one is ended."""
    assert content.endswith(b"\r")
    lines = content[:-1].split(b"\r")
    assert lines[0][:3] in {b"MSH", b"FHS"}
    assert all(re.match(rb"[A-Z][A-Z0-9]{2}\|", line) for line in lines)


def open_text(content):
    """Decode; a text may be empty."""
    assert "\0" not in content.decode()


READERS = {
    "dcm": open_dicom,
    "docx": open_office,
    "xlsx": open_office,
    "pdf": open_pdf,
    "png": open_png,
    "csv": open_csv,
    "hl7": open_hl7,
    "txt": open_text,
}
NOT_OPENED = (
    AssertionError,
    AttributeError,
    EOFError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
    pydicom.errors.InvalidDicomError,
)


def name_of(value):
    """A short name for a case."""
    return value.path.decode() if hasattr(value, "path") else ""


@pytest.mark.parametrize(("service", "item"), INTACT, ids=name_of)
def test_every_intact_file_opens(service, item):
    """An independent reader of its kind opens each intact file whole."""
    READERS[extension(item.path)](item.content)

    assert Condition.INTACT is item.condition


@pytest.mark.parametrize(("service", "item"), DAMAGED, ids=name_of)
def test_no_damaged_file_opens(service, item):
    """A reader of its kind refuses each damaged file."""
    with pytest.raises(NOT_OPENED):
        READERS[extension(item.path)](item.content)


def test_every_service_has_intact_files_of_its_kinds():
    """Images and reports, results, letters, and budgets stand where one expects them."""
    kinds = {
        service: {extension(item.path) for other, item in INTACT if other == service}
        for service, _ in INTACT
    }

    assert {"dcm", "pdf", "png", "xlsx", "csv", "txt"} == kinds["radiologie"]
    assert {"hl7", "csv", "xlsx", "pdf", "docx", "txt"} == kinds["biologie"]
    assert {"docx", "pdf", "txt", "csv"} == kinds["dossiers-patients"]
    assert {"docx", "xlsx", "pdf", "png", "txt"} == kinds["direction"]


def test_only_one_share_was_attacked_and_damage_is_elsewhere_too():
    """The attack reached one share; the power failure several; the management nothing."""
    attack = {Condition.ENCRYPTED, Condition.RANSOM_NOTE, Condition.ACTIVE}
    attacked = {service for service, item in FILES if item.condition in attack}
    damaged = {service for service, _ in DAMAGED}
    management = {item.condition for service, item in FILES if service == "direction"}

    assert {"dossiers-patients"} == attacked
    assert {"radiologie", "biologie", "dossiers-patients"} == damaged
    assert {Condition.INTACT} == management


def test_each_study_has_its_slices_and_its_report():
    """A study's folder holds six slices of one study and a report that names the patient."""
    studies = {parent(i.path) for _, i in INTACT if extension(i.path) == "dcm"}

    assert 8 == len(studies)
    for folder in studies:
        inside = [i for _, i in INTACT if parent(i.path) == folder]
        images = [
            pydicom.dcmread(io.BytesIO(i.content)) for i in inside if i.path.endswith(b".dcm")
        ]
        report = next(i.content for i in inside if i.path.endswith(b".pdf"))
        assert 6 == len(images)
        assert 1 == len({(image.StudyInstanceUID, image.PatientID) for image in images})
        assert images[0].PatientID.encode("cp1252").hex().encode() in report


def test_nothing_in_the_hospital_can_start():
    """No content holds a script or a command; programs are the two that are headers only."""
    starters = [i.path for _, i in FILES for s in STARTERS if s in i.content.lower()]
    programs = [i.condition for _, i in FILES if i.content.startswith(b"MZ")]

    assert [] == starters
    assert {Condition.PROHIBITED, Condition.MALICIOUS} == set(programs)
    assert 2 == len(programs)


def test_the_test_text_stands_in_archives_only():
    """No planted file is the anti-virus test text itself: only attachments hold it."""
    holding = [i for _, i in FILES if malice.eicar() in i.content]

    assert ["pieces-jointes/facture.zip"] == [i.path.decode() for i in holding]
    assert not [i for _, i in FILES if i.content == malice.eicar()]


def test_the_note_is_written_once():
    """One note stands in the hospital, in French, in a file that asks to be read."""
    notes = [i for _, i in FILES if i.condition is Condition.RANSOM_NOTE]

    assert [malice.RANSOM_NOTE] == [i.content.decode() for i in notes]
    assert notes[0].path.endswith(b"/LISEZ-MOI-FICHIERS.txt")
